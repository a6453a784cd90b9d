"""Buckets in Valkey, for several processes. One script takes from all of them or from none, by the server's clock."""

import time
from collections.abc import Callable
from typing import Any

import valkey
from valkey.backoff import NoBackoff
from valkey.retry import Retry

from service.limits.rate import Bucket, Rates

PATIENCE = 0.25
"""Seconds for an answer. Whoever limits must not keep readers waiting."""

REST = 2.0
"""Seconds for which a server that did not answer is left alone."""

_PREFIX = "leave-a-reply:{limits}:"  # the braces keep all of them on one node of a cluster, as a script wants

_TAKE = """
local at = redis.call('TIME')
local now = at[1] + at[2] / 1000000
local full, wait = {}, 0
for i, key in ipairs(KEYS) do
  local seconds, interval = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  full[i] = math.max(tonumber(redis.call('GET', key) or 0), now) + interval
  wait = math.max(wait, full[i] - seconds - now)
end
if wait > 0.000001 then return string.format('%.6f', wait) end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.6f', full[i]), 'PX', math.ceil((full[i] - now) * 1000))
end
return '0'
"""

_TAKEN = """
local at = redis.call('TIME')
return string.format('%.6f', (redis.call('GET', KEYS[1]) or 0) - (at[1] + at[2] / 1000000))
"""


class Away(Exception):
    """Valkey does not answer."""


class ValkeyLimits:
    """Raises Away where ``Limits`` would answer, at once for a while after it had to."""

    near = False
    away = False

    def __init__(self, rates: Rates, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._away_until = float("-inf")
        self._client = valkey.Valkey.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 1),  # a connection that was idle may have been closed by the server
        )
        self._take = self._client.register_script(_TAKE)
        self._taken = self._client.register_script(_TAKEN)

    def take(self, *buckets: Bucket) -> float:
        """See ``Limits``."""
        limited = [(bucket, self._rates[bucket[0]]) for bucket in buckets if self._rates[bucket[0]].burst]
        if not limited:
            return 0.0
        keys = [_key(bucket) for bucket, _ in limited]
        numbers = [number for _, rate in limited for number in (rate.seconds, rate.interval)]
        return self._ask(lambda: self._take(keys, numbers))

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        rate = self._rates[bucket[0]]
        return max(0.0, self._ask(lambda: self._taken([_key(bucket)]))) / rate.interval if rate.burst else 0.0

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def _ask(self, question: Callable[[], Any]) -> float:
        if self._clock() < self._away_until:
            raise Away
        try:
            return float(question())
        except valkey.ValkeyError as error:
            self._away_until = self._clock() + REST
            raise Away(str(error)) from error


def _key(bucket: Bucket) -> str:
    return f"{_PREFIX}{bucket[0]}:{bucket[1].hex()}"
