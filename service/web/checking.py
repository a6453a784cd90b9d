"""The spam check of a POST: what it looks up, what it judges, and what it notes afterwards."""

import logging
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.writer import NotWritten, job_of
from service.captcha import Judgement
from service.comments.authors import Claim, claim, is_known, owns_name
from service.spam.background import Arrival
from service.spam.noting import ORDER
from service.spam.sightings import Bands
from service.spam.verdict import Action, Verdict
from service.web.posting import Posting
from service.web.spam_check import spam_check

if TYPE_CHECKING:
    from concurrent.futures import Future

log = logging.getLogger(__name__)


class Checking:
    """The check of one posting. ``replaces`` is the text that it is to replace, if it is an edit."""

    def __init__(self, posting: Posting, replaces: str = "") -> None:
        self._posting = posting
        self._replaces = Bands.of(replaces)
        self._core = posting.core
        self._parts = posting.core.spam
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
        posting = self._posting
        return claim(self._core.keyring, posting.page.site_id, posting.draft.author, posting.proof_id)

    async def owns(self) -> bool | None:
        """Whose name it is, see ``owns_name``: known already where the check has looked up the rest."""
        if not self._owner:
            self._owner = [await self._core.glance(owns_name, self.claim, self._posting.draft.author)]
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
        posting = self._posting
        if not self._core.settings.spam_check or self._is_nearly_the_same:
            return
        try:
            job = self._parts.noter.note(posting.page.site_id, self.bands, comment_id, posting.now)
            if job is None:
                return
            done = self._core.writer.submit(job, ORDER)
        except NotWritten:
            return
        done.add_done_callback(_complain)

    def _owner_of(self, connection: Connection) -> list[bool | None]:
        """In the same trip to the database, where it will matter."""
        if not self._core.settings.protect_names:
            return []
        return [owns_name(connection, self.claim, self._posting.draft.author)]

    def _lately(self) -> int:
        posting = self._posting
        if self._is_nearly_the_same:
            return 0
        return self._parts.lately.count(posting.page.site_id, self.bands, posting.now, posting.draft.email)

    def _arrival(self, judgement: Judgement) -> Arrival:
        posting, draft = self._posting, self._posting.draft
        site_id, proof_id = posting.page.site_id, posting.proof_id
        return Arrival(
            site_id=site_id,
            text=draft.comment,
            bands=self.bands,
            author=draft.author,
            email=draft.email,
            url=draft.url,
            page_url=posting.page.url,
            client=posting.client,
            now=posting.now,
            fill_seconds=_age(judgement.began_at, posting.now),
            honeypot_filled=bool(posting.fields.get(judgement.decoy)),
            language=posting.fields.get("lang", ""),
            sender=posting.sender,
            is_known=job_of(is_known, site_id, draft.email, proof_id) if proof_id else None,
        )


def _age(began_at: datetime | None, now: datetime) -> float | None:
    return None if began_at is None else (now - began_at).total_seconds()


def _complain(done: "Future[None]") -> None:
    if not done.cancelled() and (error := done.exception()):
        log.error("a text was not counted in", exc_info=error)
