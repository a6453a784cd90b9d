"""The spam check of a POST: what it looks up, what it judges, and what it notes afterwards."""

import logging
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from db.engine import UNAVAILABLE
from db.writer import NotWritten, job_of
from service.captcha import Judgement
from service.comments.authors import Claim, claim, is_known, owns_name
from service.spam.background import Arrival, look, with_lately
from service.spam.check import check
from service.spam.classifier import LocalModel, Thresholds, shipped
from service.spam.evidence import Background, Evidence
from service.spam.model import Model
from service.spam.noting import ORDER
from service.spam.sightings import Bands
from service.spam.sites import SiteCheck
from service.spam.standings import Standings
from service.spam.verdict import Action, Verdict
from service.web.posting import Posting

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
        site, background = await self._look()
        return check(self._evidence(judgement, site, background))

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

    async def _look(self) -> tuple[SiteCheck, Background]:
        posting = self._posting
        draft, site_id = posting.draft, posting.page.site_id
        try:
            self._parts.learner.watch(site_id)
            number = 0
            if not self._is_nearly_the_same:
                number = self._parts.lately.count(site_id, self.bands, posting.now, draft.email)
            known = job_of(is_known, site_id, draft.email, posting.proof_id) if posting.proof_id else None
            arrival = Arrival(site_id, draft.comment, draft.email, draft.url, posting.client, posting.now, known)
            ask = self._core.glance if self._parts.sites.is_fresh(site_id) else self._core.read
            background_of = job_of(look, self._parts.sites, arrival, self.bands)
            (site, background), self._owner = await ask(lambda each: (background_of(each), self._owner_of(each)))
            return site, with_lately(background, number, long=self.bands.long)
        except UNAVAILABLE:
            raise  # the comment could not be stored either: a 503 keeps all that was typed
        except Exception:
            log.exception("the background of a comment could not be read")
            prior = shipped()
            general = Model(prior, LocalModel(), Thresholds(prior.hold))
            plain = SiteCheck(self._parts.sites.policy_of({}), general, general, Standings())
            return plain, Background(failed=True)

    def _evidence(self, judgement: Judgement, site: SiteCheck, background: Background) -> Evidence:
        posting, settings = self._posting, self._core.settings
        draft = posting.draft
        decoy = posting.fields.get(judgement.decoy)
        return Evidence(
            text=draft.comment,
            author=draft.author,
            email=draft.email,
            url=draft.url,
            page_url=posting.page.url,
            fill_seconds=_age(judgement.began_at, posting.now),
            honeypot_filled=bool(decoy),
            min_fill_seconds=settings.min_fill_seconds,
            max_links=settings.max_links,
            language=posting.fields.get("lang", ""),
            sender=posting.sender,
            background=background,
            policy=site.policy,
            model=site.model,
        )


def _age(began_at: datetime | None, now: datetime) -> float | None:
    return None if began_at is None else (now - began_at).total_seconds()


def _complain(done: "Future[None]") -> None:
    if not done.cancelled() and (error := done.exception()):
        log.error("a text was not counted in", exc_info=error)
