"""Buckets in the memory of one process. A full one is forgotten; what stays is bounded by ``_MOST``."""

import threading
from collections.abc import Callable, Sequence

from service.ratelimit.rates import Bucket, Rates

_MOST = 100_000


class MemoryLimits:
    """``clock`` gives seconds and never goes back."""

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
            after = {bucket: rate.next(self._full_at.get(bucket, now), now) for bucket, rate in limited}
            wait = max((rate.wait(after[bucket], now) for bucket, rate in limited), default=0.0)
            if wait > _ROUNDING:
                return wait
            if len(self._full_at) >= _MOST:
                self._forget(now)
            self._full_at |= after
        return 0.0

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        rate = self._rates[bucket[0]]
        return max(0.0, self._full_at.get(bucket, 0.0) - self._clock()) / rate.interval if rate.burst else 0.0

    def __len__(self) -> int:
        """How many buckets are kept."""
        return len(self._full_at)

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """See ``Limits``."""
        return self.take(*take), self.taken(look)

    def close(self) -> None:
        """Nothing is held."""

    def _forget(self, now: float) -> None:
        """Drop those that have filled up again, and if that is not enough, the half that is nearest to it."""
        self._full_at = {bucket: full_at for bucket, full_at in self._full_at.items() if full_at > now}
        if len(self._full_at) >= _MOST:
            for bucket in sorted(self._full_at, key=lambda bucket: self._full_at[bucket])[: _MOST // 2]:
                del self._full_at[bucket]


_ROUNDING = 1e-9
