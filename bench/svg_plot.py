"""A drawing of lines over a logarithmic axis each way, as SVG that is readable on a light and on a dark page."""

from html import escape
from itertools import pairwise
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 210, 44, 48
_LABEL = 17
"""The least height between two labels."""

_STYLE = """
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif; --ink: #1c1c1c; --grid: #d5d5d5; --paper: #ffffff }
  .paper { fill: var(--paper) } text { fill: var(--ink) } .grid { stroke: var(--grid) }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round } .title { font-weight: 600 } .end { text-anchor: end }
  .middle { text-anchor: middle }
  .c0 { --c: #0b62c4 } .c1 { --c: #a8500a } .c2 { --c: #1b7f3b } .c3 { --c: #8a3ab9 }
  .line { stroke: var(--c) } .dot { fill: var(--c) } .label { fill: var(--c) }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e8e8e8; --grid: #444444; --paper: #16181d }
    .c0 { --c: #6cb2ff } .c1 { --c: #ffb066 } .c2 { --c: #63d48b } .c3 { --c: #d79bff }
  }
"""

Points = list[tuple[float, float]]


class Axis:
    """Whole powers of ten around the values, on so many pixels from ``start`` to ``end``."""

    def __init__(self, values: list[float], start: float, end: float) -> None:
        self._first = floor(log10(min(values)) + 1e-9)
        self._last = max(ceil(log10(max(values)) - 1e-9), self._first + 1)
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        """The pixel of a value."""
        return self._start + (self._end - self._start) * (log10(value) - self._first) / (self._last - self._first)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten."""
        return [10.0**power for power in range(self._first, self._last + 1)]


def lines(title: str, below: str, series: dict[str, Points]) -> str:
    """An SVG with a labelled line for each series; up to four have a colour of their own."""
    every = [point for points in series.values() for point in points]
    across = Axis([x for x, _ in every], LEFT, WIDTH - RIGHT)
    up = Axis([y for _, y in every], HEIGHT - BOTTOM, TOP)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title">',
        f'<title id="title">{escape(title)}</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
        f'<text class="middle" x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 10}">{escape(below)}</text>',
        *_grid(across, up),
    ]
    labels = _apart([up.at(points[-1][1]) for points in series.values()])
    for number, ((name, points), label) in enumerate(zip(series.items(), labels, strict=True)):
        drawn += _line(number, name, [(across.at(x), up.at(y)) for x, y in points], label)
    return "\n".join([*drawn, "</svg>", ""])


def _grid(across: Axis, up: Axis) -> list[str]:
    drawn = []
    for value in up.ticks:
        y = up.at(value)
        drawn.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        drawn.append(f'<text class="end" x="{LEFT - 8}" y="{y + 4:.1f}">{value:g}</text>')
    for value in across.ticks:
        x = across.at(value)
        drawn.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        drawn.append(f'<text class="middle" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}">{value:,.0f}</text>')
    return drawn


def _line(number: int, name: str, points: Points, label: float) -> list[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points)
    text = f'<text class="label" x="{points[-1][0] + 10:.1f}" y="{label + 4:.1f}">{escape(name)}</text>'
    return [f'<g class="c{number % 4}"><polyline class="line" points="{path}"/>{dots}{text}</g>']


def _apart(heights: list[float]) -> list[float]:
    """The same heights, moved down where two would touch."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    placed = list(heights)
    for above, this in pairwise(order):
        placed[this] = max(placed[this], placed[above] + _LABEL)
    return placed
