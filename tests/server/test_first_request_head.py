"""A connection stays small until a head has arrived, and nobody notices: all is answered as a parser alone would."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from service.server.connection_limits import IdleConnections
from service.server.first_request_head import MAX_HEAD, FirstHead, UnfinishedHeads, is_unfinished
from service.server.http_protocol import LimitedConnection, StrictH11Protocol
from service.server.httptools_protocol import BoundedHttpToolsProtocol
from service.web.http.concurrency_limit import Admission
from tests.server.test_http_protocol import ALIVE, GET, answer_to
from tests.service_process import ServiceProcess

LINE = b"GET /healthz HTTP/1.1\r\n"


@pytest.mark.parametrize(
    "head", [LINE[:length] for length in range(1, len(LINE) + 1)] + [LINE + b"Host: x\r\nX-Slow: "]
)
def test_half_a_head_is_waited_for(head: bytes) -> None:
    assert is_unfinished(head)


@pytest.mark.parametrize(
    "head",
    [
        LINE + b"Host: x\r\n\r\n",
        LINE + b"Host: x\n\n",
        LINE + b"X-Long: " + b"x" * MAX_HEAD,
        b"\x16\x03\x01\x02\x00\x01",  # TLS
        b"\r\n",
        b"hello\r\n",
        b"GET /\xc3\xa4",
        b"GET  /two HTTP/1.1\r\n",
        b"GET /healthz HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_whatever_else_is_for_the_parser_at_once(head: bytes) -> None:
    assert not is_unfinished(head)


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b"\n\r\n"])
def test_an_end_is_found_wherever_it_was_cut(end: bytes) -> None:
    head = LINE + b"Host: x" + end
    assert not any(is_unfinished(head, known) for known in range(len(head)))
    assert is_unfinished(LINE + b"?" * 100, len(LINE))


@pytest.mark.parametrize("size", [1, 7])
def test_a_head_in_pieces_is_answered(service: ServiceProcess, size: int) -> None:
    sent = GET[:-2] + b"Connection: close\r\n\r\n"
    pieces = [sent[start : start + size] for start in range(0, len(sent), size)]
    assert answer_to(service, *pieces).endswith(ALIVE)


def test_what_is_no_request_is_refused(service: ServiceProcess) -> None:
    assert answer_to(service, b"\x16\x03\x01\x02\x00\x01").startswith(b"HTTP/1.1 400 ")


class Wire(asyncio.Transport):
    """Does nothing but to note that it was closed."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Nobody reads it."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - asyncio's signature
        return default

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        """Whatever comes, comes at once."""

    def resume_reading(self) -> None:
        """The same."""


def test_all_half_heads_together_are_bounded_and_the_oldest_makes_room() -> None:
    shared: dict[str, Any] = {
        "idle_connections": IdleConnections(100, Admission()),
        "unfinished": UnfinishedHeads(1000),
    }
    connection_class = type("Arriving", (FirstHead,), shared)

    async def run() -> list[bool]:
        state, wires = ServerState(), [Wire() for _ in range(5)]
        for wire in wires:
            connection = connection_class(Config(None), state, {})  # type: ignore[arg-type]  # is served nothing
            connection.connection_made(wire)
            for _ in range(3):
                connection.data_received(b"GET /" + b"x" * 95 if not connection.arrived else b"x" * 100)
        return [wire.is_closed for wire in wires]

    assert asyncio.run(run()) == [True, True, False, False, False]


async def _answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.mark.parametrize("parser", [StrictH11Protocol, BoundedHttpToolsProtocol])
def test_half_heads_of_later_requests_are_bounded_together_too(parser: type[asyncio.Protocol]) -> None:
    """A connection that has had an answer begins a head, and does not end it; another one has two whole requests."""
    shared: dict[str, Any] = {
        "idle_connections": IdleConnections(100, Admission()),
        "unfinished": UnfinishedHeads(33_000),
    }
    connection_class: Any = type("Later", (LimitedConnection, parser), shared)
    config = Config(_answer, log_config=None)
    config.load()

    async def run() -> list[bool]:
        state, wires = ServerState(), [Wire() for _ in range(6)]
        for number, wire in enumerate(wires):
            connection = connection_class(config=config, server_state=state, app_state={})
            connection.connection_made(wire)
            connection.data_received(GET)
            await asyncio.gather(*state.tasks)
            whole = GET[:-2] + b"X-Long: " + b"x" * 8000 + b"\r\n\r\n"
            for piece in (GET + whole[:4000], whole[4000:]) if number == 5 else (GET + whole[:4000], whole[4000:-2]):
                connection.data_received(piece)
            await asyncio.gather(*state.tasks)
        return [wire.is_closed for wire in wires]

    assert asyncio.run(run()) == [True, True, False, False, False, False]
