"""A rate, and what every kind of limit can do.

A bucket is kept as one number: the instant at which it stands full again (the generic cell rate algorithm of ATM
Forum TM 4.0). A token taken moves that instant by the time a token takes to come back. So a bucket that is full needs
no memory at all, and a store can count with one statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}

Bucket = tuple[str, bytes]
"""A use, and who is limited in it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``10/minute``: ten at once, then one every six seconds."""

    burst: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Out of ``10/minute``, ``1/second`` or ``100/hour``. Raises ValueError."""
        number, _, unit = text.partition("/")
        return cls(int(number), _SECONDS[unit])

    @property
    def interval(self) -> float:
        """Seconds until a token that was taken is there again."""
        return self.seconds / self.burst

    def next(self, full_at: float, now: float) -> float:
        """When the bucket is full again, after one token more was taken."""
        return max(full_at, now) + self.interval

    def wait(self, next_full_at: float, now: float) -> float:
        """Seconds until that token is there; 0 or less if it is."""
        return next_full_at - self.seconds - now


Rates = Mapping[str, Rate]


class Limits(Protocol):
    """Buckets, wherever they are kept."""

    is_local: bool
    """Whether an answer takes no time worth a thread."""

    away: bool
    """Whether who should count does not answer, and another counts in its place."""

    def take(self, *buckets: Bucket) -> float:
        """Take a token out of each. Returns 0 if all had one; else takes none and returns the seconds until then."""

    def taken(self, bucket: Bucket) -> float:
        """How many tokens are missing from a bucket."""

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """Both in one question: what ``take`` returns, and after that what is missing from the bucket ``look``."""

    def close(self) -> None:
        """Let go of what is held."""
