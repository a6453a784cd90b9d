"""The longest step of the event loop while a request is answered.

The application is called in this process, without a server. A step is what the loop runs between two looks at its
sockets; its length is processor time of the loop's thread, which other programs on the machine disturb little. Each
request is sent several times, and the median taken: what is done once, such as reading a language, is not counted.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.asgi_call import call
from bench.servers import SETTINGS
from service.app import create_app
from service.settings import Settings

TIMES, MOST_TIMES = 5, 10
"""How often a request is sent; the second for those that differ from number to number."""

RequestOf = Callable[[int], bytes]


def measure(folder: Path, requests: Mapping[str, RequestOf]) -> dict[str, float]:
    """Name → milliseconds, for requests of a number. ``folder`` holds the store."""
    given = {name.removeprefix("REPLY_").lower(): value for name, value in SETTINGS.items()}
    more = {"data": folder, "trusted_proxies": "127.0.0.1", "demo": False}  # the demo would be a site of the store
    settings = Settings(**given | more)
    return asyncio.run(_measure(settings, requests))


async def _measure(settings: Settings, requests: Mapping[str, RequestOf]) -> dict[str, float]:
    app, found, number = create_app(settings), dict[str, float](), 0
    with _timed_steps() as steps:
        async with app.router.lifespan_context(app) as state:
            for name, request_of in requests.items():
                longest = []
                for turn in range(MOST_TIMES if request_of(0) != request_of(1) else TIMES):
                    number += 1
                    steps.clear()
                    await _ask(app, dict(state or {}), request_of(turn), number)
                    longest.append(max(steps, default=0.0))
                found[name] = 1000 * median(longest)
    return found


@contextmanager
def _timed_steps() -> Iterator[list[float]]:
    """Yields a list of the seconds that each step has taken."""
    seconds: list[float] = []
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        start = time.thread_time()
        run(handle)
        seconds.append(time.thread_time() - start)

    asyncio.Handle._run = timed  # type: ignore[method-assign]  # asyncio has no hook around a step
    try:
        yield seconds
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]  # puts it back


async def _ask(app: Any, state: dict[str, Any], sent: bytes, number: int) -> None:
    """Send a request as it would be sent over the network, as if from network ``number``."""
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    headers["x-forwarded-for"] = f"10.{number >> 8 & 255}.{number & 255}.1"
    await call(app, state, method, path, query, headers, body)
