"""Rates, and the interface of the classes that count them.

A bucket is stored as one number: the time at which it is full again (the generic cell rate algorithm of ATM Forum
TM 4.0). Taking a token moves that time by the interval in which a token comes back. So a full bucket needs no memory,
and a database counts with one statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}

Bucket = tuple[str, bytes]
"""(use, client): which rate applies, and to whom."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``10/minute`` allows a burst of ten, then one every six seconds. ``burst`` 0 means no limit."""

    burst: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Parse ``10/minute``, ``1/second`` or ``100/hour``. Raises ValueError or KeyError for anything else."""
        number, _, unit = text.partition("/")
        return cls(int(number), _SECONDS[unit])

    @property
    def interval(self) -> float:
        """Seconds in which one token comes back."""
        return self.seconds / self.burst

    def next(self, full_at: float, now: float) -> float:
        """The time at which the bucket is full again after one more token is taken at ``now``."""
        return max(full_at, now) + self.interval

    def wait(self, next_full_at: float, now: float) -> float:
        """Seconds until that token is available; 0 or less if it is."""
        return next_full_at - self.seconds - now


Rates = Mapping[str, Rate]


class Limits(Protocol):
    """Buckets in some storage."""

    is_local: bool
    """Whether calls return fast enough for the event loop; else they belong in a thread."""

    away: bool
    """Whether the primary storage is unavailable and a fallback counts."""

    def take(self, *buckets: Bucket) -> float:
        """Take one token from each bucket. Returns 0, or takes none and returns the seconds until all have one."""

    def taken(self, bucket: Bucket) -> float:
        """The number of tokens missing from a bucket; fractional, as tokens come back continuously."""

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """``take(*take)``, then ``taken(look)``, in one round trip where the storage is remote."""

    def close(self) -> None:
        """Close connections."""
