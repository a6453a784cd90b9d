"""The peers as a part of docs/performance.md: ``python -m bench.run peers``."""

import tempfile
from pathlib import Path
from statistics import median
from subprocess import CalledProcessError

from bench.peers import measure_peer
from bench.peers.isso import Isso
from bench.peers.measure_peer import Measures
from bench.peers.ours import Ours
from bench.peers.peer import Peer, Skipped, cache_folder
from bench.peers.twikoo import Twikoo
from bench.peers.waline import Waline
from bench.peers.wordpress import WordPress
from bench.ratio_to_hello import Gauge
from bench.results_page import Figure
from bench.servers import HELLO, running

ROUNDS = 3
PEERS: tuple[type[Peer], ...] = (Ours, Isso, Waline, Twikoo, WordPress)
FAILURES = (Skipped, RuntimeError, OSError, CalledProcessError)
NONE = "–"

_SPEEDS = ("thread of 50, warm", "form", *(f"posts, {clients} at once" for clients in measure_peer.POSTERS))
_TIMES = ("thread of 50, cold", "thread of 10,000, warm", "thread of 10,000, cold", "cold start")
_MEMORY = ("memory, idle", "memory, after load")


_INTRO = """\
## Beside others

Same client, machine and run; medians of three rounds, 32 clients. In brackets the ratio to hello. A thread is what a
reader's browser asks for. Posts are different comments by different people, and each is looked for in the database
afterwards. Memory is the proportional set size of all processes. The first view is what a reader fetches for a thread
of 50 and the form, and the number of files, compressed where the server does it.
"""


class _Entry:
    """A system with its stores, unless it was skipped."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        self.peer = peer
        self.measures = Measures(peer.name)
        self._bears_more = True
        self.small, self.large = folder / "small", folder / "large"

    def attempt(self, what: str, gauge: Gauge) -> None:
        """Do one thing. What fails takes the system out of the run, and says so."""
        if self.measures.skipped:
            return
        try:
            getattr(self, what)(gauge)
        except FAILURES as error:
            print(f"{self.peer.name} is skipped: {error}", flush=True)
            self.measures.skipped = str(error) if isinstance(error, Skipped) else "it failed"

    def prepare(self, _gauge: Gauge) -> None:
        """Install and seed."""
        self.measures.version = self.peer.install()
        for store, sizes in (
            (self.small, [measure_peer.COMMENTS] + [1] * measure_peer.PAGES),
            (self.large, [measure_peer.MANY]),
        ):
            store.mkdir(parents=True)
            self.peer.seed(store, sizes)

    def round(self, gauge: Gauge) -> None:
        """Everything. The long thread may be too much for it."""
        measure_peer.measure(self.peer, self.small, gauge, self.measures)
        self._bears_more = self._bears_more and self._long_thread()

    def _long_thread(self) -> bool:
        try:
            return measure_peer.measure_long(self.peer, self.large, self.measures)
        except FAILURES as error:
            print(f"{self.peer.name} does not show {measure_peer.MANY:,} comments: {error}", flush=True)
            return False


def contest() -> list[Measures]:
    """Everything, in rounds."""
    with tempfile.TemporaryDirectory(prefix="reply-bench-") as folder, running(HELLO) as hello:
        gauge, base = Gauge(hello), {clients: Figure(f"hello, {clients} clients") for clients in measure_peer.POSTERS}
        entries = [_Entry(peer(cache_folder()), Path(folder, peer.__name__)) for peer in PEERS]
        for entry in entries:
            entry.attempt("prepare", gauge)
        for _ in range(ROUNDS):
            for clients, figure in base.items():
                gauge.begin(clients, figure)
            for entry in entries:
                entry.attempt("round", gauge)
        return [entry.measures for entry in entries]


def table(systems: list[Measures]) -> str:
    """A column for each system."""
    rows = [("", [system.name for system in systems]), ("---", ["--:"] * len(systems))]
    rows += [("version", [f"skipped: {each.skipped}" if each.skipped else each.version for each in systems])]
    for what in _SPEEDS:
        speeds = [_shown(each).speeds.get(what) for each in systems]
        rows += [(f"{what}: a second", [_rate(each) for each in speeds])]
        rows += [(f"{what}: server CPU", [_cpu(each) for each in speeds])]
    rows += [(what, [_value(each, what, 1000, "ms") for each in systems]) for what in _TIMES]
    rows += [(what, [_value(each, what, 1, "MB") for each in systems]) for what in _MEMORY]
    rows += [("first view, as it travels", [_first_view(_shown(each)) for each in systems])]
    return "\n".join(
        f"| {name} | {' | '.join(cells)} |" if name != "---" else f"|---|{'|'.join(cells)}|" for name, cells in rows
    )


def _shown(system: Measures) -> Measures:
    """Of one that failed midway nothing is shown."""
    return Measures(system.name) if system.skipped else system


def _rate(figure: Figure | None) -> str:
    return f"{median(figure.rates):,.0f} ({median(figure.ratios):.2g})" if figure else NONE


def _cpu(figure: Figure | None) -> str:
    return f"{median(figure.cpu_milliseconds):.2f} ms ({median(figure.cpu_ratios):.2g})" if figure else NONE


def _value(system: Measures, what: str, factor: float, unit: str) -> str:
    values = _shown(system).values.get(what)
    return f"{median(values) * factor:,.0f} {unit}" if values else NONE


def _first_view(system: Measures) -> str:
    sizes = system.first_view
    return f"{sum(sizes) / 1000:,.1f} kB in {len(sizes)}" if sizes else NONE


def notes() -> str:
    """How each is set up."""
    return "\n".join(f"- {peer.name}: {peer.note}" for peer in PEERS)


def section() -> str:
    """Table and notes."""
    return "\n".join([_INTRO, table(contest()), "", notes()])
