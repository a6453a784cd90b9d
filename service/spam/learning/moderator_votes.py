"""Votes: the moderators' log of decisions, one vote per comment, the last that was not undone."""

import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select

from db import tables
from db.dialect_sql import insert_if_absent
from db.models import Status, VoteSource
from service.spam.classifier import DecidedComment, Prior, Sample, fingerprint
from service.spam.classifier.features import Feature
from service.spam.classifier.link_features import split_links
from service.spam.classifier.normalise_text import bounded, plain
from service.spam.classifier.site_model import TrainingExample, training_example
from service.spam.evidence import advertised, hosts_of, strip_noise
from service.spam.reputation import hash_of

KEPT = timedelta(days=400)
"""How long the numbers of a decided comment are kept after its text is deleted."""

_vote = tables.spam_vote.c


@dataclass(frozen=True, slots=True)
class KeptVote:
    """What a comment teaches, as numbers without words. ``about``: hashes of its hosts and email address."""

    logit: float
    features: list[Feature]
    fingerprint: tuple[int, ...]
    about: tuple[int, ...]

    @classmethod
    def of(cls, sample: Sample, prior: Prior) -> "KeptVote":
        """From a comment as typed. Takes about 1 ms."""
        text = strip_noise(bounded(sample.text))
        bounded_sample = Sample(text, sample.author, sample.email, advertised(sample.url))
        taught = training_example(DecidedComment(bounded_sample, False, ""), prior)
        about = hashes_about(text, sample.url, sample.email)
        return cls(taught.offset, taught.hashes, fingerprint(text), tuple(about))

    @classmethod
    def from_row(cls, row: Any) -> "KeptVote":
        """From a row of ``spam_vote``."""
        packed = zlib.decompress(row.features)
        end = len(packed) // 3  # a place has 4 bytes, a value 8
        places, values = array("I", packed[:end]), array("d", packed[end:])
        prints, about = array("I", row.fingerprint), array("Q", row.about)
        return cls(row.logit, list(zip(places, values, strict=True)), tuple(prints), tuple(about))

    def as_row(self) -> dict[str, Any]:
        """Columns of ``spam_vote``, about 900 bytes."""
        places = array("I", (place for place, _ in self.features))
        values = array("d", (value for _, value in self.features))
        return {
            "spam": None,
            "logit": self.logit,
            "features": zlib.compress(places.tobytes() + values.tobytes(), 6),
            "fingerprint": array("I", self.fingerprint).tobytes(),
            "about": array("Q", self.about).tobytes(),
        }

    def example(self, *, spam: bool) -> TrainingExample:
        """The training example with a label."""
        return TrainingExample(self.features, self.logit, int(spam))


def hashes_about(text: str, url: str, email: str) -> list[int]:
    """Hashes of the hosts and the email address of a comment, as reputations know them."""
    hosts = hosts_of(url, split_links(plain(strip_noise(bounded(text))))[0])
    return [*(hash_of("host", host) for host in hosts), *([hash_of("email", email)] if email else [])]


def keep(connection: Connection, site_id: int, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Insert new rows and delete old ones."""
    for row in rows:
        insert_if_absent(connection, tables.spam_vote, {"site_id": site_id, **row})
    forget(connection, site_id, VoteSource.MODERATOR, now - KEPT)


def forget(connection: Connection, site_id: int, source: VoteSource, before: datetime) -> None:
    """Delete votes of this source that are older."""
    these = (_vote.site_id == site_id, _vote.source == source, _vote.at < before)
    connection.execute(delete(tables.spam_vote).where(*these))


MOST = 20_000
"""Decisions read. The classifier learns from the newest 5,000 comments of them."""

_decision, _comment, _kept = tables.decision.c, tables.comment.c, tables.spam_vote.c


@dataclass(frozen=True, slots=True)
class Vote:
    """A comment with a moderator's decision. ``before``: its status before the first decision; ``moderator``: an
    admin's id, or empty; ``kept``: its stored numbers, if any. ``text`` is None once deleted; then only ``kept`` is
    left."""

    comment_id: int
    spam: bool
    moderator: str
    at: datetime
    before: Status
    text: str | None
    author: str
    email: str
    url: str
    client: bytes
    score: float
    reasons: list[dict[str, Any]]
    kept: KeptVote | None = None
    batch: int = 0
    """Decisions of one click share it."""
    network: int | None = None
    """0 to 255: tells the networks of a day apart; None if unknown. ``client`` is gone after two days, this is kept."""

    @property
    def day(self) -> str:
        """The day of the decision, as an ISO date in UTC."""
        return self.at.date().isoformat()


def read_votes(connection: Connection, site_id: int, most: int = MOST) -> list[Vote]:
    """The valid votes, oldest first."""
    query = (
        select(
            *(_decision[name] for name in ("id", "comment_id", "batch", "admin_id", "before", "after", "at")),
            *(_comment[name] for name in ("text", "author", "email", "url", "client", "score", "reasons")),
            *(_kept[name] for name in ("logit", "features", "fingerprint", "about")),
            _kept.score.label("kept_score"),
            _kept.reasons.label("kept_reasons"),
            _kept.network,
        )
        .select_from(tables.decision)
        .outerjoin(tables.comment, and_(_comment.site_id == _decision.site_id, _comment.id == _decision.comment_id))
        .outerjoin(
            tables.spam_vote,
            and_(
                _kept.site_id == _decision.site_id,
                _kept.source == VoteSource.MODERATOR,
                _kept.comment_id == _decision.comment_id,
            ),
        )
        .where(_decision.site_id == site_id, _decision.undone_at.is_(None))
        .order_by(_decision.id.desc())
        .limit(most)
    )
    return list(_votes(connection.execute(query)))[::-1]


def _votes(newest_first: Iterable[Any]) -> Iterator[Vote]:
    """Approving and marking as spam are votes. Spam that is later trashed remains a vote for spam; other comments that
    were trashed or held again have no vote."""
    by_comment: dict[int, list[Any]] = {}
    for row in newest_first:
        by_comment.setdefault(row.comment_id, []).append(row)
    for rows in by_comment.values():
        deciding = rows[1] if rows[0].after is Status.TRASH and len(rows) > 1 else rows[0]
        voted = deciding.after is Status.SPAM or (deciding is rows[0] and deciding.after is Status.APPROVED)
        if voted and (deciding.text is not None or deciding.features is not None):
            yield _vote_of_row(deciding, rows[-1].before)


def _vote_of_row(row: Any, before: Status) -> Vote:
    return Vote(
        comment_id=row.comment_id,
        spam=row.after is Status.SPAM,
        moderator="" if row.admin_id is None else str(row.admin_id),
        at=row.at,
        before=Status(before),
        text=row.text,
        author=row.author or "",
        email=row.email or "",
        url=row.url or "",
        client=row.client or b"",
        score=(row.kept_score or 0.0) if row.text is None else row.score,
        reasons=(row.kept_reasons if row.text is None else row.reasons) or [],
        kept=None if row.features is None else KeptVote.from_row(row),
        batch=row.batch,
        network=row.client[0] if row.client else row.network,
    )


def read_names(connection: Connection) -> dict[str, str]:
    """Moderators' names by id, as in ``Vote.moderator``."""
    admin = tables.admin.c
    return {str(number): name for number, name in connection.execute(select(admin.id, admin.name))}


def read_mark(connection: Connection, site_id: int) -> str:
    """Changes with the log: its newest decision and the number of undone ones."""
    newest = select(func.max(_decision.id)).where(_decision.site_id == site_id)
    undone = select(func.count()).where(_decision.site_id == site_id, _decision.undone_at.is_not(None))
    return f"{connection.execute(newest).scalar() or 0}:{connection.execute(undone).scalar_one()}"


def read_approved_logits(connection: Connection, site_id: int, most: int = 3000) -> list[float]:
    """Logits of the newest approved comments, as stored when they were judged."""
    query = (
        select(_comment.reasons)
        .where(_comment.status == Status.APPROVED, _comment.site_id == site_id)
        .order_by(_comment.created_at.desc())
        .limit(most)
    )
    return [logit for reasons in connection.execute(query).scalars() if (logit := logit_of(reasons)) is not None]


def logit_of(reasons: Any) -> float | None:
    """The model's logit among stored reasons, or None. Imported comments may have any JSON here."""
    for reason in reasons if isinstance(reasons, list) else ():
        if (
            isinstance(reason, dict)
            and reason.get("symbol") == "model"
            and isinstance(reason.get("logit"), int | float)
        ):
            return float(reason["logit"])
    return None
