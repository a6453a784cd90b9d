"""What a process counts while it serves: plain additions, since they stand in the way of every request."""

from collections import Counter

from db.histogram import Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counts since the process began. Kept by the event loop alone."""

    def __init__(self) -> None:
        self.seconds: dict[tuple[str, int], Histogram] = {}  # by route and status
        self.refusals: Counter[str] = Counter()  # by reason
        self.verdicts: Counter[tuple[str, str]] = Counter()  # by who asked, form or service, and action
        self.comments: Counter[str] = Counter()  # by status
        self.database_errors = 0

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request in."""
        histogram = self.seconds.get((route, status))
        if histogram is None:
            histogram = self.seconds[route, status] = Histogram(SECONDS)
        histogram.observe(seconds)
