"""Reads and durable posts against a bare hello: ``python -m bench.run reads posts``.

Each round measures hello and everything else one after the other, one worker each, with the client in a process of its
own. A ratio is taken within its round, so that a machine that is busy for a while disturbs both sides of it.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack

from bench import load_client, results_page, sample_requests
from bench.load_client import Load
from bench.ratio_to_hello import SECONDS, WARM_UP, Gauge
from bench.results_page import Figure
from bench.servers import HELLO, SERVICE, SITE, Server, ask_postgres, postgres, running

MakePost = Callable[[int, int, dict[str, str]], bytes]
ROUNDS = 3
CONNECTIONS = 32
POSTS = {1: 500, 8: 1500, 32: 3000}
CHECKS = 1500
OFF = "SQLite, spam check off"
AIMS = {"SQLite": 0.04, "PostgreSQL": 0.02, OFF: 0.08}
"""Of durable posts, as ratios to hello."""

PAGES = 20
COMMENTS = 50

READS = {
    "`GET /form`: a form with a fresh question": ("/form", 0.35),
    "`GET /comments`: 50 comments, warm": ("/comments", 0.6),
    "`GET /thread?captcha=lazy`: 50 comments, warm, and the form": ("/thread?captcha=lazy", 0.5),
    "`GET /thread`: 50 comments, warm, and the form with a fresh question": ("/thread", 0.3),
    "`GET /captcha`: a question as JSON": ("/captcha", None),
    "`GET /api/v1/public/comments`: 50 comments as JSON, warm": ("/api/v1/public/comments?limit=50", None),
}


class Rounds:
    """The servers of one run, and the figures so far."""

    def __init__(self, stack: ExitStack, *, posts: bool) -> None:
        self._gauge = Gauge(stack.enter_context(running(HELLO)))
        self._services = {"SQLite": stack.enter_context(running(SERVICE))}
        self.versions: dict[str, str] = {}
        if posts:
            self._start_more(stack)
        self._check_key = json.loads(self._sqlite.command("site", "renew", SITE, "--json"))["check_key"]
        self.figures: dict[str, Figure] = {}
        self.memory: dict[str, str] = {}
        self._posted = 0

    def _start_more(self, stack: ExitStack) -> None:
        url = stack.enter_context(postgres())
        durable = [ask_postgres(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
        word = "on" if durable == ["on", "on"] else "OFF: its figures are worth nothing"
        version = ask_postgres(url, "SHOW server_version")
        self.versions["PostgreSQL"] = f"{version}, fsync and synchronous_commit {word}"
        self._services["PostgreSQL"] = stack.enter_context(running(SERVICE, REPLY_DATABASE_URL=url))
        self._services[OFF] = stack.enter_context(running(SERVICE, REPLY_SPAM_CHECK="false"))

    def prepare(self) -> None:
        """Fill page 0 with a thread, and note the memory before any load."""
        self.note_memory("idle")
        sample_requests.expect(load_client.run(Load(self._sqlite.port, self._posts(self._sqlite, COMMENTS, 1), 8)), 303)

    @property
    def _sqlite(self) -> Server:
        return self._services["SQLite"]

    def hello(self) -> None:
        """What everything else of this round is compared with."""
        for clients in sorted({*POSTS, CONNECTIONS}):
            self._gauge.begin(clients, self._figure(f"bare Starlette hello, {clients} clients"))

    def reads(self) -> None:
        """What readers ask for."""
        for name, (path, aim) in READS.items():
            wanted = Load(self._sqlite.port, [sample_requests.at_page(path)], CONNECTIONS, SECONDS, WARM_UP)
            self._gauge.measure(self._figure(name, aim), self._sqlite, wanted, 200)

    def posts(self) -> None:
        """Comments, and texts to be judged."""
        for database, service in self._services.items():
            for clients, count in POSTS.items():
                figure = self._figure(
                    f"`POST /comments`: accepted and durable, {database}, {clients} clients", AIMS[database]
                )
                wanted = Load(service.port, self._posts(service, count, PAGES), clients)
                self._gauge.measure(figure, service, wanted, 303)
        figure = self._figure("`POST /api/v1/public/comments`: the same by the JSON API, SQLite, 8 clients")
        wanted = Load(self._sqlite.port, self._posts(self._sqlite, POSTS[8], PAGES, sample_requests.api_post), 8)
        self._gauge.measure(figure, self._sqlite, wanted, 201)
        first = self._next(CHECKS)
        checks = [sample_requests.check(self._check_key, number) for number in range(first, first + CHECKS)]
        figure = self._figure("`POST /api/v1/check`: the spam check as a service, 8 clients")
        self._gauge.measure(figure, self._sqlite, Load(self._sqlite.port, checks, 8), 200)

    def _figure(self, name: str, aim: float | None = None) -> Figure:
        return self.figures.setdefault(name, Figure(name, aim))

    def _posts(self, service: Server, count: int, pages: int, make: MakePost = sample_requests.post) -> list[bytes]:
        return sample_requests.prepare_posts(service, self._next(count), count, pages, make=make)

    def _next(self, count: int) -> int:
        """The first of so many numbers that no text had before: the same text twice would be refused."""
        self._posted += count
        return self._posted - count

    def note_memory(self, when: str) -> None:
        """What each service holds."""
        for name, service in self._services.items():
            self.memory[f"{name}, {when}"] = f"{service.resident_megabytes:.0f} MB"


def measure(*, reads: bool, posts: bool) -> Rounds:
    """Everything that is wanted, in rounds."""
    with ExitStack() as stack:
        rounds = Rounds(stack, posts=posts)
        rounds.prepare()
        for _ in range(ROUNDS):
            rounds.hello()
            if reads:
                rounds.reads()
            if posts:
                rounds.posts()
        rounds.note_memory("after all of the above")
    return rounds


def section(rounds: Rounds) -> str:
    """Figures and memory."""
    memory = results_page.plain_table(("resident memory", ""), rounds.memory)
    return "\n".join([results_page.table(list(rounds.figures.values())), "", memory])
