"""Buckets in the memory of one process."""

import threading
from collections.abc import Callable, Sequence

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
        now, rates = self._clock(), self._rates
        limited = [(bucket, rates[bucket[0]]) for bucket in buckets if rates[bucket[0]].burst]
        with self._lock:
            next_full_at = {bucket: rate.next(self._full_at.get(bucket, now), now) for bucket, rate in limited}
            wait = max((rate.wait(next_full_at[bucket], now) for bucket, rate in limited), default=0.0)
            if wait > _ROUNDING:
                return wait
            if len(self._full_at) >= _MAX_BUCKETS:
                self._drop_full(now)
            self._full_at |= next_full_at
        return 0.0

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        rate = self._rates[bucket[0]]
        return max(0.0, self._full_at.get(bucket, 0.0) - self._clock()) / rate.interval if rate.burst else 0.0

    def __len__(self) -> int:
        """The number of buckets kept."""
        return len(self._full_at)

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """See ``Limits``."""
        return self.take(*take), self.taken(look)

    def close(self) -> None:
        """Nothing to close."""

    def _drop_full(self, now: float) -> None:
        """Drop buckets that are full again; if too many remain, also the half that will be full soonest."""
        self._full_at = {bucket: full_at for bucket, full_at in self._full_at.items() if full_at > now}
        if len(self._full_at) >= _MAX_BUCKETS:
            for bucket in sorted(self._full_at, key=lambda bucket: self._full_at[bucket])[: _MAX_BUCKETS // 2]:
                del self._full_at[bucket]
