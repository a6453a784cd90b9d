"""Where the processor time of a post goes: ``python -m bench.run profile``.

The application is called in this process, without a server. Around each stage a clock of the thread's own processor
time runs, which stands still while another thread has the interpreter; a stage within a stage is taken off. What the
server adds is the difference to the figures of ``posts``.
"""

import asyncio
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import wraps
from typing import Any
from urllib.parse import quote

from bench import results_page, sample_requests
from bench.asgi_call import call
from bench.servers import ROOT, SETTINGS
from service.app import create_app
from service.language import language
from service.settings import Settings
from service.telemetry.logs import to_standard_error

NUMBER = 2000
AT_ONCE = 8
PAGES = 20

STAGES = {
    "service.web.http.form_pairs:urlencoded": "the form's fields, parsed",
    "service.web.post_comment:problems": "fields, checked; the email address above all",
    "service.web.submission:Submission.judge": "token and answer, judged",
    "service.web.spam_check:check": "rules and classifier",
    "service.spam.near_duplicates:Bands.of": "fingerprint, for near-duplicates",
    "service.spam.near_duplicates:RecentCounts.count": "seen within the hour?",
    "db.prepared_statements:InlineReader.read": "look-ups in the database",
    "db.writer:Writer.submit_for": "handed to the writer",
    "service.telemetry.logs:JsonFormatter.format": "the line of the log",
}
REST = "the rest: Starlette, asyncio, what lies between"
WRITER = "the writer's thread: the statements, and a commit for several"

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


def section(number: int = NUMBER) -> str:
    """A table of the stages, in a process of their own."""
    command = [sys.executable, "-m", "bench.profile", str(number)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    ordered = sorted(found, key=lambda label: (label in (REST, WRITER), -found[label]))
    rows = {label: f"{found[label] * 1000:.3f}" for label in ordered}
    rows["together"] = f"{sum(found.values()) * 1000:.3f}"
    return results_page.plain_table(("a durable post on SQLite, without HTTP, by stages", "CPU, ms"), rows)


class Clocks:
    """Processor seconds of this thread in each stage, without those of the stages within."""

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self.seconds: Counter[str] = Counter()
        self._within: list[float] = []
        self._thread = threading.get_ident()

    def around(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function with a clock; on other threads without."""

        @wraps(function)
        def timed(*args: Any, **named: Any) -> Any:
            if threading.get_ident() != self._thread:
                return function(*args, **named)
            start = self._clock()
            self._within.append(0.0)
            try:
                return function(*args, **named)
            finally:
                spent, inner = self._clock() - start, self._within.pop()
                self.seconds[label] += spent - inner
                if self._within:
                    self._within[-1] += spent

        return timed

    def put(self) -> None:
        """Around every stage. This process is the bench's own, so nothing is put back."""
        for path, label in STAGES.items():
            module, _, name = path.partition(":")
            owner: Any = importlib.import_module(module)
            *outer, last = name.split(".")
            for each in outer:
                owner = getattr(owner, each)
            found = vars(owner)[last]
            function = getattr(found, "__func__", found)
            timed = self.around(label, function)
            setattr(owner, last, type(found)(timed) if isinstance(found, classmethod) else timed)


async def _call(app: App, state: Scope, path: str, query: str = "", body: bytes = b"") -> tuple[int, bytes]:
    """One request, without a server: a POST if there is a body. Returns status and body."""
    headers = {"host": "127.0.0.1", "accept": "text/html", "content-type": "application/x-www-form-urlencoded"}
    answer = await call(app, state, "POST" if body else "GET", path, query, headers, body)
    return answer.status, answer.body


async def _posts(app: App, state: Scope, numbers: Iterable[int]) -> list[bytes]:
    found = []
    for number in numbers:
        query = f"page={quote(sample_requests.page(number % PAGES), safe='')}"
        _, question = await _call(app, state, "/captcha", query)
        found.append(sample_requests.post(number, number % PAGES, json.loads(question)).partition(b"\r\n\r\n")[2])
    return found


async def _measure(number: int) -> dict[str, float]:
    app, clocks = create_app(Settings()), Clocks()
    async with app.router.lifespan_context(app) as given:
        state = dict(given or {})
        state["context"].templates.compile(language("en"))  # else a thread does that meanwhile
        bodies = iter(await _posts(app, state, range(number)))

        async def client() -> None:
            for body in bodies:
                status, _ = await _call(app, state, "/comments", body=body)
                if status != 303:
                    raise RuntimeError(f"expected 303, got {status}")

        clocks.put()
        whole, here = time.process_time(), time.thread_time()
        await asyncio.gather(*(client() for _ in range(AT_ONCE)))
        whole, here = time.process_time() - whole, time.thread_time() - here
    rest = {REST: here - clocks.seconds.total(), WRITER: whole - here}
    return {label: seconds / number for label, seconds in (clocks.seconds | rest).items()}


def main() -> None:
    """Measure in this process, and print label → seconds as JSON."""
    number = int(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="reply-bench-") as folder:
        os.environ.update(SETTINGS | {"REPLY_DATA": folder})
        with to_standard_error("info"):
            print(json.dumps(asyncio.run(_measure(number))))


if __name__ == "__main__":
    main()
