"""Texts seen before, by the bands of their fingerprints: in the store for 30 days, and in memory for the last hour.

A text of ten words or more has sixteen bands of two numbers, each a row of its own: two texts that share two thirds of
their three-word shingles share about six bands. A shorter text has one key for all of it. Memory is counted at once, so
a flood is noticed while its first comments are still being written; ``noting`` follows behind the commit.
"""

import re
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlalchemy import Connection, bindparam, exists, select

from db import tables
from db.models import Status
from db.prepared import Prepared
from service.spam.classifier import fingerprint
from service.spam.classifier.normalise import bounded
from service.spam.evidence import NearDuplicates, strip_noise

KEPT = timedelta(days=30)
RECENT = timedelta(hours=1)
ENOUGH_BANDS = 3
"""Of sixteen, for two texts to count as nearly the same. Measured over 18,509 honest comments of one blog, as if all
had come within 30 days: 50 were the fifth of their kind, most of those spam that was left lying about; on six other
blogs, none of 1,295."""

_DIGITS = re.compile(r"\d+")
_UNFILLED = 0x7FFFFFF  # a bin of the fingerprint with a shingle of its own is not above
_LONG = 7  # bins with a shingle of their own: about ten words
_MOST = 20_000
_seen, _comment, _decision = tables.sighting.c, tables.comment.c, tables.decision.c

_KEYS = tuple(f"key_{place}" for place in range(16))
_SEEN = Prepared(
    select(_seen.number, _seen.lately, _seen.began, _seen.first_id, _seen.last_id).where(
        _seen.site_id == bindparam("site"),
        _seen.what.in_([bindparam(key, type_=_seen.what.type) for key in _KEYS]),
        _seen.expires_at > bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class Bands:
    """What a text is known by. ``enough`` of its keys must be the same."""

    keys: tuple[int, ...]
    long: bool

    @property
    def enough(self) -> int:
        """How many keys two texts must share."""
        return ENOUGH_BANDS if self.long else 1

    @classmethod
    def of(cls, text: str) -> "Bands":
        """Takes any text; one without a word has no keys. Numbers and links differ within a campaign."""
        found = fingerprint(_DIGITS.sub("0", strip_noise(bounded(text))))
        long = sum(number <= _UNFILLED for number in found) >= _LONG
        if not long:
            return cls((_whole(found),) if found else (), long=False)
        pairs = enumerate(zip(found[::2], found[1::2], strict=True))
        return cls(tuple([_band(place, one << 32 | other) for place, (one, other) in pairs]), long=True)


def _whole(found: Sequence[int]) -> int:
    packed = struct.pack(f"<{len(found)}I", *found)
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)


def _band(place: int, numbers: int) -> int:
    """64 bits and their place as a signed number of 64 bits, spread over all of them (Knuth's multiplicative hash)."""
    spread = (numbers ^ place << 59) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return spread - (spread >> 63 << 64)


class RecentCounts:
    """How often each key was seen in this process within the last hour. Bounded; the oldest half goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[int, int], tuple[int, datetime]] = {}

    def count(self, site_id: int, bands: Bands, now: datetime, who: str = "") -> int:
        """How often nearly the same came before, this one not counted; it is from now on.

        Who sends the very same again, as after a refusal, is counted once. ``who``: an email address, if there is one.
        """
        said = hash((bands.keys, who.casefold()))
        with self._lock:
            again = bool(who) and self._seen(site_id, said, now)
            if who:
                self._counts[site_id, said] = (1, now)
            numbers = [self._seen(site_id, key, now) for key in bands.keys]
            if again:
                return max(0, shared(numbers, bands.enough) - 1)
            for key, number in zip(bands.keys, numbers, strict=True):
                began = self._counts[site_id, key][1] if number else now
                self._counts[site_id, key] = (number + 1, began)
            if len(self._counts) > _MOST:
                oldest = sorted(self._counts, key=lambda each: self._counts[each][1])
                for each in oldest[: _MOST // 2]:
                    del self._counts[each]
        return shared(numbers, bands.enough)

    def look(self, site_id: int, bands: Bands, now: datetime) -> int:
        """How often nearly the same came; nothing is counted."""
        return shared([self._seen(site_id, key, now) for key in bands.keys], bands.enough)

    def _seen(self, site_id: int, key: int, now: datetime) -> int:
        number, began = self._counts.get((site_id, key), (0, now))
        return number if now - began <= RECENT else 0


def shared(numbers: Sequence[int], enough: int) -> int:
    """How many texts share as many keys as are enough, going by how often each key was seen."""
    return sorted(numbers, reverse=True)[enough - 1] if len(numbers) >= enough else 0


def look_up(connection: Connection, site_id: int, bands: Bands, now: datetime) -> NearDuplicates:
    """How often nearly the same was seen, and what became of it."""
    if not bands.keys:
        return NearDuplicates()
    keys = dict(zip(_KEYS, bands.keys + bands.keys[:1] * (len(_KEYS) - len(bands.keys)), strict=True))
    found = _SEEN.rows(connection, {"site": site_id, "now": now, **keys})
    if len(found) < bands.enough:
        return NearDuplicates(long=bands.long)
    ids = {each for *_, first_id, last_id in found for each in (first_id, last_id)}
    marked, filed, cleared = _statuses(connection, site_id, ids)
    near = shared([number for number, *_ in found], bands.enough)
    recent = [lately if now - began <= RECENT else 0 for _, lately, began, *_ in found]
    return NearDuplicates(near, shared(recent, bands.enough), bands.long, marked, filed, cleared)


def _statuses(connection: Connection, site_id: int, ids: set[int]) -> tuple[int, int, int]:
    """Of these comments: how many a moderator marked as spam, how many were filed without one, and how many a moderator
    approved."""
    by_hand = exists().where(
        _decision.site_id == site_id,
        _decision.comment_id == _comment.id,
        _decision.after == _comment.status,
        _decision.undone_at.is_(None),
    )
    query = select(_comment.status, by_hand.label("by_hand")).where(_comment.site_id == site_id, _comment.id.in_(ids))
    found = [(Status(status), bool(decided)) for status, decided in connection.execute(query)]
    kinds = ((Status.SPAM, True), (Status.SPAM, False), (Status.APPROVED, True))
    marked, filed, cleared = map(found.count, kinds)
    return marked, filed, cleared
