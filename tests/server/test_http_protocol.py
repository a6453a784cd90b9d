"""Connections and requests are limited alike on httptools and on h11."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from service.server.httptools_protocol import MAX_HEAD, MAX_REQUEST
from service.web.http.request_body import MAX_BODY
from tests.server.conftest import on_parser
from tests.service_process import PATIENCE, ServiceProcess, wait_for

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /counts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
ALIVE = b"alive\n"
RESET = b"(reset)"


def connect(service: ServiceProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), PATIENCE)


def read_to_the_end(connection: socket.socket) -> bytes:
    """All that comes, and ``RESET`` if the service closed it without having read everything."""
    answer = b""
    try:
        while piece := connection.recv(65536):
            answer += piece
    except ConnectionResetError:
        answer += RESET
    return answer


def answer_to(service: ServiceProcess, *pieces: bytes) -> bytes:
    """What comes until the service closes the connection."""
    with closing(connect(service)) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it does not want to read more
        return read_to_the_end(connection)


@pytest.mark.parametrize("hosts", [b"", b"Host: x\r\nHost: y\r\n"], ids=["none", "two"])
def test_a_request_names_one_host(service: ServiceProcess, hosts: bytes) -> None:
    assert answer_to(service, b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_length_beside_chunks_is_refused(service: ServiceProcess, order: tuple[int, int]) -> None:
    lengths = (b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n")
    answer = answer_to(service, POST + lengths[order[0]] + lengths[order[1]] + b"\r\n0\r\n\r\n" + GET)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert ALIVE not in answer, "what follows is not taken for a request"


def test_a_head_without_end_is_refused(service: ServiceProcess) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: "
    answer = answer_to(service, head, *[b"x" * MAX_HEAD] * 40)
    assert answer.startswith((b"HTTP/1.1 400 ", RESET)), "the reset may come before the answer was read"
    assert answer_to(service, GET[:-2] + b"Connection: close\r\n\r\n").endswith(ALIVE)


def test_trailers_are_not_headers(service: ServiceProcess) -> None:
    """A trusted proxy checks the head alone. An id that it sends there is taken over."""
    body = b"2\r\n{}\r\n0\r\nX-Request-ID: from-the-trailer\r\n\r\n"
    head = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b"from-the-trailer" not in answer_to(service, head + body)
    assert b"from-the-head" in answer_to(service, head[:-2] + b"X-Request-ID: from-the-head\r\n\r\n" + body)
    in_the_head = head[:-2] + b"X-Request-ID: from-the-head\r\n\r\n"
    assert b"from-the-head" in answer_to(service, in_the_head + body)


def test_trailers_without_end_close_the_connection(service: ServiceProcess) -> None:
    before = most_memory(service)
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: "
    answer_to(service, head, *[b"x" * MAX_REQUEST] * 12)
    assert most_memory(service) - before < 5 * MAX_REQUEST


def test_what_follows_a_body_that_is_not_read_is_answered(service: ServiceProcess) -> None:
    """The longest body that a page takes is 8 MiB; this one is longer than its handler wants."""
    body = b"x" * (8 * 1024 * 1024)
    ends = GET[:-2] + b"Connection: close\r\n\r\n"
    answer = answer_to(service, POST + b"Content-Length: %d\r\n\r\n" % len(body) + body, ends)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(ALIVE)


def test_an_upload_may_be_longer_than_other_requests(service: ServiceProcess) -> None:
    """It is refused here, since nobody is logged in: what matters is that the connection is not closed."""
    body = b"x" * (MAX_REQUEST + 64 * 1024)
    ends = GET[:-2] + b"Connection: close\r\n\r\n"
    head = b"POST /admin/import HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer = answer_to(service, head + body, ends)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(ALIVE)


def most_memory(service: ServiceProcess) -> int:
    """The most bytes that the process has held so far."""
    status = Path(f"/proc/{service.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_requests_sent_at_once_are_answered_in_order(service: ServiceProcess) -> None:
    ends = GET[:-2] + b"Connection: close\r\n\r\n"
    body = b'{"pages": []}'
    post = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    answer = answer_to(service, GET + post + GET + ends)
    statuses = [answer[at : at + 12] for at in range(len(answer)) if answer.startswith(b"HTTP/1.1 ", at)]
    assert statuses == [b"HTTP/1.1 200"] * 4
    assert answer.count(ALIVE) == 3
    assert answer.endswith(ALIVE)


def test_a_body_is_asked_for_and_one_that_is_too_long_is_not(service: ServiceProcess) -> None:
    for length, status in ((2, b"100"), (MAX_BODY + 1, b"413")):
        with closing(connect(service)) as connection:
            connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % length)
            assert connection.recv(65536).startswith(b"HTTP/1.1 " + status)


def test_head_and_body_of_an_answer_arrive_together(service: ServiceProcess) -> None:
    with closing(connect(service)) as connection:
        for _ in range(20):
            connection.sendall(GET)
            assert connection.recv(65536).endswith(ALIVE)


def test_an_answer_larger_than_the_buffers_is_complete(service: ServiceProcess) -> None:
    with service.client() as client:
        script = client.get("/embed.js").content
        pieces = [client.get("/embed.js").content for _ in range(20)]
    assert len(script) > 10_000
    assert pieces == [script] * 20


@contextmanager
def half_asked(service: ServiceProcess, number: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(connect(service))) for _ in range(number)]
        for connection in connections:
            connection.sendall(GET[:20])
        yield connections


def test_half_a_request_is_closed_in_time_and_an_answered_one_before_it(service: ServiceProcess) -> None:
    with half_asked(service, 5) as connections, closing(connect(service)) as answered:
        answered.sendall(GET + GET[:20])
        assert read_to_the_end(answered).endswith(ALIVE)
        assert [read_to_the_end(connection) for connection in connections] == [b""] * 5


def test_without_the_fast_packages_idle_connections_make_room_and_drain(tmp_path: Path) -> None:
    with on_parser("h11", tmp_path, files=400) as [service], ExitStack() as stack:
        port = service.port
        half = stack.enter_context(half_asked(service, 300))
        last = stack.enter_context(closing(connect(service)))
        last.sendall(GET)
        assert last.recv(65536).endswith(ALIVE)
        # a reset where the service had not read the half request yet when it closed the connection
        assert read_to_the_end(half[0]) in (b"", RESET), "the longest idle one made room"
        service.terminate()
        wait_for(lambda: refuses(port), "the service still listens")
        last.sendall(GET)
        assert b"connection: close" in read_to_the_end(last).lower()
        service.wait(PATIENCE)
        assert "Traceback" not in service.log


def refuses(port: int) -> bool:
    """Whether nobody listens there any more."""
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE).close()
    except ConnectionError:
        return True
    return False


MANY_ANSWERS = (GET.replace(b"/healthz", b"/embed.js")) * 16
"""Some 300 kB of answers: the kernel takes less than half of it for a client that does not read."""


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_who_does_not_read_makes_room_for_readers(tmp_path: Path, parser: str) -> None:
    with on_parser(parser, tmp_path, files=400) as [service], ExitStack() as stack:
        for _ in range(450):
            slow = stack.enter_context(closing(socket.socket()))
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.settimeout(PATIENCE)
            slow.connect(("127.0.0.1", service.port))
            slow.sendall(MANY_ANSWERS)
        for _ in range(20):
            assert answer_to(service, GET[:-2] + b"Connection: close\r\n\r\n").endswith(ALIVE)
        assert "out of system resource" not in service.log
        assert "Traceback" not in service.log


def test_requests_sent_at_once_are_limited(service: ServiceProcess) -> None:
    """They are parsed before they are answered, and take a hundred times as much memory as on the wire."""
    before = service.resident_bytes
    with ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(closing(connect(service)))
            connection.sendall(GET * 1600)
        assert answer_to(service, GET[:-2] + b"Connection: close\r\n\r\n").endswith(ALIVE)
        assert service.resident_bytes - before < 40_000_000
