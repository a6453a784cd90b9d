"""Buckets in Valkey, for several processes. One script takes from all buckets or none, by the server's clock."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import valkey
from valkey.backoff import NoBackoff
from valkey.retry import Retry

from service.ratelimit.rates import Bucket, Rates

T = TypeVar("T")

TIMEOUT = 0.25
"""Seconds that Valkey has to answer: a limit must not keep readers waiting."""

RETRY_AFTER = 2.0
"""Seconds until a server that did not answer is asked again."""

_PREFIX = "leave-a-reply:{limits}:"  # the braces put all keys on one node of a cluster, as scripts require

_SCRIPT = """
local at = redis.call('TIME')
local now = at[1] + at[2] / 1000000
local number, full, wait = #ARGV / 2, {}, 0
for i = 1, number do
  local seconds, interval = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  full[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now) + interval
  wait = math.max(wait, full[i] - seconds - now)
end
if wait <= 0.000001 then
  wait = 0
  for i = 1, number do
    redis.call('SET', KEYS[i], string.format('%.6f', full[i]), 'PX', math.ceil((full[i] - now) * 1000))
  end
end
local look = KEYS[number + 1]
local missing = look and math.max(0, (redis.call('GET', look) or 0) - now) or 0
return {string.format('%.6f', wait), string.format('%.6f', missing)}
"""
"""Takes from the first keys, which have two arguments each, and reads one more key if there is one."""


class ValkeyAway(Exception):
    """Valkey does not answer, or did not a moment ago."""


class ValkeyLimits:
    """Methods raise ValkeyAway when the server does not answer, and without asking it for ``RETRY_AFTER`` seconds."""

    is_local = False
    away = False

    def __init__(self, rates: Rates, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._lock = threading.Lock()
        self._away_until: float | None = None
        self._client = valkey.Valkey.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1),  # the server may have closed an idle connection
        )
        self._script = self._client.register_script(_SCRIPT)

    def take(self, *buckets: Bucket) -> float:
        """See ``Limits``."""
        return self._run(buckets)[0]

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        return self.ask((), bucket)[1]

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """See ``Limits``. One round trip."""
        rate = self._rates[look[0]]
        wait, missing = self._run(take, look if rate.burst else None)
        return wait, missing / rate.interval if rate.burst else 0.0

    def close(self) -> None:
        """Close its connections."""
        self._client.close()  # type: ignore[no-untyped-call]  # it ships types for all but this

    def _run(self, take: Sequence[Bucket], look: Bucket | None = None) -> tuple[float, float]:
        """Seconds to wait, and seconds until the bucket ``look`` is full."""
        limited = [(bucket, self._rates[bucket[0]]) for bucket in take if self._rates[bucket[0]].burst]
        keys = [_key(bucket) for bucket, _ in limited] + ([] if look is None else [_key(look)])
        if not keys:
            return 0.0, 0.0
        numbers = [number for _, rate in limited for number in (rate.seconds, rate.interval)]
        wait, missing = self.reach(lambda _: self._script(keys, numbers))
        return float(wait), float(missing)

    def reach(self, question: Callable[[valkey.Valkey], T]) -> T:
        """Call ``question`` with the client. Raises ValkeyAway."""
        self._raise_if_away()
        try:
            answer = question(self._client)
        except valkey.ValkeyError as error:
            self._away_until = self._clock() + RETRY_AFTER
            raise ValkeyAway(str(error)) from error
        self._away_until = None
        return answer

    def _raise_if_away(self) -> None:
        """While the server is away, let one thread retry every ``RETRY_AFTER`` seconds, so the others do not wait with
        it. Raises ValkeyAway for the others."""
        if self._away_until is None:
            return
        with self._lock:
            now = self._clock()
            if self._away_until is not None:
                if now < self._away_until:
                    raise ValkeyAway
                self._away_until = now + RETRY_AFTER


def _key(bucket: Bucket) -> str:
    return f"{_PREFIX}{bucket[0]}:{bucket[1].hex()}"
