"""Counters of one process.

They are plain dictionaries: prometheus_client's counters take a lock and a label look-up each, two or three per cent of
a cached read. The library only writes them out.
"""

from collections import Counter

from db.histogram import Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counts since the process started. Changed only on the event loop's thread, so without locks."""

    def __init__(self) -> None:
        self.seconds: dict[tuple[str, int], Histogram] = {}  # by route and status
        self.refusals: Counter[str] = Counter()  # by reason
        self.refused_on: Counter[tuple[int, str]] = Counter()  # by site and reason, since they were last stored
        self.verdicts: Counter[tuple[str, str]] = Counter()  # by source ("form" or "service") and action
        self.comments: Counter[str] = Counter()  # by status
        self.database_errors = 0

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered after ``seconds``."""
        histogram = self.seconds.get((route, status))
        if histogram is None:
            histogram = self.seconds[route, status] = Histogram(SECONDS)
        histogram.observe(seconds)
