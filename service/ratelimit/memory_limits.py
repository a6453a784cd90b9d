"""Buckets in the memory of one process."""

import threading
from collections.abc import Callable, Mapping, Sequence

from service.ratelimit.rates import Bucket, Rates

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
