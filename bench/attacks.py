"""Each route with its worst input, and a reader beside it: ``python -m bench.run attacks``.

For a second or two a few clients send nothing but that input, each request as if from another network, so that no limit
on a client helps. Meanwhile a reader asks for an ordinary thread, and another one for ``/healthz``, which waits for
nothing but the event loop: its longest answer is the longest pause of the loop, within a millisecond.
"""

import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from urllib.parse import quote, urlencode

import sqlalchemy

from bench import loop_steps, made_up_store
from bench.sample_requests import at_page, get, page
from bench.servers import SERVICE, SITE, Server, running
from db import tables
from db.engine import open_engine

SECONDS = 1.5
ATTACKERS = 4
ORDINARY, HEAVY, MANY = 0, 1, 2
"""Pages: fifty ordinary comments; 150 of 65 kB that cost as much as they can; 100,000."""

LONGEST = 65_525
UNITS = ("a\n\n", "> a\n", "- a\n", "**a ", "`a` ", "http://a.b/ ", "[a](http://b.c) ", "<", "{", "漢")


def long(unit: str) -> str:
    """The longest comment, of one unit."""
    return (unit * LONGEST).encode()[:LONGEST].decode(errors="ignore")


@dataclass
class AttackOutcome:
    """What happened while a route was attacked; times in seconds."""

    name: str
    statuses: set[int] = field(default_factory=set)
    answers: int = 0
    cpu: float = 0.0
    pauses: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    step: float = 0.0

    def row(self) -> str:
        """A row of the table, in milliseconds."""
        statuses = ", ".join(map(str, sorted(self.statuses)))
        cpu = 1000 * self.cpu / max(1, self.answers)
        reads = f"{1000 * median(self.reads):.0f} | {1000 * max(self.reads):.0f}"
        pause = f"{1000 * max(self.pauses):.0f}"
        costs = f"{BEFORE.get(self.name, '')} | {cpu:.1f} | {self.step:.1f} | {pause} | {reads}"
        return f"| {self.name} | {self.answers} × {statuses} | {costs} |"


BEFORE = {
    "`POST /counts`, 500 pages": "155–360",
    "`POST /counts`, 30 addresses of 3.8 kB": "680",
    "REST, 100 costly comments": "18,000",
    "REST, 30 kB of `_fields`": "1,700",
    "REST, `orderby=parent`": "270",
    "`POST /preview`, 65 kB, JSON": "390",
    "`GET /page`, 150 costly comments, in each language": "15,800",
}
"""Milliseconds of one request in November 2026, before anything was bounded, where that was measured."""

HEAD = (
    "| attack | answers | CPU each before, ms | CPU each, ms | longest step, ms | longest pause, ms"
    " | a reader beside it: half within, ms | at most, ms |\n|---|--:|--:|--:|--:|--:|--:|--:|"
)


def post(path: str, body: str, kind: str, accept: str = "application/json") -> bytes:
    """A POST request."""
    sent = body.encode()
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\naccept: {accept}\r\ncontent-length: {len(sent)}"
    return f"{head}\r\n\r\n".encode() + sent


def form(path: str, accept: str = "application/json", **fields: str) -> bytes:
    """A form of the heavy page."""
    body = urlencode({"page": page(HEAVY), "author": "A", "email": "a@example.org", **fields})
    return post(path, body, "application/x-www-form-urlencoded", accept)


def in_turn(requests: Sequence[bytes]) -> Callable[[int], bytes]:
    """One after the other."""
    return lambda number: requests[number % len(requests)]


def attacks() -> dict[str, Callable[[int], bytes]]:
    """Name → the request of a number."""
    texts = [long(unit) for unit in UNITS]
    urls = [f"{SITE}/{'ä' * 35}{n}" for n in range(500)]
    hosts = [f"https://{'ä' * 240}{n}.example/{'x' * 3500}" for n in range(30)]
    heavy, languages = quote(page(HEAVY), safe=""), ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "zh")
    wp = "/wp-json/wp/v2/comments?per_page=100"
    fixed = {
        "`GET /thread`, 31 kB of query": get(f"/thread?page={heavy}&x={'a' * 31_000}"),
        "`POST /counts`, 500 pages": post("/counts", json.dumps({"pages": urls}), "application/json"),
        "`POST /counts`, 30 addresses of 3.8 kB": post("/counts", json.dumps({"pages": hosts}), "application/json"),
        "`POST /counts`, nested JSON": post("/counts", '{"pages":' + "[" * 250_000, "application/json"),
        "REST, 100 costly comments": get(f"{wp}&post={HEAVY + 1}"),
        "REST, the same embedded": get(f"{wp}&post={HEAVY + 1}&_embed=1&_envelope=1"),
        "REST, 30 kB of `_fields`": get(f"{wp}&_fields={'a,' * 15_000}"),
        "REST, `orderby=parent`": get(f"{wp}&orderby=parent"),
        "REST, page 1,000": get(f"{wp}&page=1000"),
        "`POST /comments`, 100 fields": form("/comments", **{f"f{n}": "x" * 2500 for n in range(90)}),
        "`POST /comments`, a token of 200 kB": form("/comments", comment="x", captcha="1", captcha_token="a" * 200_000),
        "`POST /siteverify`, a token of 200 kB": form("/siteverify", secret="x", response="a" * 200_000),
    }
    made = {name: in_turn([sent]) for name, sent in fixed.items()}
    for name, accept in (("JSON", "application/json"), ("HTML", "text/html")):
        for path in ("/preview", "/comments"):
            made[f"`POST {path}`, 65 kB, {name}"] = in_turn([form(path, accept, comment=text) for text in texts])
    first = store_ids()[0]
    return made | {
        "`GET /page`, 150 costly comments, in each language": lambda n: get(
            f"/page?page={heavy}&lang={languages[n % 10]}&comment={first + n % 150}"
        ),
        "`GET /comments`, a title each": lambda n: get(f"/comments?page={heavy}&title=t{n}"),
        "`GET /comments`, a number each": lambda n: get(f"/comments?page={heavy}&comment={n}&parent={n}"),
        "`GET /latest`, of every length": lambda n: get(
            f"/latest?site={heavy}&number={n % 50}&lang={languages[n % 10]}"
        ),
        "`GET /feed`": lambda n: get(f"/feed?page={heavy}&lang={languages[n % 10]}"),
    }


def store_ids() -> range:
    """The ids of the heavy page."""
    return range(51, 201)


def prepare(folder: Path) -> None:
    """The store: its heavy page is the newest."""
    made_up_store.fill(folder, [50, 150, 100_000])
    comment = tables.comment
    engine = open_engine(f"sqlite:///{folder / 'comments.db'}")
    with engine.begin() as connection:
        for place, comment_id in enumerate(store_ids()):
            values = {"text": long(UNITS[place % len(UNITS)])}
            connection.execute(sqlalchemy.update(comment).where(comment.c.id == comment_id).values(values))
    engine.dispose()


def ask(port: int, request: bytes, number: int) -> tuple[int, float]:
    """Status and seconds of a request on a connection of its own, as from network ``number``."""
    head, _, body = request.partition(b"\r\n\r\n")
    network = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    sent = head + b"\r\nx-forwarded-for: %b\r\nconnection: close\r\n\r\n" % network.encode() + body
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(sent)
        answer = connection.recv(65536)
        status = int(answer[9:12])
        while connection.recv(1 << 20):
            pass
    return status, time.perf_counter() - start


def attack(server: Server, name: str, request_of: Callable[[int], bytes], numbers: Iterator[int]) -> AttackOutcome:
    """Send it for ``SECONDS``, or until one answer has come, and watch."""
    outcome, over = AttackOutcome(name), threading.Event()

    def send() -> None:
        while not over.is_set():
            number = next(numbers) * 256  # another /24 each
            status, _ = ask(server.port, request_of(number >> 8), number)
            outcome.statuses.add(status)
            outcome.answers += 1

    def watch(request: bytes, times: list[float]) -> None:
        while not over.is_set():
            times.append(ask(server.port, request, 1)[1])
            time.sleep(0.002)

    cpu = server.cpu_seconds
    threads = [threading.Thread(target=send) for _ in range(ATTACKERS)]
    threads.append(threading.Thread(target=watch, args=(get("/healthz"), outcome.pauses)))
    threads.append(threading.Thread(target=watch, args=(at_page("/thread", ORDINARY), outcome.reads)))
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    over.set()
    for thread in threads:
        thread.join()
    outcome.cpu = server.cpu_seconds - cpu
    return outcome


def section() -> str:
    """The table for docs/."""
    with tempfile.TemporaryDirectory(prefix="reply-attacks-") as folder:
        prepare(Path(folder))
        steps = loop_steps.measure(Path(folder), attacks())
        numbers = count(1)
        with running(SERVICE, Path(folder), REPLY_TRUSTED_PROXIES="127.0.0.1") as server:
            quiet = attack(server, "none: `GET /healthz`", lambda _n: get("/healthz"), numbers)
            outcomes = [quiet]
            for name, request_of in attacks().items():
                outcomes.append(attack(server, name, request_of, numbers))
                outcomes[-1].step = steps[name]
                print(outcomes[-1].row(), flush=True)
            memory = server.resident_megabytes
    rows = "\n".join(outcome.row() for outcome in outcomes)
    return f"""\
## Under attack

Four clients send each route its worst input, each request as if from another network, while a reader asks for a
thread with a fresh question. SQLite, 100,200 comments, 150 of them as costly as possible. *Before*: one request when
nothing was bounded. The longest step is the processor time of the event loop between two looks at its sockets, during
which nobody else is answered; the longest pause is the longest answer of `/healthz`, with pauses of other programs on
the machine.

{HEAD}
{rows}

Resident memory after it: {memory:.0f} MB.
"""
