"""How hard a site's question is, on all processes alike: Valkey counts the failures of all, and keeps a gauge of them.

A process notes its failures in a gauge of its own, at once. ``sync`` then adds them to the count of all, and notes what
others have added, in one trip and behind the requests' back (``web/following.py``). Beside the count stands the gauge
that knew most of it, for a process that has just started or was not asked for long.
"""

import threading
from typing import Any

from service.captcha.difficulty import FailureGauge, SiteLevels
from service.ratelimit.valkey import ValkeyAway, ValkeyLimits

KEPT = 2 * 86400
"""Seconds without a look at it. What is usual is forgotten within hours."""

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
"""Adds ``noted`` to the failures of all; of two gauges keeps the one that has ``counted`` more of them. Whatever else
stands there is replaced. A count that was lost goes on from what a process knows of it."""


class SharedSiteLevels(SiteLevels):
    """``now`` is the same for all processes. While Valkey is away, each counts for itself, as one alone does; what it
    noted is added later. A trip that was made and never answered is made again, and its failures count twice."""

    def __init__(self, server: ValkeyLimits) -> None:
        super().__init__()
        self._server = server
        self._noted: dict[int, int] = {}  # here, and not added yet
        self._seen: dict[int, int] = {}  # of the failures of all
        self._due: set[int] = set()
        self._trip = threading.Lock()

    def note(self, site_id: int, now: float) -> None:
        """See ``SiteLevels``."""
        super().note(site_id, now)
        with self._lock:
            self._noted[site_id] = self._noted.get(site_id, 0) + 1
            self._due.add(site_id)

    def level(self, site_id: int, now: float) -> int:
        """See ``SiteLevels``. Then it is due, too: whoever asks next is to be told what all know."""
        self._due.add(site_id)
        return super().level(site_id, now)

    def due(self) -> tuple[int, ...]:
        """See ``SiteLevels``."""
        return tuple(self._due)

    def sync(self, site_id: int, now: float) -> None:
        """See ``SiteLevels``. While another thread is at it there is nothing to do."""
        if self._trip.acquire(blocking=False):
            try:
                self._agree(site_id, now)
            except ValkeyAway:
                pass  # it stays due
            finally:
                self._trip.release()

    def _agree(self, site_id: int, now: float) -> None:
        """There and back. Raises Away."""
        with self._lock:
            own = self._gauges.get(site_id)
            noted = self._noted.get(site_id, 0)
            counted = self._seen.get(site_id, 0) + noted if own else 0
            told = str(noted), str(counted), own.as_text() if own else "", str(KEPT)
        answer: Any = self._server.reach(lambda client: client.eval(_SCRIPT, 1, f"{_PREFIX}{site_id}", *told))
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
