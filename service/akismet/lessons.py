"""What a key's submissions teach: weights of its own on top of the shipped classifier.

A lesson is numbers, not text: hashes of the features that the classifier looks at, and a fingerprint that tells near
duplicates. Each comment has one vote, its last; of near duplicates five of a label count; 200 a day are taken, for the
key may be known to others. Lessons stay a year, and the newest thousand are fitted.
"""

import time
import zlib
from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from service.akismet import tables
from service.akismet.ledger import correct, submissions_since
from service.akismet.upsert import upsert
from service.spam.classifier.features import Feature
from service.spam.classifier.local import Decision, LocalModel, heard
from service.spam.classifier.near import fingerprint
from service.spam.classifier.prior import shipped
from service.spam.classifier.refit import Lesson, fit, lesson
from service.spam.classifier.sample import Sample

A_DAY = 200
NEWEST = 1000
KEPT = timedelta(days=365)
_QUICK, _PAUSE = 100, 10.0

_lesson, _taught = tables.lesson.c, tables.taught.c


def read_lesson(site_id: int, digest: bytes, sample: Sample, now: datetime, *, spam: bool) -> dict[str, Any]:
    """A row of what a submission teaches. Takes some milliseconds, so it is made outside of the writer."""
    learned = lesson(Decision(sample, spam, ""), shipped())
    return {
        "site_id": site_id,
        "digest": digest,
        "spam": spam,
        "logit": learned.offset,
        "features": _pack(learned.hashes),
        "fingerprint": array("I", fingerprint(sample.text)).tobytes(),
        "at": now,
    }


def take_lesson(connection: Connection, guid: bytes, row: dict[str, Any]) -> bool:
    """Take a submission in. Returns whether there is something new to learn."""
    site_id, now = row["site_id"], row["at"]
    correct(connection, site_id, guid, row["digest"], now, spam=row["spam"])
    if submissions_since(connection, site_id, now - timedelta(days=1)) >= A_DAY:
        return False
    upsert(connection, tables.lesson, row, lambda new: {"spam": new.spam, "at": new.at})
    connection.execute(delete(tables.lesson).where(_lesson.site_id == site_id, _lesson.at < now - KEPT))
    return True


def read_lessons(connection: Connection, site_id: int) -> list[Any]:
    """The key's newest lessons, oldest first."""
    query = select(tables.lesson).where(_lesson.site_id == site_id).order_by(_lesson.at.desc(), _lesson.digest)
    return list(reversed(connection.execute(query.limit(NEWEST)).all()))


def fit_lessons(rows: Sequence[Any]) -> LocalModel:
    """The key's weights. Takes half a second for a thousand lessons."""
    named = {row.digest.hex(): row for row in rows}
    votes = [Decision(Sample(""), row.spam, name, _numbers(row.fingerprint)) for name, row in named.items()]
    return fit([_unpack(named[vote.comment]) for vote in heard(votes)])


def keep(connection: Connection, site_id: int, model: LocalModel) -> None:
    """Put the weights where every process finds them."""
    row = {"site_id": site_id, "version": 1, "data": model.to_bytes()}
    return upsert(connection, tables.taught, row, lambda new: {"version": _taught.version + 1, "data": new.data})


class TaughtModels:
    """The weights of each key, from memory while their version is the one that is stored."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, LocalModel]] = {}
        self._fitted: dict[int, tuple[float, int]] = {}

    def of(self, connection: Connection, site_id: int) -> LocalModel:
        """None at all for a key that has submitted nothing."""
        mine = _taught.site_id == site_id
        version = connection.execute(select(_taught.version).where(mine)).scalar()
        if version is None:
            return LocalModel()
        known = self._known.get(site_id)
        if known is None or known[0] != version:
            row = connection.execute(select(_taught.version, _taught.data).where(mine)).one()
            known = self._known[site_id] = (row.version, LocalModel.from_bytes(row.data))
        return known[1]

    def may_fit(self, site_id: int) -> bool:
        """Many lessons take a while: then ten seconds lie between two fits, and the later has what came meanwhile."""
        at, lessons = self._fitted.get(site_id, (0.0, 0))
        return lessons <= _QUICK or time.monotonic() - at > _PAUSE

    def fitted(self, site_id: int, lessons: int) -> None:
        """Note a fit on so many lessons."""
        self._fitted[site_id] = (time.monotonic(), lessons)


def together(one: LocalModel, other: LocalModel) -> LocalModel:
    """What moderators taught and what submissions taught, added up; each alone is the whole."""
    if not one.learned or not other.learned:
        return one if one.learned else other
    weights = dict(one.weights)
    for place, weight in other.weights.items():
        weights[place] = weights.get(place, 0.0) + weight
    return LocalModel(weights, one.bias + other.bias, one.learned + other.learned)


def _pack(hashes: Sequence[Feature]) -> bytes:
    places, values = array("I", (place for place, _ in hashes)), array("f", (value for _, value in hashes))
    return zlib.compress(places.tobytes() + values.tobytes())


def _unpack(row: Any) -> Lesson:
    raw = zlib.decompress(row.features)
    places, values = array("I", raw[: len(raw) // 2]), array("f", raw[len(raw) // 2 :])
    return Lesson(list(zip(places, values, strict=True)), row.logit, int(row.spam))


def _numbers(raw: bytes) -> tuple[int, ...]:
    return tuple(array("I", raw))
