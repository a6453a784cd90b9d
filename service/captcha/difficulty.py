"""Captcha levels, 1 to 4: a client's follows its failures, a site's follows how unusual its failures are.

A site's failures fill a bucket that leaks at twice their usual rate. So the level depends on the excess over the site's
own mean, and busy and quiet sites are treated alike. Without Valkey each process goes by its own share of the failures;
with it they count together (``service.ratelimit.valkey_captcha_levels``). The idea is PrivateCaptcha's
(difficulty/levels.go).
"""

import json
import threading
from dataclasses import astuple, dataclass

EASIEST, HARDEST = 1, 4
OPERAND_WANTED = 2
"""From this level on a question asks for a number within the sum, not for its result."""

WITH_WORK = 3
"""From this level on browsers also solve a proof of work; a comment without it is held, never refused."""

NEWCOMERS_HELD = 4
"""From this level on comments by authors without an approved comment are held."""

WINDOW = 300.0
"""Seconds over which failures are counted."""

USUAL = 10.0
"""Failures per window that are normal on any site: people mistype."""

_ALARMS = ((8.0, NEWCOMERS_HELD), (4.0, WITH_WORK), (2.0, OPERAND_WANTED))
"""Fill, in multiples of the usual number, and the level from there on."""

_CAPACITY = 10.0  # in multiples of the usual number; bounded so that an alarm ends within the hour
_LEAK = 2.0  # per window, in multiples of the usual number
_MEMORY = 1 - 0.5 ** (1 / 72)  # weight of a new window in the mean: six hours of windows halve it
_IMPLAUSIBLE = 1e10  # above any time or number of failures
_MAX_SITES = 10_000
_MAX_CLIENTS = 100_000
_DAY = 86400.0


def times_of_work(level: int) -> int:
    """The work of a question, as a multiple of the usual; at least 1."""
    return 1 << max(0, level - WITH_WORK)


def client_level(failures: float) -> int:
    """The level of a client with this many failures. One failure is forgotten each minute."""
    number = round(failures)
    return WITH_WORK if number >= 5 else OPERAND_WANTED if number >= 2 else EASIEST


@dataclass(slots=True)
class FailureGauge:
    """Failures of one site: ``mean`` per window, ``fill`` of the bucket, ``counted`` in the current window.

    Times are in seconds. A ``now`` slightly before the previous one comes from another clock or a delayed thread, and
    counts as no time passed. More than a window before, the clock was put back, and the gauge restarts from there.
    """

    at: float
    began: float
    mean: float = 0.0
    fill: float = 0.0
    counted: float = 0.0

    @property
    def usual(self) -> float:
        return max(self.mean, USUAL)

    def settle(self, now: float) -> None:
        """Leak, and close the windows that have passed. A window adds at most four times the usual number to the mean,
        so a flood does not become usual."""
        if now < self.at - WINDOW:
            self.at = self.began = now
        now = max(now, self.at)
        self.fill = max(0.0, self.fill - (now - self.at) / WINDOW * _LEAK * self.usual)
        self.at = now
        passed = int((now - self.began) // WINDOW)
        if passed > 0:
            self.mean += (min(self.counted, 4 * self.usual) - self.mean) * _MEMORY
            self.mean *= (1 - _MEMORY) ** min(passed - 1, 10_000)
            self.began += passed * WINDOW
            self.counted = 0.0

    def level(self) -> int:
        return next((level for times, level in _ALARMS if self.fill >= times * self.usual), EASIEST)

    def note(self, failures: int, now: float) -> None:
        """Count this many failures."""
        self.settle(now)
        self.counted += failures
        self.fill = min(self.fill + failures, _CAPACITY * self.usual)

    def as_text(self) -> str:
        """The gauge as JSON, for a storage that several processes share."""
        return json.dumps(astuple(self))

    @classmethod
    def of(cls, text: str | bytes) -> "FailureGauge | None":
        """Parse what ``as_text`` returned; None for anything else."""
        try:
            gauge = cls(*map(float, json.loads(text)))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None
        plausible = all(0 <= number < _IMPLAUSIBLE for number in astuple(gauge)) and gauge.began <= gauge.at
        return gauge if plausible else None


class SiteLevels:
    """The gauges of one process. ``now`` is in seconds since an epoch."""

    def __init__(self) -> None:
        self._gauges: dict[int, FailureGauge] = {}
        self._clients: set[tuple[int, bytes]] = set()
        self._day = 0.0
        self._lock = threading.Lock()

    def note(self, site_id: int, client: bytes, now: float) -> bool:
        """Count a wrong answer on this site. Returns False if it does not count: each client, which is a network under
        its pseudonym of the day, counts once a day. Otherwise a single one could raise the level for everybody."""
        with self._lock:
            if not self._is_first(site_id, client, now):
                return False
            if len(self._gauges) >= _MAX_SITES:
                self._gauges.clear()
            self._gauges.setdefault(site_id, FailureGauge(now, now)).note(1, now)
            return True

    def _is_first(self, site_id: int, client: bytes, now: float) -> bool:
        if now // _DAY != self._day or len(self._clients) >= _MAX_CLIENTS:
            self._clients.clear()
            self._day = now // _DAY
        known = (site_id, client) in self._clients
        self._clients.add((site_id, client))
        return not known

    def level(self, site_id: int, now: float) -> int:
        """The level of this site, for all clients."""
        gauge = self._gauges.get(site_id)
        if gauge is None:
            return EASIEST
        with self._lock:
            gauge.settle(now)
            return gauge.level()

    def due(self) -> tuple[int, ...]:
        """Sites with failures or questions since their last ``sync``; empty where levels are not shared."""
        return ()

    def sync(self, site_id: int, now: float) -> None:
        """Exchange failures with other processes; does nothing where levels are not shared."""
