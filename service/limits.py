"""Token buckets, named by use: so many a minute, by whoever is limited. In memory, so for one process.

A bucket that stands full says nothing, so full ones are forgotten; what stays is bounded by ``_MOST``.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_MOST = 100_000


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
    def per_second(self) -> float:
        """How fast the bucket fills."""
        return self.burst / self.seconds


class Limits:
    """Buckets for several uses. ``clock`` gives seconds and never goes back."""

    def __init__(self, rates: dict[str, Rate], clock: Callable[[], float]) -> None:
        self._rates = rates
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, bytes], tuple[float, float]] = {}  # → (tokens, when)

    def take(self, use: str, who: bytes) -> float:
        """Take a token. Returns 0 if there was one, else the seconds until there is."""
        rate = self._rates[use]
        if rate.burst == 0:
            return 0.0
        now = self._clock()
        with self._lock:
            tokens, when = self._buckets.get((use, who), (float(rate.burst), now))
            tokens = min(rate.burst, tokens + (now - when) * rate.per_second)
            if tokens < 1:
                return (1 - tokens) / rate.per_second
            if len(self._buckets) >= _MOST:
                self._forget_full(now)
            self._buckets[use, who] = (tokens - 1, now)
            return 0.0

    def _forget_full(self, now: float) -> None:
        """Drop buckets that have filled up again, and if that is not enough, the oldest half."""
        rates = self._rates
        self._buckets = {
            key: (tokens, when)
            for key, (tokens, when) in self._buckets.items()
            if tokens + (now - when) * rates[key[0]].per_second < rates[key[0]].burst
        }
        if len(self._buckets) >= _MOST:
            oldest = sorted(self._buckets, key=lambda key: self._buckets[key][1])[: _MOST // 2]
            for key in oldest:
                del self._buckets[key]
