"""The log of decisions, read as votes: what a human decided explicitly, one vote a comment, the last that stands."""

import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select

from db import tables
from db.models import Source, Status
from db.sql import insert_if_absent
from service.spam.classifier import DecidedComment, Prior, Sample, fingerprint
from service.spam.classifier.features import Feature
from service.spam.classifier.link_features import split_links
from service.spam.classifier.normalise import bounded, plain
from service.spam.classifier.site_model import TrainingExample, training_example
from service.spam.classifier.text_traits import scripts
from service.spam.evidence import hosts_of, strip_noise
from service.spam.reputation import hash_of

KEPT = timedelta(days=400)
"""After this what a comment taught is forgotten, unless its text is still there."""

_vote = tables.spam_vote.c


@dataclass(frozen=True, slots=True)
class KeptVote:
    """Numbers, no words. ``about``: hashes of hosts and of the email address."""

    logit: float
    features: list[Feature]
    fingerprint: tuple[int, ...]
    about: tuple[int, ...]

    @classmethod
    def of(cls, sample: Sample, prior: Prior) -> "KeptVote":
        """Out of a comment as typed; about 1 ms."""
        text = strip_noise(bounded(sample.text))
        tamed = Sample(text, sample.author, sample.email, sample.url)
        taught = training_example(DecidedComment(tamed, False, ""), prior)
        hosts = hosts_of(sample.url, split_links(plain(text))[0])
        about = [
            *(hash_of("host", host) for host in hosts),
            *([hash_of("email", sample.email)] if sample.email else []),
        ]
        return cls(taught.offset, taught.hashes, fingerprint(text), tuple(about))

    @classmethod
    def from_row(cls, row: Any) -> "KeptVote":
        """As it is stored."""
        packed = zlib.decompress(row.features)
        end = len(packed) // 3  # a place has 4 bytes, a value 8
        places, values = array("I", packed[:end]), array("d", packed[end:])
        prints, about = array("I", row.fingerprint), array("Q", row.about)
        return cls(row.logit, list(zip(places, values, strict=True)), tuple(prints), tuple(about))

    def as_row(self) -> dict[str, Any]:
        """For the table; about 900 bytes."""
        places = array("I", (place for place, _ in self.features))
        values = array("d", (value for _, value in self.features))
        return {
            "spam": None,
            "logit": self.logit,
            "features": zlib.compress(places.tobytes() + values.tobytes(), 6),
            "fingerprint": array("I", self.fingerprint).tobytes(),
            "about": array("Q", self.about).tobytes(),
        }

    def lesson(self, *, spam: bool) -> TrainingExample:
        """As the classifier learns it."""
        return TrainingExample(self.features, self.logit, int(spam))


def keep(connection: Connection, site_id: int, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Keep what is new, and forget what is old."""
    for row in rows:
        insert_if_absent(connection, tables.spam_vote, {"site_id": site_id, **row})
    forget(connection, site_id, Source.MODERATOR, now - KEPT)


def forget(connection: Connection, site_id: int, source: Source, before: datetime) -> None:
    """Take away what was voted before then."""
    these = (_vote.site_id == site_id, _vote.source == source, _vote.at < before)
    connection.execute(delete(tables.spam_vote).where(*these))


MOST = 20_000
"""Decisions read; of those, the classifier hears the newest 5,000 comments."""

_decision, _comment, _kept = tables.decision.c, tables.comment.c, tables.spam_vote.c


@dataclass(frozen=True, slots=True)
class Vote:
    """A comment as typed, and what a moderator decided of it. ``before`` is where the check had put it; ``moderator``
    is an admin's number, empty for none of ours. ``kept`` is what it teaches, if that is stored; a comment whose text
    has been deleted has nothing else, and ``text`` is then None."""

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

    @property
    def day(self) -> str:
        """The day of the decision, as an ISO date in UTC."""
        return self.at.date().isoformat()


def read_votes(connection: Connection, site_id: int, most: int = MOST) -> list[Vote]:
    """The votes that stand, oldest first."""
    query = (
        select(
            *(_decision[name] for name in ("id", "comment_id", "admin_id", "before", "after", "at")),
            *(_comment[name] for name in ("text", "author", "email", "url", "client", "score", "reasons")),
            *(_kept[name] for name in ("logit", "features", "fingerprint", "about")),
            _kept.score.label("kept_score"),
            _kept.reasons.label("kept_reasons"),
        )
        .select_from(tables.decision)
        .outerjoin(tables.comment, and_(_comment.site_id == _decision.site_id, _comment.id == _decision.comment_id))
        .outerjoin(
            tables.spam_vote,
            and_(
                _kept.site_id == _decision.site_id,
                _kept.source == Source.MODERATOR,
                _kept.comment_id == _decision.comment_id,
            ),
        )
        .where(_decision.site_id == site_id, _decision.undone_at.is_(None))
        .order_by(_decision.id.desc())
        .limit(most)
    )
    return list(_votes(connection.execute(query)))[::-1]


def _votes(newest_first: Iterable[Any]) -> Iterator[Vote]:
    """Approved or spam is a vote. What was marked as spam and then put in the trash is spam still; anything else that
    was trashed or held again says nothing."""
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
    )


def read_names(connection: Connection) -> dict[str, str]:
    """Moderators' names, by what votes call them."""
    admin = tables.admin.c
    return {str(number): name for number, name in connection.execute(select(admin.id, admin.name))}


def read_mark(connection: Connection, site_id: int) -> str:
    """What tells whether the log has changed: its newest decision, and how many were undone."""
    newest = select(func.max(_decision.id)).where(_decision.site_id == site_id)
    undone = select(func.count()).where(_decision.site_id == site_id, _decision.undone_at.is_not(None))
    return f"{connection.execute(newest).scalar() or 0}:{connection.execute(undone).scalar_one()}"


def read_approved_logits(connection: Connection, site_id: int, most: int = 3000) -> list[float]:
    """What the model said of the newest approved comments, when it judged them."""
    query = (
        select(_comment.reasons)
        .where(_comment.status == Status.APPROVED, _comment.site_id == site_id)
        .order_by(_comment.created_at.desc())
        .limit(most)
    )
    return [logit for reasons in connection.execute(query).scalars() if (logit := logit_of(reasons)) is not None]


def read_scripts(connection: Connection, site_id: int, most: int = 300, enough: int = 3) -> list[str]:
    """Scripts that enough of the newest approved comments have among their letters."""
    query = (
        select(_comment.text)
        .where(_comment.status == Status.APPROVED, _comment.site_id == site_id)
        .order_by(_comment.created_at.desc())
        .limit(most)
    )
    counts = Counter(name for text in connection.execute(query).scalars() for name in scripts(text[:2000]))
    return sorted(name for name, number in counts.items() if number >= enough)


def logit_of(reasons: Any) -> float | None:
    """The model's logit among stored reasons; None where there is none. Imported comments may hold anything here."""
    for reason in reasons if isinstance(reasons, list) else ():
        if (
            isinstance(reason, dict)
            and reason.get("symbol") == "model"
            and isinstance(reason.get("logit"), int | float)
        ):
            return float(reason["logit"])
    return None
