"""What one system does in one round: how fast it starts, reads and takes posts, and what it holds meanwhile."""

import gzip
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench import load_client, sample_requests
from bench.load_client import Load
from bench.peers.peer import Peer, Running
from bench.ratio_to_hello import SECONDS, WARM_UP, Gauge
from bench.results_page import Figure

READERS = 32
POSTERS = (1, 8, 32)
PAGES = 20
COMMENTS, MANY = 50, 10_000
POST_SECONDS, ENOUGH = 2.0, 3_000
TURNS = 3
"""Answers that each reader gets at least: a slow system is measured for longer."""

WARM = 3
SOON = 15.0
"""Seconds after which a long thread is not asked for again."""

_numbers = count(1, ENOUGH)


@dataclass
class Measures:
    """Of one system, a value a round each. ``values`` are seconds or megabytes, by what they are of."""

    name: str
    version: str = ""
    skipped: str = ""
    speeds: dict[str, Figure] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)
    first_view: list[int] = field(default_factory=list)

    def speed(self, what: str) -> Figure:
        """The figure, new or known."""
        return self.speeds.setdefault(what, Figure(f"{self.name}: {what}"))

    def add(self, what: str, value: float) -> None:
        """A value of this round."""
        self.values.setdefault(what, []).append(value)


def measure(peer: Peer, folder: Path, gauge: Gauge, into: Measures) -> None:
    """One round on the store of a folder. Raises RuntimeError when the store holds fewer comments than were taken."""
    start = time.perf_counter()
    with peer.running(folder) as running:
        into.add("thread of 50, cold", _seconds(peer, running))
        into.add("cold start", time.perf_counter() - start)
        into.add("memory, idle", running.tree.megabytes)
        into.first_view = peer.first_view(running)
        seconds = max(SECONDS, TURNS * READERS * _seconds(peer, running))
        reads = {"thread of 50, warm": peer.thread(0)} | ({"form": peer.form} if peer.form else {})
        for what, request in reads.items():
            gauge.measure(into.speed(what), running, Load(running.port, [request], READERS, seconds, WARM_UP), 200)
            _seconds(peer, running)  # comes last: by then the answers are given that the readers no longer wait for
        for clients in POSTERS:
            _posts(peer, folder, running, clients, gauge, into)
        into.add("memory, after load", running.tree.megabytes)


def _posts(peer: Peer, folder: Path, running: Running, clients: int, gauge: Gauge, into: Measures) -> None:
    """Different comments for a few seconds."""
    first = next(_numbers)
    requests = peer.posts(running, range(first, first + ENOUGH), PAGES)
    before = peer.count(folder, running)
    wanted = Load(running.port, requests, clients, POST_SECONDS, once=True)
    result = gauge.measure(into.speed(f"posts, {clients} at once"), running, wanted, peer.accepted)
    stored = peer.count(folder, running) - before
    if stored != result.statuses.total():
        raise RuntimeError(f"{result.statuses.total()} comments were taken, but {stored} stored")


def measure_long(peer: Peer, folder: Path, into: Measures) -> bool:
    """A long thread, alone in its store: the first answer after a start, and some more. Whether it is soon enough."""
    with peer.running(folder) as running:
        seconds = _seconds(peer, running)
        into.add("thread of 10,000, cold", seconds)
        if seconds > SOON:
            return False
        for _ in range(WARM):
            into.add("thread of 10,000, warm", _seconds(peer, running))
    return True


def _seconds(peer: Peer, running: Running) -> float:
    """For the whole answer. Raises RuntimeError when it shows no comments."""
    result = sample_requests.expect(load_client.drive(Load(running.port, [peer.thread(0)], 1, keep_bodies=True)), 200)
    if b"Reader " not in unpacked(result.bodies[0]):
        raise RuntimeError("a thread without its comments")
    return result.latencies[0]


def unpacked(body: bytes) -> bytes:
    """What a body says, also if it came compressed."""
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
