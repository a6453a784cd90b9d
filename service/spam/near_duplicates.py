"""Counts of texts seen before, by fingerprint bands: 30 days in the database, one hour in memory.

A text of ten words or more has sixteen bands of two numbers, each in its own row: two texts that share two thirds of
their three-word shingles share about six bands. A shorter text has a single key. Memory is counted at once, so that a
flood is noticed while its first comments are still being written; the database is written after the commit.
"""

import re
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from string import digits

from sqlalchemy import Connection, bindparam, exists, select

from db import tables
from db.models import Status
from db.prepared_statements import Prepared
from service.spam.classifier import fingerprint
from service.spam.classifier.normalise_text import bounded
from service.spam.classifier.text_traits import holds_one
from service.spam.evidence import NearDuplicates, strip_noise

KEPT = timedelta(days=30)
RECENT = timedelta(hours=1)
ENOUGH_BANDS = 3
"""Shared bands, of sixteen, from which two texts count as near-duplicates. Of 18,509 honest comments of one blog, taken
as if all had arrived within 30 days, 50 were a fifth near-duplicate, most of those unmoderated spam; of 1,295 on six
other blogs, none."""

_DIGITS = re.compile(r"\d+")
_OWN_SHINGLE = 0x7FFFFFF  # greatest value of a fingerprint bin that was not filled from a neighbour
_LONG = 7  # bins with their own shingle: about ten words
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
    """Keys of a text. Two texts are near-duplicates if they share at least ``enough`` keys."""

    keys: tuple[int, ...]
    long: bool

    @property
    def enough(self) -> int:
        """Number of keys that two near-duplicates share."""
        return ENOUGH_BANDS if self.long else 1

    @classmethod
    def of(cls, text: str) -> "Bands":
        """Keys of any text; none for a text without words. Digits and links are ignored: campaigns vary them."""
        text = strip_noise(bounded(text))
        if not text.isascii() or holds_one(text, digits):
            text = _DIGITS.sub("0", text)
        numbers = fingerprint(text)
        long = sum(number <= _OWN_SHINGLE for number in numbers) >= _LONG
        if not long:
            return cls((_short_key(numbers),) if numbers else (), long=False)
        pairs = enumerate(zip(numbers[::2], numbers[1::2], strict=True))
        return cls(tuple([_band_key(place, one << 32 | other) for place, (one, other) in pairs]), long=True)


def _short_key(numbers: Sequence[int]) -> int:
    packed = struct.pack(f"<{len(numbers)}I", *numbers)
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)


def _band_key(place: int, numbers: int) -> int:
    """Hash of a band and its place, as a signed 64-bit number (Knuth's multiplicative hash)."""
    spread = (numbers ^ place << 59) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return spread - (spread >> 63 << 64)


class RecentCounts:
    """How often this process has seen each key within the last hour. Bounded: when full, the oldest half is dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[int, tuple[int, datetime]] = {}  # by a hash of site and key

    def count(self, site_id: int, bands: Bands, now: datetime, who: str = "") -> int:
        """Count a text. Returns the number of near-duplicates before it.

        The same text from the same ``who`` (an email address, or empty) counts once: people send it again after a
        refusal.
        """
        by_sender = hash((site_id, bands.keys, who.casefold()))
        keys, first = [hash((site_id, key)) for key in bands.keys], (1, now)
        with self._lock:
            again = bool(who) and self._seen(by_sender, now)
            if who:
                self._counts[by_sender] = first
            numbers = [self._seen(key, now) for key in keys]
            if again:
                return max(0, shared(numbers, bands.enough) - 1)
            for key, number in zip(keys, numbers, strict=True):
                self._counts[key] = (number + 1, self._counts[key][1]) if number else first
            if len(self._counts) > _MOST:
                oldest = sorted(self._counts, key=lambda key: self._counts[key][1])
                for old in oldest[: _MOST // 2]:
                    del self._counts[old]
        return shared(numbers, bands.enough)

    def look(self, site_id: int, bands: Bands, now: datetime) -> int:
        """The number of near-duplicates within the last hour, without counting the text."""
        return shared([self._seen(hash((site_id, key)), now) for key in bands.keys], bands.enough)

    def _seen(self, key: int, now: datetime) -> int:
        if (known := self._counts.get(key)) is None:
            return 0
        return known[0] if now - known[1] <= RECENT else 0


def shared(numbers: Sequence[int], enough: int) -> int:
    """How many texts share at least ``enough`` keys, estimated from how often each key was seen."""
    return sorted(numbers, reverse=True)[enough - 1] if len(numbers) >= enough else 0


def look_up(connection: Connection, site_id: int, bands: Bands, now: datetime) -> NearDuplicates:
    """Near-duplicates of a text within 30 days, and their present status."""
    if not bands.keys:
        return NearDuplicates()
    keys = dict(zip(_KEYS, bands.keys + bands.keys[:1] * (len(_KEYS) - len(bands.keys)), strict=True))
    rows = _SEEN.rows(connection, {"site": site_id, "now": now, **keys})
    if len(rows) < bands.enough:
        return NearDuplicates(long=bands.long)
    ids = {comment_id for *_, first_id, last_id in rows for comment_id in (first_id, last_id)}
    marked, filed, cleared = _statuses(connection, site_id, ids)
    near = shared([number for number, *_ in rows], bands.enough)
    recent = [lately if now - began <= RECENT else 0 for _, lately, began, *_ in rows]
    return NearDuplicates(near, shared(recent, bands.enough), bands.long, marked, filed, cleared)


def _statuses(connection: Connection, site_id: int, ids: set[int]) -> tuple[int, int, int]:
    """How many of these comments a moderator marked as spam, the check filed as spam, and a moderator approved."""
    by_hand = exists().where(
        _decision.site_id == site_id,
        _decision.comment_id == _comment.id,
        _decision.after == _comment.status,
        _decision.undone_at.is_(None),
    )
    query = select(_comment.status, by_hand.label("by_hand")).where(_comment.site_id == site_id, _comment.id.in_(ids))
    statuses = [(Status(status), bool(decided)) for status, decided in connection.execute(query)]
    kinds = ((Status.SPAM, True), (Status.SPAM, False), (Status.APPROVED, True))
    marked, filed, cleared = map(statuses.count, kinds)
    return marked, filed, cleared
