"""One connection of the client: as much of HTTP/1.1 as the servers here say."""

import re
import socket
import time
from collections.abc import Iterator

PATIENCE = 60
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_UNTIL_CHUNK, _UNTIL_CLOSED = -1, -2


class ClientConnection:
    """One connection, with at most one request on its way. It is opened again for a server that closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.watched = False
        self._open()
        self._buffer = b""
        self._end = 0
        self._sent_at = 0.0

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.closes = False

    def send(self, request: bytes) -> None:
        self._buffer, self._end = b"", 0
        self._sent_at = time.perf_counter()
        if self.closes:
            self._open()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there. Whether the answer is complete."""
        chunk = self.socket.recv(262_144)
        if not chunk:
            if self._end != _UNTIL_CLOSED:
                raise ConnectionError("the server closed a connection")
            return True
        self._buffer += chunk
        if not self._end and (head := self._buffer.find(b"\r\n\r\n")) > 0:
            self._end = self._end_of_body(head)
        if self._end == _UNTIL_CHUNK:
            return self._buffer.endswith(_LAST_CHUNK)
        return 0 < self._end <= len(self._buffer)

    def _end_of_body(self, head: int) -> int:
        self.closes = bool(_CLOSES.search(self._buffer, 0, head + 2))
        if length := _LENGTH.search(self._buffer, 0, head + 2):
            return head + 4 + int(length[1])
        if _CHUNKED.search(self._buffer, 0, head + 2):
            return _UNTIL_CHUNK
        return _UNTIL_CLOSED if self.closes else head + 4

    @property
    def seconds(self) -> float:
        """Since the request was sent."""
        return time.perf_counter() - self._sent_at

    @property
    def status(self) -> int:
        """Of the complete answer."""
        return int(self._buffer[9:12])

    @property
    def body(self) -> bytes:
        """Of the complete answer."""
        body = self._buffer.partition(b"\r\n\r\n")[2]
        return b"".join(_chunks(body)) if self._end == _UNTIL_CHUNK else body


def _chunks(body: bytes) -> Iterator[bytes]:
    """The contents of the chunks."""
    at = 0
    while size := int(body[at : (start := body.index(b"\r\n", at) + 2)], 16):
        yield body[start : start + size]
        at = start + size + 2
