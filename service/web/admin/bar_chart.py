"""The geometry of a chart with stacked bars; a template draws it as SVG, and writes the labels
beside it, so that the bars can be stretched to any window.

Our own, since pygal (130 kB) writes styles and a script into each picture, which our Content-Security-Policy forbids,
and no text for screen readers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 160


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of bars: its name, its class in the style sheet, and a number for each column."""

    name: str
    kind: str
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of the picture."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns with a ``label`` each, and their series, the lowest first."""

    id: str
    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    gettext: Callable[[str], str] = str

    @property
    def totals(self) -> list[int]:
        """The sum of each column."""
        return [sum(each.numbers[at] for each in self.series) for at in range(len(self.labels))]

    @property
    def top(self) -> int:
        """The highest column, 1 at least."""
        return max([1, *self.totals])

    @property
    def summary(self) -> str:
        """What a screen reader says of the picture; the table has the rest."""
        sums = ", ".join(f"{each.name} {sum(each.numbers):,}" for each in self.series)
        highest = self.totals.index(max(self.totals)) if self.totals else 0
        if not self.labels:
            return sums
        words = {"sums": sums, "label": self.labels[highest], "number": f"{self.totals[highest]:,}"}
        return self.gettext("%(sums)s. Highest: %(label)s, %(number)s.") % words

    @property
    def bars(self) -> list[Bar]:
        """The rectangles, with a gap between columns."""
        step, bars = WIDTH / max(len(self.labels), 1), []
        for at in range(len(self.labels)):
            base = float(HEIGHT)
            for each in self.series:
                height = HEIGHT * each.numbers[at] / self.top
                if height:
                    base -= height
                    bars.append(Bar(round(at * step + step * 0.1, 2), round(base, 2), *_size(step, height), each.kind))
        return bars

    @property
    def marks(self) -> list[str]:
        """The labels below the left end, the middle and the right end."""
        last = len(self.labels) - 1
        return [self.labels[at] for at in dict.fromkeys((0, last // 2, last))] if self.labels else []


def _size(step: float, height: float) -> tuple[float, float]:
    return round(step * 0.8, 2), round(height, 2)
