"""Counts values in buckets, at the cost of one binary search in a short list and two additions."""

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """``bounds`` are the ascending, inclusive upper bounds of the buckets; one more bucket takes all greater values."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def add(self, other: "Histogram") -> None:
        """Add the counts of another histogram with the same bounds."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    @property
    def count(self) -> int:
        """The number of values counted."""
        return sum(self.counts)

    @property
    def cumulative(self) -> list[tuple[str, int]]:
        """Pairs of an upper bound, as Prometheus writes it, and the number of values up to it."""
        bounds, total, pairs = [*map(str, map(float, self.bounds)), "+Inf"], 0, []
        for bound, count in zip(bounds, self.counts, strict=True):
            total += count
            pairs.append((bound, total))
        return pairs
