"""More requests at once than may be under way: the one too many is told when to come again."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service import impatient
from service.impatient import Crowd, ImpatientProtocol
from service.server import listen


async def ask(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    return answer


async def crowd_of(number: int) -> list[str]:
    """What a server answers to so many at once, whose application waits for them all to be under way."""
    arrived, enough = 0, asyncio.Event()

    async def wait(_request: Request) -> PlainTextResponse:
        nonlocal arrived
        arrived += 1
        await enough.wait()
        return PlainTextResponse("Here you are.")

    class Protocol(ImpatientProtocol):
        crowd = Crowd(100)

    server = uvicorn.Server(uvicorn.Config(Starlette(routes=[Route("/", wait)]), http=Protocol, log_config=None))
    with listen("127.0.0.1", 0) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        port = listener.getsockname()[1]
        asked = [asyncio.create_task(ask(port)) for _ in range(number)]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        assert len(done) == 1
        enough.set()
        answers = await asyncio.gather(*asked)
        server.should_exit = True
        await serving
    assert arrived == number - 1
    return answers


def test_one_too_many_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impatient, "AT_ONCE", 3)
    *served, refused = sorted(asyncio.run(crowd_of(4)))
    assert all(answer.startswith("HTTP/1.1 200") for answer in served)
    assert refused.startswith("HTTP/1.1 503")
    assert "retry-after: 5" in refused
    assert refused.endswith("The service cannot answer just now. Please try again in a moment.")


class Loop:
    """A loop whose time passes when it is told to."""

    now = 0.0

    def __init__(self) -> None:
        self._later: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, act: Callable[..., None], *given: Any) -> None:
        self._later.append((self.now + seconds, act, given))

    def run_until(self, end: float) -> None:
        while self._later and self._later[0][0] <= end:
            self.now, act, given = self._later.pop(0)
            act(*given)
        self.now = end


class Connection:
    """An idle connection, which is its own transport."""

    def __init__(self, loop: Loop) -> None:
        self.loop, self.transport = loop, self
        self.closed_at: float | None = None

    def close(self) -> None:
        self.closed_at = self.loop.now


def test_an_idle_connection_is_closed_when_its_seconds_are_over() -> None:
    loop = Loop()
    crowd: Any = Crowd(100)
    first, second = Connection(loop), Connection(loop)
    crowd.add(first)
    loop.run_until(5.5)
    crowd.add(second)
    loop.run_until(impatient.SECONDS - 0.1)
    assert first.closed_at is None
    loop.run_until(60)
    assert first.closed_at
    assert second.closed_at
    assert impatient.SECONDS <= first.closed_at <= impatient.SECONDS + 1
    assert impatient.SECONDS <= second.closed_at - 5.5 <= impatient.SECONDS + 1
