"""Whether it stays as fast as it fills: 1,000 to 1,000,000 comments in the store. ``python -m bench.run growth``.

What is asked for is always the same: a thread of 50, cold and warm, a form, and posts to other pages.
"""

import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from bench import load_client, sample_requests, svg_plot
from bench.load_client import Load
from bench.made_up_store import fill
from bench.ratio_to_hello import SECONDS, WARM_UP, Gauge
from bench.results_page import Figure
from bench.servers import HELLO, ROOT, SERVICE, Server, running

ROUNDS = 3
STORES = (1_000, 10_000, 100_000, 1_000_000)
COMMENTS, OTHERS, PAGES = 50, 95, 9
READERS, POSTERS, POSTS = 32, 8, 1_000
DRAWING = ROOT / "docs" / "growth.svg"
READS = {"thread of 50, warm": "/thread?captcha=lazy", "form": "/form"}
POSTED, COLD = "durable posts", "thread of 50, cold"
FLAT = 1.2
"""The most that the warm thread may differ between the stores."""

_INTRO = """\
## As it grows

SQLite databases of different sizes: ratios to hello by answers a second, in brackets by processor time. 32 clients
read, 8 post. Cold: the first answer after a start. Aim: the warm thread differs by at most 1.2 times.

![Ratios to hello from 1,000 to 1,000,000 comments](growth.svg)
"""

_numbers = count(1, POSTS)


@dataclass
class Growth:
    """Values by what was asked for and by the comments in the store. ``cold`` are seconds for a whole answer."""

    figures: dict[tuple[str, int], Figure] = field(default_factory=dict)
    hello: list[float] = field(default_factory=list)
    cold: dict[int, list[float]] = field(default_factory=dict)

    def figure(self, what: str, size: int) -> Figure:
        """New or known."""
        return self.figures.setdefault((what, size), Figure(f"{what}, {size:,} comments"))

    def ratio(self, what: str, size: int) -> float:
        """To hello, by answers a second; of what is cold, by the time for one answer to one client."""
        if what == COLD:
            return median(self.hello) / median(self.cold[size])
        return median(self.figures[what, size].ratios)


def sizes(total: int) -> list[int]:
    """Comments a page: first the thread that is read."""
    others, rest = divmod(total - COMMENTS, OTHERS)
    return [COMMENTS, *[OTHERS] * others, *([rest] if rest else [])]


def measure() -> Growth:
    """Each store in each round."""
    growth = Growth()
    with tempfile.TemporaryDirectory(prefix="reply-bench-") as folder, running(HELLO) as hello:
        folders = {total: Path(folder, str(total)) for total in STORES}
        for total, store in folders.items():
            store.mkdir()
            fill(store, sizes(total))
        gauge = Gauge(hello)
        for _ in range(ROUNDS):
            for clients in (READERS, POSTERS):
                gauge.begin(clients, Figure(f"hello, {clients} clients"))
            growth.hello.append(_one(hello, sample_requests.get("/")))
            for total, store in folders.items():
                _round(store, total, gauge, growth)
    return growth


def _round(store: Path, total: int, gauge: Gauge, growth: Growth) -> None:
    with running(SERVICE, store) as server:
        growth.cold.setdefault(total, []).append(_first(server, sample_requests.at_page(READS["thread of 50, warm"])))
        for what, path in READS.items():
            wanted = Load(server.port, [sample_requests.at_page(path)], READERS, SECONDS, WARM_UP)
            gauge.measure(growth.figure(what, total), server, wanted, 200)
        posts = sample_requests.prepare_posts(server, next(_numbers), POSTS, PAGES, first_page=1)
        gauge.measure(growth.figure(POSTED, total), server, Load(server.port, posts, POSTERS), 303)


def _first(server: Server, request: bytes) -> float:
    return sample_requests.expect(load_client.drive(Load(server.port, [request], 1)), 200).latencies[0]


def _one(server: Server, request: bytes) -> float:
    """The median of many."""
    return sample_requests.expect(load_client.drive(Load(server.port, [request] * 200, 1)), 200).latency(0.5)


def table(growth: Growth) -> str:
    """A row for each thing asked for, a column for each store; in brackets the ratio to hello by processor time."""
    head = ["ratio to hello", *(f"{total:,}" for total in STORES), "most ÷ least"]
    rows = [head, ["---", *["--:"] * (len(head) - 1)]]
    for what in (*READS, POSTED):
        ratios = [growth.ratio(what, total) for total in STORES]
        cpu = [median(growth.figures[what, total].cpu_ratios) for total in STORES]
        spread = max(ratios) / min(ratios)
        verdict = f" {'✓' if spread <= FLAT else '✗'}" if what == next(iter(READS)) else ""
        cells = [f"{ratio:.2g} ({each:.2g})" for ratio, each in zip(ratios, cpu, strict=True)]
        rows.append([what, *cells, f"{spread:.2f}{verdict}"])
    times = [median(growth.cold[total]) * 1000 for total in STORES]
    rows.append([COLD, *(f"{each:.1f} ms" for each in times), f"{max(times) / min(times):.2f}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def drawing(growth: Growth) -> str:
    """The table as lines."""
    series = {what: [(float(total), growth.ratio(what, total)) for total in STORES] for what in (*READS, POSTED, COLD)}
    return svg_plot.lines("Ratio to a bare hello, which is 1", "comments in the store", series)


def section(*, write: bool) -> str:
    """The figures as a part of docs/performance.md, and the drawing beside it."""
    growth = measure()
    if write:
        DRAWING.write_text(drawing(growth), encoding="utf-8")
    return "\n".join([_INTRO, table(growth)])
