"""Buckets in Valkey, for several processes. One script takes from all buckets or none, by the server's clock.

Valkey may lose what it holds when it restarts. So each process remembers how empty it saw a bucket, and tells with each
question: a bucket is never fuller than that. What is stored there is bounded, since it may have been written by another
program, or before the server's clock was put back."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import valkey
from valkey.backoff import NoBackoff
from valkey.retry import Retry

from service.ratelimit.token_buckets import Bucket, MemoryLimits, Rates

T = TypeVar("T")

TIMEOUT = 0.1
"""Seconds that Valkey has to answer, which usually takes it less than one hundredth of that. A slower one counts as
away: a limit must not keep readers waiting."""

RETRY_AFTER = 2.0
"""Seconds until a server that did not answer is asked again."""

_PREFIX = "leave-a-reply:{limits}:"  # the braces put all keys on one node of a cluster, as scripts require

_SCRIPT = """
local at = redis.call('TIME')
local now = at[1] + at[2] / 1000000
local missing, wait = {}, 0
for i, key in ipairs(KEYS) do
  local seconds, interval, known = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local found = redis.pcall('GET', key)
  local stored = (type(found) == 'string' and tonumber(found) or 0) - now
  if not (stored >= 0 and stored <= 2 * seconds) then stored = 0 end
  missing[i] = math.max(stored, known)
  if interval > 0 then wait = math.max(wait, missing[i] + interval - seconds) end
end
if wait <= 0.000001 then
  wait = 0
  for i, key in ipairs(KEYS) do
    local interval = tonumber(ARGV[3 * i - 1])
    if interval > 0 then
      missing[i] = missing[i] + interval
      redis.call('SET', key, string.format('%.6f', now + missing[i]), 'PX', math.ceil(missing[i] * 1000))
    end
  end
end
local answer = {string.format('%.6f', wait)}
for i = 1, #KEYS do answer[i + 1] = string.format('%.6f', missing[i]) end
return answer
"""
"""Takes from each key or none. Its three arguments: the seconds in which it fills, those in which one token comes back
(0 to take none), and those until it is full as far as the caller knows. Returns the seconds to wait, then for each key
those until it is full."""


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
        self.seen = MemoryLimits(rates, clock)  # how empty this process saw each bucket
        self._client = valkey.Valkey.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1, (valkey.ConnectionError,)),  # the server may have closed an idle connection
        )
        self._script = self._client.register_script(_SCRIPT)

    def take(self, *buckets: Bucket) -> float:
        """See ``Limits``."""
        return self._run(buckets, ())

    def taken(self, bucket: Bucket) -> float:
        """See ``Limits``."""
        return self.ask((), bucket)[1]

    def ask(self, take: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        """See ``Limits``. One round trip."""
        return self._run(take, (look,)), self.seen.taken(look)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()  # type: ignore[no-untyped-call]  # it ships types for all but this

    def _run(self, take: Sequence[Bucket], look: Sequence[Bucket]) -> float:
        """Take from the first buckets, and note how empty those of ``look`` are too. Returns the seconds to wait."""
        rates = self._rates
        asked = [(bucket, rates[bucket[0]].interval) for bucket in take if rates[bucket[0]].burst]
        asked += [(bucket, 0.0) for bucket in look if rates[bucket[0]].burst and bucket not in take]
        if not asked:
            return 0.0
        numbers = [
            n for bucket, interval in asked for n in (rates[bucket[0]].seconds, interval, self.seen.missing(bucket))
        ]
        wait, *missing = self.reach(lambda _: self._script([_key(bucket) for bucket, _ in asked], numbers))
        for (bucket, _), seconds in zip(asked, missing, strict=True):
            self.seen.learn(bucket, float(seconds))
        return float(wait)

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
