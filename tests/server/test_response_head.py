"""A head that is written quickly is the one that uvicorn would write."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.server.response_head import send_quickly

DATE = (b"date", b"Mon, 30 Nov 2026 10:00:00 GMT")
LENGTH = (b"content-length", b"2")
Send = Callable[[RequestResponseCycle, Any], Awaitable[None]]


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.written += b"(closed)"


def sent(send: Send, headers: list[tuple[bytes, bytes]], status: int, method: str, *, keep_alive: bool) -> bytes:
    async def answer() -> bytes:
        wire: Any = Wire()
        log = logging.getLogger(__name__)
        scope: Any = {"type": "http", "method": method}
        cycle = RequestResponseCycle(
            scope, wire, FlowControl(wire), log, log, False, [DATE], asyncio.Event(), False, keep_alive, lambda: None
        )
        await send(cycle, {"type": "http.response.start", "status": status, "headers": headers})
        body = b"" if status in (204, 304) else b"ok"
        await send(cycle, {"type": "http.response.body", "body": body, "more_body": False})
        return wire.written

    return asyncio.run(answer())


HEADERS = {
    "ordinary": [(b"content-type", b"text/html"), LENGTH],
    "without a length": [(b"content-type", b"text/html")],
    "to be closed": [LENGTH, (b"connection", b"close")],
    "in capitals": [(b"Content-Length", b"2"), (b"X-Name", b"value")],
    "in chunks": [(b"transfer-encoding", b"chunked")],
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize(("status", "method"), [(200, "GET"), (404, "GET"), (200, "HEAD")])
@pytest.mark.parametrize("keep_alive", [True, False])
def test_a_head_is_that_of_uvicorn(name: str, status: int, method: str, *, keep_alive: bool) -> None:
    expected = sent(RequestResponseCycle.send, HEADERS[name], status, method, keep_alive=keep_alive)
    assert sent(send_quickly, HEADERS[name], status, method, keep_alive=keep_alive) == expected


def test_an_answer_without_a_body_is_that_of_uvicorn() -> None:
    etag = [(b"etag", b'"1"')]
    expected = sent(RequestResponseCycle.send, etag, 304, "GET", keep_alive=True)
    assert sent(send_quickly, etag, 304, "GET", keep_alive=True) == expected


@pytest.mark.parametrize("header", [(b"x-name", b"two\r\nlines"), (b"x name", b"value"), (b"x-name", b"\0")])
def test_a_header_that_would_end_the_head_is_refused_each_time(header: tuple[bytes, bytes]) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError, match="Invalid HTTP header"):
            sent(send_quickly, [LENGTH, header], 200, "GET", keep_alive=True)
