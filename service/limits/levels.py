"""How hard a site's question is, on all processes alike: one gauge of its failures in Valkey."""

from datetime import timedelta

from valkey import Valkey
from valkey.client import Pipeline

from service.captcha.levels import Gauge, SiteLevels
from service.limits.valkey import Away, ValkeyLimits

EVERY = 1.0
"""Seconds after which a process looks what the others have noted."""

KEPT = timedelta(days=2)
"""Without a failure. What is usual is forgotten within hours."""

_PREFIX = "leave-a-reply:level:"


class SharedLevels(SiteLevels):
    """``now`` is the same for all processes. While Valkey is away, each counts for itself, as one alone does."""

    def __init__(self, server: ValkeyLimits) -> None:
        super().__init__()
        self._server = server
        self._noted: dict[int, int] = {}
        self._agreed_at: dict[int, float] = {}

    def note(self, site_id: int, now: float) -> None:
        """See ``SiteLevels``."""
        super().note(site_id, now)
        with self._lock:
            self._noted[site_id] = self._noted.get(site_id, 0) + 1

    def sync(self, site_id: int, now: float) -> None:
        """Bring what was noted here, and take what all have noted: at once after a failure, else every second."""
        with self._lock:
            noted = self._noted.pop(site_id, 0)
            if not noted and abs(now - self._agreed_at.get(site_id, -EVERY)) < EVERY:
                return
            self._agreed_at[site_id] = now
            own = self._gauges.get(site_id)
        try:
            gauge = self._server.reach(lambda client: _agree(client, f"{_PREFIX}{site_id}", noted, now, own))
        except Away:
            return
        with self._lock:
            if gauge is not None and not self._noted.get(site_id):  # else somebody failed meanwhile
                self._gauges[site_id] = gauge


def _agree(client: Valkey, key: str, noted: int, now: float, own: Gauge | None) -> Gauge | None:
    """The gauge that all have, with what was noted here. Optimistic: who comes in between goes first."""
    if not noted:
        return _read(client, key)
    agreed = own

    def attempt(pipeline: Pipeline) -> None:
        nonlocal agreed
        agreed = _read(pipeline, key) or own or Gauge(now, now)
        if agreed is not own:
            agreed.note(noted, now)
        pipeline.multi()
        pipeline.set(key, agreed.as_text(), ex=KEPT)

    client.transaction(attempt, key)
    return agreed


def _read(client: Valkey, key: str) -> Gauge | None:
    text = client.get(key)
    return Gauge.of(text) if isinstance(text, str | bytes) else None
