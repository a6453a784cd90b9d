"""How soon a long thread begins to arrive: ``python -m bench.threads``. ``make bench`` runs it too.

The time to the first byte of a thread's first part, by a single client: warm, when it was asked for before, and cold,
the first time after a start. A page of 50 comments in a small store is the measure; a page of 10,000 may take 1.5 times
as long warm and 5 times as long cold, also among 1,000,000 comments.
"""

import socket
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import sample_requests
from bench.made_up_store import fill
from bench.servers import SERVICE, running

ROUNDS = 5
WARM = 200
THREADS = {"50": 1, "1,000": 2, "10,000": 3, "100,000": 4, "10,000, all below one": 5}
"""Comments of a thread → its page's number. Page 0 is asked for once before, so that every statement is compiled."""

_SIZES = [10, 50, 1_000, 10_000, 100_000, 10_000]
STORES = {
    "small": _SIZES[:2],
    "1,000,000": [*_SIZES, *[100] * ((1_000_000 - sum(_SIZES)) // 100)],
}
_PARTS = ("first", "link")
WARM_AIM, COLD_AIM = 1.5, 5.0


@dataclass
class Times:
    """Seconds to the first byte."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)


class Measure:
    """Asks one server over one connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def first_byte(self, request: bytes) -> float:
        """Seconds from the request to the first byte of the answer, which must be 200."""
        start = time.perf_counter()
        self._socket.sendall(request)
        answer = self._socket.recv(4096)
        taken = time.perf_counter() - start
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(65_536)
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"expected 200, got {head[:40]!r}")
        rest = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) - len(body)
        while rest > 0:
            rest -= len(self._socket.recv(min(rest, 262_144)))
        return taken

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def measure() -> dict[tuple[str, str, str], Times]:
    """(store, comments on the page, which part) → times."""
    times: defaultdict[tuple[str, str, str], Times] = defaultdict(Times)
    for store, sizes in STORES.items():
        with tempfile.TemporaryDirectory(prefix="reply-bench-") as folder:
            fill(Path(folder), sizes, flat=5)
            for turn in range(ROUNDS):
                _round(Path(folder), store, sizes, turn, times)
    return times


def _round(
    folder: Path, store: str, sizes: list[int], turn: int, times: defaultdict[tuple[str, str, str], Times]
) -> None:
    """Each part is asked for once after a start, in another order each time, and then again and again."""
    asked = [(size, part) for size, number in THREADS.items() if number < len(sizes) for part in _PARTS]
    asked = asked[turn % len(asked) :] + asked[: turn % len(asked)]
    with running(SERVICE, folder) as server:
        client = Measure(server.port)
        for part in _PARTS:
            client.first_byte(_request(sizes, 0, part))
        for size, part in asked:
            times[store, size, part].cold.append(client.first_byte(_request(sizes, THREADS[size], part)))
        for size, part in asked:
            request = _request(sizes, THREADS[size], part)
            times[store, size, part].warm += [client.first_byte(request) for _ in range(WARM // ROUNDS)]
        client.close()


def _request(sizes: list[int], number: int, part: str) -> bytes:
    """The first part of a thread, or the one around a comment in its middle."""
    middle = sum(sizes[:number]) + sizes[number] // 2
    return sample_requests.at_page("/thread?captcha=lazy" + (f"&comment={middle}" if part == "link" else ""), number)


def table(times: dict[tuple[str, str, str], Times]) -> str:
    """Every figure, against 50 comments in a small store."""
    base = times["small", "50", "first"]
    lines = ["| comments | database | warm, ms | × | cold, ms | × |", "|---|---|--:|--:|--:|--:|"]
    for (store, size, part), each in sorted(times.items(), key=_line):
        name = f"{size}{', a link into its middle' if part == 'link' else ''}"
        warm = _cells(each.warm, base.warm, WARM_AIM)
        lines.append(f"| {name} | {store} | {warm} | {_cells(each.cold, base.cold, COLD_AIM)} |")
    return "\n".join(lines)


def _line(item: tuple[tuple[str, str, str], Times]) -> tuple[str, int, bool]:
    (store, size, part), _ = item
    return part, THREADS[size], store != "small"


def _cells(times: Iterable[float], base: Iterable[float], aim: float) -> str:
    taken = median(times)
    ratio = taken / median(base)
    return f"{taken * 1000:.2f} | {ratio:.2f} {'✓' if ratio <= aim else '✗'}"


def section() -> str:
    """The figures as a part of docs/performance.md."""
    return "\n".join(
        [
            "Long threads: milliseconds to the first byte of `GET /thread?captcha=lazy`, one client, medians, SQLite.",
            f"Warm: the thread was asked for before. Cold: for the first time after a start, {ROUNDS} starts. Aims: a",
            f"thread of 10,000 comments within {WARM_AIM} (warm) and {COLD_AIM:.0f} (cold) times one of 50.",
            "",
            table(measure()),
        ]
    )


if __name__ == "__main__":
    print(section())
