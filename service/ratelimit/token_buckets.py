"""Token buckets: rates, the interface of the classes that count them, and the one that counts in memory.

A bucket is stored as one number: the time at which it is full again (the generic cell rate algorithm of ATM Forum
TM 4.0). Taking a token moves that time by the interval in which a token comes back. So a full bucket needs no memory,
and a database counts with one statement.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
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


_MAX_BUCKETS = 100_000
_ROUNDING = 1e-9


class MemoryLimits:
    """``clock`` returns monotonic seconds. Full buckets are dropped; at most ``_MAX_BUCKETS`` are kept."""

    is_local = True
    away = False

    def __init__(self, rates: Rates, clock: Callable[[], float]) -> None:
        self._rates = rates
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at: dict[Bucket, float] = {}

    def take(self, *buckets: Bucket) -> float:
        """See ``Limits``."""
        with self._lock:
            wait, next_full_at = self._next(buckets)
            if not wait:
                self._keep(next_full_at)
        return wait

    def wait(self, *buckets: Bucket) -> float:
        """What ``take`` would return, without taking."""
        return self._next(buckets)[0]

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        rate = self._rates[bucket[0]]
        return self.missing(bucket) / rate.interval if rate.burst else 0.0

    def missing(self, bucket: Bucket) -> float:
        """Seconds until the bucket is full."""
        return max(0.0, self._full_at.get(bucket, 0.0) - self._clock())

    def learn(self, bucket: Bucket, missing: float) -> None:
        """It takes at least this many seconds until the bucket is full."""
        full_at = self._clock() + missing
        if missing:
            with self._lock:
                self._keep({bucket: max(full_at, self._full_at.get(bucket, full_at))})

    def __len__(self) -> int:
        """The number of buckets kept."""
        return len(self._full_at)

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """See ``Limits``."""
        return self.take(*take), self.taken(look)

    def close(self) -> None:
        """Nothing to close."""

    def _next(self, buckets: Sequence[Bucket]) -> tuple[float, dict[Bucket, float]]:
        """Seconds to wait, and when each bucket is full after one more token is taken."""
        now, wait, next_full_at = self._clock(), 0.0, {}
        for bucket in buckets:
            rate = self._rates[bucket[0]]
            if rate.burst:
                full_at = next_full_at[bucket] = rate.next(self._full_at.get(bucket, now), now)
                wait = max(wait, rate.wait(full_at, now))
        return (wait if wait > _ROUNDING else 0.0), next_full_at

    def _keep(self, full_at: Mapping[Bucket, float]) -> None:
        if len(self._full_at) >= _MAX_BUCKETS:
            self._drop_full(self._clock())
        self._full_at |= full_at

    def _drop_full(self, now: float) -> None:
        """Drop buckets that are full again; if too many remain, also the half that will be full soonest."""
        self._full_at = {bucket: full_at for bucket, full_at in self._full_at.items() if full_at > now}
        if len(self._full_at) >= _MAX_BUCKETS:
            for bucket in sorted(self._full_at, key=lambda bucket: self._full_at[bucket])[: _MAX_BUCKETS // 2]:
                del self._full_at[bucket]
