"""Reputations, by a hash of whom they are about: hosts, email addresses and networks. They halve in 14 days.

They are worked out anew from the log of decisions at each refit, so that what is undone leaves no trace.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from service.spam.evidence import Reputation

HALF_LIFE = 14 * 86400.0
"""Seconds."""

FORGOTTEN = 1 / 16
"""A decision that weighs no more than this, after eight weeks, is left out."""

_ROW = struct.Struct("<Qff")
_HEAD = struct.Struct("<4sd")
_MAGIC = b"LAR1"


@dataclass(frozen=True, slots=True, repr=False)
class Reputations:
    """As they were at ``at`` (Unix seconds); asked for later, they have faded."""

    at: float = 0.0
    known: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def of(self, kind: str, who: str | bytes, now: datetime) -> Reputation:
        """What moderators decided of somebody, faded until now."""
        found = self.known.get(hash_of(kind, who))
        if found is None:
            return Reputation()
        faded = fade(now.timestamp() - self.at)
        return Reputation(found[0] * faded, found[1] * faded)

    def to_bytes(self) -> bytes:
        """For a column of the database."""
        rows = b"".join(_ROW.pack(who, spam, ham) for who, (spam, ham) in sorted(self.known.items()))
        return _HEAD.pack(_MAGIC, self.at) + zlib.compress(rows, 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Reputations":
        """Raises ValueError for what ``to_bytes`` did not write."""
        try:
            magic, at = _HEAD.unpack_from(data)
            rows = zlib.decompress(data[_HEAD.size :])
            known = {who: (spam, ham) for who, spam, ham in _ROW.iter_unpack(rows)}
        except (struct.error, zlib.error) as error:
            raise ValueError("The reputations of the site cannot be read; they will be worked out again.") from error
        if magic != _MAGIC:
            raise ValueError("The reputations of the site are of another version; they will be worked out again.")
        return cls(at, known)


@dataclass(frozen=True, slots=True)
class ReputationVote:
    """A decision: about whom, by their hashes (see ``name_of``), what, and when in Unix seconds."""

    about: tuple[int, ...]
    spam: bool
    at: float


def compute_reputations(decisions: Iterable[ReputationVote], now: datetime) -> Reputations:
    """The reputations that follow from decisions."""
    known: dict[int, list[float]] = {}
    for decision in decisions:
        weight = fade(now.timestamp() - decision.at)
        if weight < FORGOTTEN:
            continue
        for who in decision.about:
            counts = known.setdefault(who, [0.0, 0.0])
            counts[0 if decision.spam else 1] += weight
    return Reputations(now.timestamp(), {who: (spam, ham) for who, (spam, ham) in known.items()})


def fade(seconds: float) -> float:
    """What is left of 1 after so many seconds."""
    return float(0.5 ** (max(0.0, seconds) / HALF_LIFE))


def hash_of(kind: str, who: str | bytes) -> int:
    """A hash of 64 bits: no address stands in the table."""
    plain = who.casefold().encode("utf-8", "surrogatepass") if isinstance(who, str) else who
    return int.from_bytes(blake2b(plain, digest_size=8, person=kind.encode()[:16]).digest(), "little")
