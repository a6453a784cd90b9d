"""Silent and half-asked connections do not keep readers out."""

import socket
import time
from pathlib import Path

from service import impatient
from tests.browser.server import Server
from tests.plain_client import PlainClient


def test_a_connection_that_says_nothing_is_closed_and_readers_are_answered(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        port = int(server.url.rpartition(":")[2])
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
        for half in silent[::2]:
            half.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow")
        started = time.monotonic()
        try:
            assert PlainClient(server.url).get("/").status_code == 200
            for connection in silent:
                connection.settimeout(impatient.SECONDS + 5)
                assert connection.recv(1) == b""
        finally:
            for connection in silent:
                connection.close()
        assert time.monotonic() - started < impatient.SECONDS + 5
        assert PlainClient(server.url).get("/").status_code == 200
