"""How hard the question is just now: for a client by its failures, for a site by what is unusual there.

A site's failures fill a bucket that leaks twice as fast as they usually come. So what counts is not how many there are
but how many more than usual; a busy site and a quiet one are treated alike. Several processes count together where
they have a place for it (``limits/levels.py``); without, each goes by its own share of the failures. The idea is
PrivateCaptcha's (difficulty/levels.go), where a level follows a site's own mean.
"""

import json
import threading
from dataclasses import astuple, dataclass

EASIEST, HARDEST = 1, 4
WITH_WORK = 3
"""From this level on a browser has to show work as well, and a comment without it is held."""

NEWCOMERS_HELD = 4
"""From this level on whoever has no approved comment here is held."""

WINDOW = 300.0
"""Seconds over which failures are counted."""

USUAL = 10.0
"""Failures a window that no site need worry about: people mistype."""

_ALARMS = ((8.0, 4), (4.0, 3), (2.0, 2))  # times the usual number → level
_MOST = 10.0  # times the usual number a bucket holds, so that an alarm ends within the hour
_LEAK = 2.0  # times the usual number a window, so that it empties while all is as usual
_MEMORY = 1 - 0.5 ** (1 / 72)  # of the mean: six hours of windows halve it
_MUCH = 1e10  # more than any time or number of failures; NaN is not less
_SITES = 10_000


def times_of_work(level: int) -> int:
    """How many times the usual work goes with a question; the usual is the least."""
    return 1 << max(0, level - WITH_WORK)


def client_level(failures: float) -> int:
    """By failures that have not been forgotten yet; one is forgotten each minute."""
    number = round(failures)
    return 3 if number >= 5 else 2 if number >= 2 else EASIEST


@dataclass(slots=True)
class FailureGauge:
    """Failures of one site. ``mean`` is a window's, ``fill`` what has not leaked, ``counted`` this window's so far.

    Times are in seconds. ``now`` a little before the last one is another clock, or a thread that had to wait: then no
    time has passed. More than a window before, it means that a clock was put back, and begins anew from there.
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
        """Leak, and close the windows that have passed. One flood must not become usual, so it counts as four times."""
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
        """So many have failed."""
        self.settle(now)
        self.counted += failures
        self.fill = min(self.fill + failures, _MOST * self.usual)

    def as_text(self) -> str:
        """For a place that several processes share."""
        return json.dumps(astuple(self))

    @classmethod
    def of(cls, text: str | bytes) -> "FailureGauge | None":
        """Out of what ``as_text`` gave; None for anything else, whatever it is."""
        try:
            gauge = cls(*map(float, json.loads(text)))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None
        plausible = all(0 <= number < _MUCH for number in astuple(gauge)) and gauge.began <= gauge.at
        return gauge if plausible else None


class SiteLevels:
    """One for a process. ``now`` is in seconds of an epoch."""

    def __init__(self) -> None:
        self._gauges: dict[int, FailureGauge] = {}
        self._lock = threading.Lock()

    def note(self, site_id: int, now: float) -> None:
        """Somebody has failed at this site's question."""
        with self._lock:
            if len(self._gauges) >= _SITES:
                self._gauges.clear()
            self._gauges.setdefault(site_id, FailureGauge(now, now)).note(1, now)

    def level(self, site_id: int, now: float) -> int:
        """How hard the question is for everybody on this site."""
        gauge = self._gauges.get(site_id)
        if gauge is None:
            return EASIEST
        with self._lock:
            gauge.settle(now)
            return gauge.level()

    def due(self) -> tuple[int, ...]:
        """Sites at which somebody has failed or asked since they were agreed on: none where nothing is shared."""
        return ()

    def sync(self, site_id: int, now: float) -> None:
        """Agree with other processes, where there is a place for it: here there is none."""
