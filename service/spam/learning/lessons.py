"""What a decided comment teaches, as numbers: worked out once, and kept for when its text is deleted."""

import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete

from db import tables
from db.spam_models import Source
from db.upsert import insert_if_absent
from service.spam.classifier import Decision, Prior, Sample, fingerprint
from service.spam.classifier.features import Feature
from service.spam.classifier.links import taken
from service.spam.classifier.normal import bounded, plain
from service.spam.classifier.refit import Lesson, lesson
from service.spam.evidence import hosts_of, tame
from service.spam.standings import name_of

KEPT = timedelta(days=400)
"""After this what a comment taught is forgotten, unless its text is still there."""

_vote = tables.spam_vote.c


@dataclass(frozen=True, slots=True)
class Kept:
    """Numbers, no words. ``about``: hashes of hosts and of the email address."""

    logit: float
    features: list[Feature]
    fingerprint: tuple[int, ...]
    about: tuple[int, ...]

    @classmethod
    def of(cls, sample: Sample, prior: Prior) -> "Kept":
        """Out of a comment as typed; about 1 ms."""
        text = tame(bounded(sample.text))
        tamed = Sample(text, sample.author, sample.email, sample.url)
        taught = lesson(Decision(tamed, False, ""), prior)
        hosts = hosts_of(sample.url, taken(plain(text))[0])
        about = [
            *(name_of("host", host) for host in hosts),
            *([name_of("email", sample.email)] if sample.email else []),
        ]
        return cls(taught.offset, taught.hashes, fingerprint(text), tuple(about))

    @classmethod
    def from_row(cls, row: Any) -> "Kept":
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

    def lesson(self, *, spam: bool) -> Lesson:
        """As the classifier learns it."""
        return Lesson(self.features, self.logit, int(spam))


def keep(connection: Connection, site_id: int, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Keep what is new, and forget what is old."""
    for row in rows:
        insert_if_absent(connection, tables.spam_vote, {"site_id": site_id, **row})
    forget(connection, site_id, Source.MODERATOR, now - KEPT)


def forget(connection: Connection, site_id: int, source: Source, before: datetime) -> None:
    """Take away what was voted before then."""
    these = (_vote.site_id == site_id, _vote.source == source, _vote.at < before)
    connection.execute(delete(tables.spam_vote).where(*these))
