"""uvicorn's protocol on httptools, with the limits on the size of a request that httptools lacks."""

from collections.abc import Awaitable
from functools import partial
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.server.first_request_head import MAX_HEAD
from service.server.response_head import send_quickly

MAX_REQUEST = 16 * 1024 * 1024
"""Bytes of a request on the wire. Bodies have lower limits, which handlers set: 8 MiB at most, but for uploads. This
one is for the trailers after a body and the framing of its chunks."""

UPLOADS = b"/admin/import"
"""Where files are uploaded, behind any path that a proxy leaves in front."""

MOST_WAITING = 8
"""Requests of one connection that wait for the answer to another. uvicorn parses all that have arrived: 64 kB of short
ones would take 5 MB."""


class _Waiting(list[Any]):
    """A queue for so few. An empty deque takes 760 bytes, and nearly every connection has an empty one."""

    def appendleft(self, item: Any) -> None:
        """Add it before all others."""
        self.insert(0, item)


class _NoTrailers(list[tuple[bytes, bytes]]):
    """Takes nothing in."""

    def append(self, _header: tuple[bytes, bytes]) -> None:
        """Drop the header."""


_NO_TRAILERS = _NoTrailers()


class BoundedHttpToolsProtocol(HttpToolsProtocol):
    """Answers 400 to a head that is too long or has not one Host, and to too many requests at once. Closes a connection
    whose request is too long."""

    most_uploaded: ClassVar[int] = 0
    """Bytes of a file that may be uploaded, beside ``MAX_REQUEST``."""

    # Not in the dictionary: objects of a class share the keys of theirs, up to 30, and uvicorn has 28. With more, each
    # connection would have a dictionary of its own, of 1.6 kB.
    __slots__ = ("_first", "_limit", "_received")

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._received, self._first, self._limit = 0, 0, MAX_HEAD
        self.pipeline = _Waiting()  # type: ignore[assignment]  # uvicorn uses no more of it

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, and count it."""
        self._received += len(data)
        super().data_received(data)
        if self._received > self._limit and not self.transport.is_closing():
            if self._limit == MAX_HEAD:
                self.send_400_response("Invalid HTTP request received.")
            else:
                self.transport.close()

    def unfinished_head(self, data: bytes) -> int:
        """Bytes of a head whose end is missing, at most. ``data`` has been parsed just now, if any. The parser does not
        say where in it a head began: after the last empty line, at the earliest."""
        if self._limit != MAX_HEAD:
            return 0
        if data and not self._received:
            self._first = len(data) - data.rfind(b"\n\r\n") - 1
        return self._first + self._received

    def on_message_begin(self) -> None:
        """Called by the parser when a request begins."""
        super().on_message_begin()
        self._received, self._limit = 0, MAX_HEAD

    def on_headers_complete(self) -> None:
        """Called by the parser when a request's head is complete. What is raised here is answered with 400."""
        if len(self.pipeline) >= MOST_WAITING:
            raise ValueError("too many requests at once")
        hosts = [name for name, _ in self.headers].count(b"host")
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            raise ValueError("HTTP/1.1 needs one Host (RFC 9112, section 3.2), which llhttp does not check")
        super().on_headers_complete()
        is_upload = self.url.partition(b"?")[0].endswith(UPLOADS)
        self._limit = MAX_REQUEST + (self.most_uploaded if is_upload else 0)
        self.headers = _NO_TRAILERS  # uvicorn would add trailers to the headers that a proxy has checked

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        def quick(scope: Any, receive: Any, _send: Any) -> Awaitable[None]:
            answer: Awaitable[None] = app(scope, receive, partial(send_quickly, cycle))
            return answer

        super()._start_asgi_task(cycle, quick)
