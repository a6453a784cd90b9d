"""The spam check of a POST: what it looks up, what it judges, and what it notes afterwards."""

import logging
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.writer import NotWritten, job_of
from service.captcha import Judgement
from service.comments.authors import Claim, claim, is_known, owns_name
from service.spam.lookups import LookupRequest
from service.spam.near_duplicates import Bands
from service.spam.near_duplicates_write import WRITTEN_LAST
from service.spam.verdict import Action, Verdict
from service.web.spam_check import spam_check
from service.web.submission import Submission

if TYPE_CHECKING:
    from concurrent.futures import Future
from dataclasses import replace

from service.captcha.difficulty import NEWCOMERS_HELD, WITH_WORK
from service.comments.events import Author
from service.comments.validation import Draft
from service.spam.verdict import Reason

log = logging.getLogger(__name__)


class SubmissionCheck:
    """The check of one submission. ``replaces`` is the text that it is to replace, if it is an edit."""

    def __init__(self, submission: Submission, replaces: str = "") -> None:
        self._posting = submission
        self._replaces = Bands.of(replaces)
        self._core = submission.context
        self._parts = submission.context.spam
        self._owner: list[bool | None] = []  # empty until it was asked for

    @cached_property
    def bands(self) -> Bands:
        """What the text is known by."""
        return Bands.of(self._posting.draft.comment)

    @property
    def _is_nearly_the_same(self) -> bool:
        """Whether an edit changes little: the words were counted when they were posted."""
        known = set(self._replaces.keys)
        return bool(known) and len(known.intersection(self.bands.keys)) >= self.bands.enough

    @cached_property
    def claim(self) -> Claim:
        """The name that the comment is posted under, and what shows that it is theirs."""
        submission = self._posting
        return claim(self._core.keyring, submission.page.site_id, submission.draft.author, submission.proof_id)

    async def owns(self) -> bool | None:
        """Whose name it is, see ``owns_name``: known already where the check has looked up the rest."""
        if not self._owner:
            self._owner = [await self._core.read_inline(owns_name, self.claim, self._posting.draft.author)]
        return self._owner[0]

    async def verdict(self, judgement: Judgement) -> Verdict:
        """Look up, then judge. What cannot be looked up holds the comment."""
        if not self._core.settings.spam_check:
            return Verdict(Action.PUBLISH, 0.0, ())
        verdict, owner = await spam_check(self._core, self._arrival(judgement), self._lately, self._owner_of)
        self._owner = owner or []
        return verdict

    def note(self, comment_id: int) -> None:
        """Count the words in, behind the comment's commit; nobody waits for it."""
        submission = self._posting
        if not self._core.settings.spam_check or self._is_nearly_the_same:
            return
        try:
            job = self._parts.near_duplicate_writer.note(
                submission.page.site_id, self.bands, comment_id, submission.now
            )
            if job is None:
                return
            done = self._core.writer.submit(job, WRITTEN_LAST)
        except NotWritten:
            return
        done.add_done_callback(_complain)

    def _owner_of(self, connection: Connection) -> list[bool | None]:
        """In the same trip to the database, where it will matter."""
        if not self._core.settings.protect_names:
            return []
        return [owns_name(connection, self.claim, self._posting.draft.author)]

    def _lately(self) -> int:
        submission = self._posting
        if self._is_nearly_the_same:
            return 0
        return self._parts.recent_counts.count(
            submission.page.site_id, self.bands, submission.now, submission.draft.email
        )

    def _arrival(self, judgement: Judgement) -> LookupRequest:
        submission, draft = self._posting, self._posting.draft
        site_id, proof_id = submission.page.site_id, submission.proof_id
        return LookupRequest(
            site_id=site_id,
            text=draft.comment,
            bands=self.bands,
            author=draft.author,
            email=draft.email,
            url=draft.url,
            page_url=submission.page.url,
            client=submission.client,
            now=submission.now,
            fill_seconds=_age(judgement.began_at, submission.now),
            honeypot_filled=bool(submission.fields.get(judgement.decoy)),
            language=submission.fields.get("lang", ""),
            sender=submission.sender,
            is_known=job_of(is_known, site_id, draft.email, proof_id) if proof_id else None,
        )


def _age(began_at: datetime | None, now: datetime) -> float | None:
    return None if began_at is None else (now - began_at).total_seconds()


def _complain(done: "Future[None]") -> None:
    if not done.cancelled() and (error := done.exception()):
        log.error("a text was not counted in", exc_info=error)


async def decide(submission: Submission, draft: Draft, judgement: Judgement, check: SubmissionCheck) -> Verdict:
    """The check's verdict; what it would publish is held where the captcha or the owner wants that."""
    verdict = await check.verdict(judgement)
    if verdict.action is not Action.PUBLISH:
        return verdict
    reason = _without_work(submission, judgement) or await _policy(submission, draft, judgement)
    return verdict if reason is None else verdict.held(reason)


async def protect_name(submission: Submission, verdict: Verdict, check: SubmissionCheck) -> tuple[Verdict, Author]:
    """What is known of its author. It is held if its name is another author's."""
    author = Author(wish=submission.wish)
    if verdict.action is not Action.PUBLISH or not submission.context.settings.protect_names:
        return verdict, author
    owns = await check.owns()
    if owns is False:
        taken = Reason("name", 0.0, "A returning author has this name, and a proof that is missing here.")
        return verdict.held(taken), author
    return verdict, replace(author, name=check.claim) if owns else author


def _without_work(submission: Submission, judgement: Judgement) -> Reason | None:
    """From level 3 on the browser has to have worked. Who has no JavaScript waits for a human, and is not refused."""
    if judgement.level < WITH_WORK or submission.work(judgement.level) is not None:
        return None
    return Reason(
        "no_work", 0.0, "The question was of a level at which browsers have to prove work. This one proved none."
    )


async def _policy(submission: Submission, draft: Draft, judgement: Judgement) -> Reason | None:
    """Why a comment that looks good is held all the same, if it is."""
    if submission.review:
        return Reason("review", 0.0, "The author could not answer the question and asked for review.")
    moderation = submission.context.settings.moderation
    if moderation == "all":
        return Reason("moderation", 0.0, "Every comment waits for approval here.")
    alarmed = judgement.level >= NEWCOMERS_HELD
    if (alarmed or moderation == "first") and not await submission.context.read_inline(
        is_known, submission.page.site_id, draft.email, submission.proof_id
    ):
        sentence = "A newcomer: no approved comment with a proof from the same browser."
        return Reason("newcomer", 0.0, f"{sentence} Just now they all wait." if alarmed else sentence)
    return None
