"""A site whose moderators decide on comments, as the service sees it: a database, the check, the learner, a clock."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from db import tables
from db.column_types import new_id
from db.models import Status
from service.app import open_context
from service.comments.moderate import decide
from service.protocols.akismet.judge_client_comment import ClientComment, judge
from service.settings import Settings
from service.sites import SiteAccess
from service.spam.classifier import Prior, prior
from service.spam.learning.template_anchors import anchors
from service.spam.near_duplicates import Bands
from service.spam.training.corpus import Line
from service.spam.verdict import Action, Verdict
from service.web.context import AppContext

ORIGIN = "https://blog.example"
_SITE = SiteAccess(1, ORIGIN, "")
_BETWEEN = timedelta(minutes=30)
"""Between two decisions: some fifty a day."""
_ADMIN = 1


@dataclass(frozen=True, slots=True)
class Arrived:
    """A comment of a left-out source, and the language of its page, ISO 639-1 or empty."""

    line: Line
    language: str

    def sent(self, *, test: bool) -> ClientComment:
        """As ``/api/v1/check`` gets it."""
        text, author, email, url = self.line.sample.text, self.line.sample.author, "", self.line.sample.url
        return ClientComment(text, author, email, url, f"{ORIGIN}/page", language=self.language, test=test)


@dataclass(slots=True)
class _SiteClock:
    """A time of day that decisions move on."""

    now: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class LearningSite:
    """One site in a database of its own."""

    context: AppContext
    clock: _SiteClock

    async def decide(self, arrived: Arrived, *, spam: bool) -> None:
        """A comment comes, is judged and stored, and a moderator decides on it."""
        self.clock.now += _BETWEEN
        verdict = await judge(self.context, _SITE, arrived.sent(test=False))
        number = self._store(arrived, verdict)
        after = Status.SPAM if spam else Status.APPROVED
        self.context.writer.run(decide, [(_SITE.id, number)], after, _ADMIN, self.clock())

    def _store(self, arrived: Arrived, verdict: Verdict) -> int:
        row = {
            "site_id": _SITE.id,
            "id": new_id(),
            "page_id": 1,
            "status": Status.PENDING if verdict.action is not Action.SPAM else Status.SPAM,
            "author": arrived.line.sample.author,
            "email": "",
            "url": arrived.line.sample.url,
            "text": arrived.line.sample.text,
            "format": "markdown",
            "created_at": self.clock(),
            "score": verdict.score,
            "reasons": [reason.as_json() for reason in verdict.reasons],
            "source": "",
        }
        number = int(str(row["id"]))
        self.context.writer.run(lambda connection: connection.execute(tables.comment.insert(), row))
        counts = self.context.spam.near_duplicate_writer
        counts.note(_SITE.id, Bands.of(arrived.line.sample.text), number, self.clock())
        if job := counts.everything():
            self.context.writer.run(job)
        return number

    def learn(self) -> None:
        """Refit, as the trainer does in the background."""
        self.context.spam.trainer.refit_if_changed(_SITE.id)
        self.context.spam.sites.forget(_SITE.id)

    async def judge(self, comments: Iterable[Arrived]) -> list[Verdict]:
        """The verdicts on comments that are not counted."""
        return [await judge(self.context, _SITE, one.sent(test=True)) for one in comments]


@contextmanager
def learning_site(general: Prior) -> Iterator[LearningSite]:
    """A new site of a service that ships these general weights."""
    with TemporaryDirectory() as folder, _shipping(general):
        clock = _SiteClock()
        settings = Settings(data=Path(folder), sites=(ORIGIN,), learn_seconds=0, _env_file=None)
        context = open_context(settings, clock, demo=False)
        try:
            yield LearningSite(context, clock)
        finally:
            context.close()


@contextmanager
def _shipping(general: Prior) -> Iterator[None]:
    """The service reads its weights once, from a file; for a while they are others."""
    usual = prior._read
    prior._read = lambda name: general  # noqa: ARG005
    _forget_weights()
    try:
        yield
    finally:
        prior._read = usual
        _forget_weights()


def _forget_weights() -> None:
    prior.shipped.cache_clear()
    anchors.cache_clear()
