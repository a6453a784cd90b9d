"""Silent, half-asked and forgotten connections do not keep readers out, however many they are."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.service_process import PATIENCE, ServiceProcess, serving

HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow"
WHOLE = b"GET /embed.css HTTP/1.1\r\nHost: x\r\n\r\n"
FEW_FILES = 400


@contextmanager
def idle(service: ServiceProcess, number: int, said: bytes) -> Iterator[list[socket.socket]]:
    """Connections that send only ``said``."""
    with ExitStack() as stack:
        address = ("127.0.0.1", service.port)
        connections = [stack.enter_context(socket.create_connection(address, PATIENCE)) for _ in range(number)]
        for connection in connections:
            connection.sendall(said)
        yield connections


def is_answered(service: ServiceProcess) -> bool:
    with service.client() as client:
        return client.get("/").status_code == 200


def read_to_the_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def is_hung_up(connection: socket.socket) -> bool:
    """Also if what it had said was not read before: then the system says so more rudely."""
    try:
        return read_to_the_end(connection) == b""
    except ConnectionResetError:
        return True


def test_a_connection_that_does_not_ask_in_time_is_closed_and_readers_are_answered(tmp_path: Path) -> None:
    with (
        serving(tmp_path) as [service],
        idle(service, 100, b"") as silent,
        idle(service, 100, HALF) as half,
        idle(service, 100, WHOLE + HALF) as slow_the_second_time,
    ):
        assert is_answered(service)
        for connection in silent + half:
            assert read_to_the_end(connection) == b""
        for connection in slow_the_second_time:
            assert read_to_the_end(connection).startswith(b"HTTP/1.1 200")
        assert is_answered(service)


def test_more_connections_than_files_make_room_for_who_asks(tmp_path: Path) -> None:
    with serving(tmp_path, files=FEW_FILES) as [service]:
        with idle(service, 600, HALF) as half, service.client() as client:
            assert is_answered(service)
            for _ in range(20):
                assert client.get("/page", params={"page": "https://blog.example/post"}).status_code == 200
            assert is_hung_up(half[0]), "the longest idle one went first"
        assert "Traceback" not in service.log
        assert "out of system resource" not in service.log
