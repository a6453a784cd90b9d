"""Measures the service against a bare hello and writes ``docs/performance.md``. ``make bench`` runs it.

Each round measures hello and everything else one after the other, one worker each, with the client in a process of its
own. A ratio is taken within its round, so that a machine that is busy for a while disturbs both sides of it.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import client, load, report, threads
from bench.client import Load, Result
from bench.report import Figure
from bench.servers import HELLO, ROOT, SERVICE, SITE, Server, ask_postgres, postgres, running

ROUNDS = 3
SECONDS, WARM_UP = 2.0, 0.5
CONNECTIONS = 32
POSTS = {1: 500, 8: 1500, 32: 3000}
CHECKS = 1500
OFF = "SQLite, spam check off"
AIMS = {"SQLite": 0.12, "PostgreSQL": 0.08, OFF: 0.2}
"""Of durable posts, as ratios to hello."""

PAGES = 20
COMMENTS = 50

READS = {
    "`GET /form`: a form with a fresh question": ("/form", 0.4),
    "`GET /comments`: 50 comments, warm": ("/comments", 0.8),
    "`GET /thread?captcha=lazy`: 50 comments, warm, and the form": ("/thread?captcha=lazy", None),
    "`GET /thread`: 50 comments, warm, and the form with a fresh question": ("/thread", None),
    "`GET /captcha`: a question as JSON": ("/captcha", None),
}


class Bench:
    """The servers of one run, and the figures so far."""

    def __init__(self, stack: ExitStack) -> None:
        self._hello = stack.enter_context(running(HELLO))
        self._postgres = stack.enter_context(postgres())
        self.postgres_version = ask_postgres(self._postgres, "SHOW server_version")
        durable = [ask_postgres(self._postgres, f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
        self.postgres_durable = durable == ["on", "on"]
        self._services = {
            "SQLite": stack.enter_context(running(SERVICE)),
            "PostgreSQL": stack.enter_context(running(SERVICE, REPLY_DATABASE_URL=self._postgres)),
            OFF: stack.enter_context(running(SERVICE, REPLY_SPAM_CHECK="false")),
        }
        self._check_key = json.loads(self._sqlite.command("site", "renew", SITE, "--json"))["check_key"]
        self.figures: dict[str, Figure] = {}
        self.memory: dict[str, str] = {}
        self._posted = 0
        self._hello_of: dict[int, tuple[float, float]] = {}  # clients → a second, CPU seconds each, in this round

    def prepare(self) -> None:
        """Fill page 0 with a thread, and note the memory before any load."""
        for name, service in self._services.items():
            self.memory[f"{name}, idle"] = f"{service.resident_megabytes:.0f} MB"
        load.expect(client.run(Load(self._sqlite.port, self._posts(self._sqlite, COMMENTS, 1), 8)), 303)

    @property
    def _sqlite(self) -> Server:
        return self._services["SQLite"]

    def round(self) -> None:
        """Measure everything once."""
        for clients in sorted({*POSTS, CONNECTIONS}):
            self._measure_hello(clients)
        for name, (path, aim) in READS.items():
            wanted = Load(self._sqlite.port, [load.at_page(path)], CONNECTIONS, SECONDS, WARM_UP)
            self._measure(name, aim, self._sqlite, wanted, 200)
        for database, service in self._services.items():
            for clients, count in POSTS.items():
                name = f"`POST /comments`: accepted and durable, {database}, {clients} clients"
                wanted = Load(service.port, self._posts(service, count, PAGES), clients)
                self._measure(name, AIMS[database], service, wanted, 303)
        self._posted += CHECKS
        checks = [load.check(self._check_key, number) for number in range(self._posted, self._posted + CHECKS)]
        name = "`POST /api/v1/check`: the spam check as a service, 8 clients"
        self._measure(name, None, self._sqlite, Load(self._sqlite.port, checks, 8), 200)

    def _measure_hello(self, clients: int) -> None:
        wanted = Load(self._hello.port, [load.get("/")], clients, SECONDS, WARM_UP)
        name = f"bare Starlette hello, {clients} clients"
        self._hello_of.pop(clients, None)
        result = self._measure(name, None, self._hello, wanted, 200)
        if result.busy > 0.8:
            raise RuntimeError(f"the client is the bottleneck: it is busy for {result.busy:.0%} of the time")

    def _measure(self, name: str, aim: float | None, server: Server, wanted: Load, status: int) -> Result:
        figure = self.figures.setdefault(name, Figure(name, aim))
        before = server.cpu_seconds
        result = load.expect(client.run(wanted), status)
        answers = result.statuses.total() * (1 + wanted.warm_up / (wanted.seconds or 1))
        cpu = (server.cpu_seconds - before) / answers
        hello_rate, hello_cpu = self._hello_of.setdefault(wanted.connections, (result.per_second, cpu))
        figure.rates.append(result.per_second)
        figure.ratios.append(result.per_second / hello_rate)
        figure.cpu_milliseconds.append(cpu * 1000)
        figure.cpu_ratios.append(hello_cpu / cpu)
        figure.latencies.append(result.latency(0.99))
        print(f"{result.per_second:9,.0f}/s {figure.ratios[-1]:6.2f}  {name}", flush=True)
        return result

    def _posts(self, service: Server, count: int, pages: int) -> list[bytes]:
        self._posted += count
        return load.prepare_posts(service, self._posted, count, pages)

    def note_memory(self) -> None:
        """The memory after all loads."""
        for name, service in self._services.items():
            self.memory[f"{name}, after all of the above"] = f"{service.resident_megabytes:.0f} MB"


def cold_starts() -> Iterator[tuple[float, float]]:
    """Seconds from the command to the first answer: on an empty folder, and again on what that left."""
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="reply-bench-") as folder:
            yield _start(Path(folder)), _start(Path(folder))


def _start(folder: Path) -> float:
    start = time.perf_counter()
    with running(SERVICE, folder) as server:
        load.expect(client.drive(Load(server.port, [load.at_page("/form")], 1)), 200)
        return time.perf_counter() - start


def page(bench: Bench, starts: list[tuple[float, float]], machine: dict[str, str]) -> str:
    """The page for docs/."""
    durable = "on" if bench.postgres_durable else "OFF: its figures are worth nothing"
    first, second = (f"{median(times):.2f} s" for times in zip(*starts, strict=True))
    versions = report.versions() | {"PostgreSQL": f"{bench.postgres_version}, fsync and synchronous_commit {durable}"}
    parts = [
        "# Performance",
        "Written by `make bench` (`bench/run.py`). Medians of three rounds; one worker; the client, in a process of",
        "its own, and PostgreSQL run on the same machine. Each ratio is to a bare Starlette “hello” that the same",
        "uvicorn configuration serves to as many clients in the same round: once by answers a second, once by the",
        "processor time that the server uses for an answer, which other programs on the machine disturb less. SQLite",
        "runs with `synchronous=FULL`: a comment is on the disk before it is acknowledged. Each post carries a right",
        "answer to a question of its own, fetched before. 1.00 is as fast as hello.",
        "",
        report.table(list(bench.figures.values())),
        "",
        threads.section(),
        "",
        report.plain_table(("cold start to the first form", ""), {"first start": first, "second start": second}),
        "",
        report.plain_table(("resident memory", ""), bench.memory),
        "",
        report.plain_table(("machine", ""), machine),
        "",
        report.plain_table(("version", ""), versions),
        "",
    ]
    return "\n".join([parts[0], "", *parts[1:]])


def main() -> None:
    """Measure, print, write."""
    machine = report.machine()
    starts = list(cold_starts())
    with ExitStack() as stack:
        bench = Bench(stack)
        bench.prepare()
        for _ in range(ROUNDS):
            bench.round()
        bench.note_memory()
    text = page(bench, starts, machine)
    print("\n" + text)
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "performance.md"
    target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
