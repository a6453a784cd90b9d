"""More requests at once than may be under way: the one too many is told when to come again."""

import asyncio

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
