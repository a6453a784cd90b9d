"""A site's captcha level, the same in all processes: Valkey counts the failures of all of them.

A process notes failures in its own gauge immediately. ``sync``, called once a second by
``service.web.background_tasks``, adds them to the shared count and notes what other processes have added, in one round
trip. Valkey also keeps the gauge that has counted the most failures, for a process that has just started or was idle.
"""

import threading
from typing import Any

from service.captcha.difficulty import FailureGauge, SiteLevels
from service.ratelimit.valkey_limits import ValkeyAway, ValkeyLimits

KEPT = 2 * 86400
"""Seconds after which an unused entry expires. The mean halves in six hours, so it is stale by then."""

_PREFIX = "leave-a-reply:level:"

_SCRIPT = """
local function whole(text)
  local number = tonumber(text)
  return number and number >= 0 and number < 2^52 and math.floor(number) or 0
end
local key, noted, counted, gauge = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
if redis.call('TYPE', key).ok ~= 'hash' then redis.call('DEL', key) end
local found = redis.call('HMGET', key, 'failures', 'counted', 'gauge')
local failures = math.max(whole(found[1]), counted - noted) + noted
if failures == 0 then return {0, 0, ''} end
local known = math.min(whole(found[2]), failures)
if known > counted then counted, gauge = known, found[3] or '' end
redis.call('HSET', key, 'failures', failures, 'counted', counted, 'gauge', gauge)
redis.call('EXPIRE', key, ARGV[4])
return {failures, counted, gauge}
"""
"""Adds ``noted`` to the shared failures, and keeps the one of two gauges that has ``counted`` more of them. A value of
another type is replaced. After a loss of data, the count continues from what a process knows."""


class SharedSiteLevels(SiteLevels):
    """Levels whose failures all processes count together; ``now`` is a time that they share.

    While Valkey is away, each process counts for itself and adds what it noted later. If an answer of Valkey is lost,
    the exchange is repeated and its failures count twice.
    """

    def __init__(self, server: ValkeyLimits) -> None:
        super().__init__()
        self._server = server
        self._noted: dict[int, int] = {}  # site → failures here that are not added yet
        self._seen: dict[int, int] = {}  # site → shared failures that the own gauge has counted
        self._due: set[int] = set()
        self._sync_lock = threading.Lock()

    def note(self, site_id: int, client: bytes, now: float) -> bool:
        """See ``SiteLevels``. A client counts once in each process."""
        if not super().note(site_id, client, now):
            return False
        with self._lock:
            self._noted[site_id] = self._noted.get(site_id, 0) + 1
            self._due.add(site_id)
        return True

    def level(self, site_id: int, now: float) -> int:
        """See ``SiteLevels``. Makes the site due, so the next call knows the failures of all processes."""
        self._due.add(site_id)
        return super().level(site_id, now)

    def due(self) -> tuple[int, ...]:
        """See ``SiteLevels``."""
        return tuple(self._due)

    def sync(self, site_id: int, now: float) -> None:
        """See ``SiteLevels``. Does nothing while another thread is at it."""
        if self._sync_lock.acquire(blocking=False):
            try:
                self._exchange(site_id, now)
            except ValkeyAway:
                pass  # the site stays due
            finally:
                self._sync_lock.release()

    def _exchange(self, site_id: int, now: float) -> None:
        """Send what this process noted, and take over what others did. Raises ValkeyAway."""
        with self._lock:
            own = self._gauges.get(site_id)
            noted = self._noted.get(site_id, 0)
            counted = self._seen.get(site_id, 0) + noted if own else 0
            arguments = str(noted), str(counted), own.as_text() if own else "", str(KEPT)
        answer: Any = self._server.reach(lambda client: client.eval(_SCRIPT, 1, f"{_PREFIX}{site_id}", *arguments))
        failures, known, text = answer
        with self._lock:
            meanwhile = self._noted.pop(site_id, 0) - noted
            self._due.discard(site_id)
            better = FailureGauge.of(text) if known > counted else None
            if better is not None:
                better.note(meanwhile, now)
            gauge = better or self._gauges.get(site_id) or FailureGauge(now, now)
            if failures:
                gauge.note(failures - known, now)
                self._gauges[site_id], self._seen[site_id] = gauge, failures
            if meanwhile:
                self._noted[site_id] = meanwhile
                self._due.add(site_id)
