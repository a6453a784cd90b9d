"""Writes the head of an answer. uvicorn checks and joins every header of every answer, which takes a twentieth of the
time of a cached answer; here, each different header is checked once."""

from collections.abc import Awaitable
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

_DECIDES = (b"connection", b"transfer-encoding")
"""What these headers say changes how uvicorn sends the answer."""


def send_quickly(cycle: RequestResponseCycle, message: Any) -> Awaitable[None]:
    """What ``cycle.send`` does, with an ordinary head in less time."""
    if message["type"] == "http.response.start" and not cycle.response_started and not cycle.flow.write_paused:
        headers = [*cycle.default_headers, *message["headers"]]
        lines = [*map(_line, headers)]
        length = next((value for name, value in headers if name == b"content-length"), b"")
        if length and cycle.keep_alive and not cycle.disconnected and b"" not in lines:
            return _start(cycle, message["status"], lines, int(length))
    return cycle.send(message)


async def _start(cycle: RequestResponseCycle, status: int, lines: list[bytes], length: int) -> None:
    cycle.response_started, cycle.waiting_for_100_continue = True, False
    cycle.expected_content_length, cycle.chunked_encoding = length, False
    cycle.transport.write(b"".join((STATUS_LINE[status], *lines, b"\r\n")))


@lru_cache(maxsize=512)
def _line(header: tuple[bytes, bytes]) -> bytes:
    """The line of a header; nothing for one that is uvicorn's to send, or to refuse."""
    name, value = header
    is_ordinary = name == name.lower() and name not in _DECIDES
    is_valid = not HEADER_RE.search(name) and not HEADER_VALUE_RE.search(value)
    return b"%b: %b\r\n" % header if is_ordinary and is_valid else b""
