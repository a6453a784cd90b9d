"""What becomes of a submission: the spam check's verdict, the owner's rules, and the name that it is posted under."""

from dataclasses import replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from db.writer import job_of
from service.captcha import Judgement
from service.captcha.difficulty import NEWCOMERS_HELD, WITH_WORK
from service.comments.returning_authors import Claim, claim, is_known, known_website, owns_name
from service.comments.side_effects import Author
from service.spam.look_up_and_judge import LookupRequest
from service.spam.near_duplicates import Bands
from service.spam.reason_sentences import ReasonSentence
from service.spam.verdict import Action, Reason, Verdict
from service.web.spam_check import spam_check, write_counts
from service.web.submission import Submission

_NO_BANDS = Bands((), long=False)


class SubmissionCheck:
    """The spam check of one submission. For an edit, ``replaces`` is the text that it replaces."""

    def __init__(self, submission: Submission, replaces: str = "") -> None:
        self._submission = submission
        self._context = submission.context
        self._bands_before = Bands.of(replaces) if replaces else _NO_BANDS
        self._ownership: list[bool | None] = []  # empty until it is looked up

    @cached_property
    def bands(self) -> Bands:
        """The fingerprint of the text."""
        return Bands.of(self._submission.draft.comment)

    @property
    def _is_small_edit(self) -> bool:
        """Whether an edit changes little. Its text was counted when it was posted, and is not counted twice."""
        before = set(self._bands_before.keys)
        return bool(before) and len(before.intersection(self.bands.keys)) >= self.bands.enough

    @cached_property
    def claim(self) -> Claim:
        """The name of the comment, and the proof that came with it."""
        submission = self._submission
        return claim(self._context.keyring, submission.page.site_id, submission.draft.author, submission.proof_id)

    async def owns(self) -> bool | None:
        """The result of ``owns_name``; the spam check has looked it up already where it could."""
        if not self._ownership:
            self._ownership = [await self._context.read_inline(owns_name, self.claim, self._submission.draft.author)]
        return self._ownership[0]

    async def verdict(self, judgement: Judgement) -> Verdict:
        """The verdict of the spam check. A comment whose background cannot be looked up is held."""
        if not self._context.settings.spam_check:
            return Verdict(Action.PUBLISH, 0.0, ())
        verdict, ownership = await spam_check(
            self._context, self._lookup_request(judgement), self._count_recent, self._look_up_owner
        )
        self._ownership = ownership or []
        return verdict

    def record(self, comment_id: int) -> None:
        """Count the text for near-duplicates, after the comment's commit. Nobody waits for the result."""
        submission = self._submission
        if not self._context.settings.spam_check or self._is_small_edit:
            return
        note = self._context.spam.near_duplicate_writer.note
        write_counts(self._context, note(submission.page.site_id, self.bands, comment_id, submission.now))

    def _look_up_owner(self, connection: Connection) -> list[bool | None]:
        if not self._context.settings.protect_names:
            return []
        return [owns_name(connection, self.claim, self._submission.draft.author)]

    def _count_recent(self) -> int:
        submission = self._submission
        if self._is_small_edit:
            return 0
        return self._context.spam.recent_counts.count(
            submission.page.site_id, self.bands, submission.now, submission.draft.email
        )

    def _lookup_request(self, judgement: Judgement) -> LookupRequest:
        submission, draft = self._submission, self._submission.draft
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
            language=submission.version.language or submission.fields.get("lang", ""),
            vouched=bool(submission.version.language),
            sender=submission.sender,
            title=submission.version.title,
            known_website=job_of(known_website, site_id, draft.email, proof_id) if proof_id else None,
        )


async def decide(submission: Submission, judgement: Judgement, check: SubmissionCheck) -> Verdict:
    """The verdict of the spam check; a comment that it would publish may still be held by the captcha or the owner."""
    verdict = await check.verdict(judgement)
    if verdict.action is not Action.PUBLISH:
        return verdict
    reason = _missing_work(submission, judgement) or await _owner_policy(submission, judgement)
    return verdict if reason is None else verdict.held(reason)


async def protect_name(submission: Submission, verdict: Verdict, check: SubmissionCheck) -> tuple[Verdict, Author]:
    """Hold a comment whose name belongs to another author. Returns the verdict, and what is known of the author."""
    author = Author(subscription=submission.subscription)
    if verdict.action is not Action.PUBLISH or not submission.context.settings.protect_names:
        return verdict, author
    owns = await check.owns()
    if owns is False:
        # Held, not refused: it may be the same person on another device, or somebody of the same name.
        taken = Reason("name", 0.0, ReasonSentence.NAME_TAKEN)
        return verdict.held(taken), author
    return verdict, replace(author, claim=check.claim) if owns else author


def _missing_work(submission: Submission, judgement: Judgement) -> Reason | None:
    """From level 3 on the browser must send a proof of work."""
    if judgement.level < WITH_WORK or submission.work(judgement.level) is not None:
        return None
    # A reader without JavaScript cannot send one, so the comment is held and not refused.
    return Reason("no_work", 0.0, ReasonSentence.NO_WORK)


async def _owner_policy(submission: Submission, judgement: Judgement) -> Reason | None:
    """The owner's reason to hold a comment that looks good, or None."""
    if submission.review:
        return Reason("review", 0.0, ReasonSentence.REVIEW)
    moderation = submission.context.settings.moderation
    if moderation == "all":
        return Reason("moderation", 0.0, ReasonSentence.MODERATION)
    alarmed = judgement.level >= NEWCOMERS_HELD
    if (alarmed or moderation == "first") and not await submission.context.read_inline(
        is_known, submission.page.site_id, submission.draft.email, submission.proof_id
    ):
        return Reason("newcomer", 0.0, ReasonSentence.NEWCOMERS_WAIT if alarmed else ReasonSentence.NEWCOMER)
    return None


def _age(began_at: datetime | None, now: datetime) -> float | None:
    """Seconds since the question was asked."""
    return None if began_at is None else (now - began_at).total_seconds()
