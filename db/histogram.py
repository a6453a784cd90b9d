"""How values are spread, counted in buckets: what it costs is one search in a short list and two additions."""

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """``bounds`` are the upper ends of the buckets, ascending; what is greater falls into one more."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value in."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def add(self, other: "Histogram") -> None:
        """Count in all that the other has counted, which has the same bounds."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self.counts)

    @property
    def cumulative(self) -> list[tuple[str, int]]:
        """Upper end, as Prometheus writes it, and how many values are not above it."""
        ends, total, found = [*map(str, map(float, self.bounds)), "+Inf"], 0, []
        for end, count in zip(ends, self.counts, strict=True):
            total += count
            found.append((end, total))
        return found
