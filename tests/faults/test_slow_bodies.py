"""Bodies that do not arrive lock nobody out, whatever their number and their path."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from service.server.connection_limits import most_connections
from service.web.http.concurrency_limit import MOST_REQUESTS
from service.web.http.request_body import MAX_BODY
from tests.reader import ARTICLE
from tests.service_process import PATIENCE, ServiceProcess, serving

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
FACES = (
    ("/comments", FORM),
    ("/comments", MULTIPART),
    ("/api/v1/check", JSON),
    ("/1.1/comment-check", FORM),
    ("/1.1/submit-spam", MULTIPART),
    ("/siteverify", JSON),
    ("/siteverify", FORM),
    ("/captcha/answer", FORM),
    ("/wp-comments-post.php", FORM),
    ("/wp-json/wp/v2/comments", JSON),  # answered before its body has come, since it needs a password
    ("/admin/login", FORM),
)
PART = b'{"pages": ['
FEW_FILES = 400


def head(path: str, kind: str, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Type: {kind}", "Sec-Fetch-Site: same-origin", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def begun(path: str, kind: str) -> bytes:
    """A request of whose body most is still to come."""
    return head(path, kind, "Content-Length: 400") + PART


@contextmanager
def connected(service: ServiceProcess, number: int = 1) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        address = ("127.0.0.1", service.port)
        yield [stack.enter_context(socket.create_connection(address, PATIENCE)) for _ in range(number)]


@contextmanager
def slow(service: ServiceProcess, requests: Sequence[bytes]) -> Iterator[list[socket.socket]]:
    """A connection for each, that says this and no more."""
    with connected(service, len(requests)) as connections:
        for connection, said in zip(connections, requests, strict=True):
            connection.sendall(said)
        yield connections


def statuses(service: ServiceProcess) -> dict[str, int]:
    with service.client() as client:
        return {
            path: client.get(path, params={"page": ARTICLE}).status_code for path in ("/healthz", "/readyz", "/page")
        }


def read_to_the_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


ANSWERED = {"/healthz": 200, "/readyz": 200, "/page": 200}


def test_who_has_sent_a_body_for_longest_makes_room(tmp_path: Path) -> None:
    most_connections()  # of this process
    too_many = 10
    requests = [begun("/counts", JSON)] * (MOST_REQUESTS + too_many) + [begun(*face) for face in FACES] * 5
    with serving(tmp_path) as [service]:
        with slow(service, requests) as connections:
            assert statuses(service) == ANSWERED
            for connection in connections[:too_many]:
                answer = read_to_the_end(connection)
                assert answer.startswith(b"HTTP/1.1 408 ")
                assert b"The request took too long to arrive. Please send it again." in answer
        assert statuses(service) == ANSWERED
        assert "Traceback" not in service.log


def test_bodies_make_room_when_no_file_is_left(tmp_path: Path) -> None:
    with serving(tmp_path, files=FEW_FILES) as [service]:
        with slow(service, [begun("/counts", JSON)] * 350):
            for _ in range(20):
                assert statuses(service) == ANSWERED
        assert "Traceback" not in service.log
        assert "out of system resource" not in service.log


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with serving(tmp_path_factory.mktemp("slow")) as [service]:
        yield service


@pytest.mark.parametrize("kind", [JSON, FORM, MULTIPART])
def test_a_body_that_is_to_be_too_long_is_not_asked_for(service: ServiceProcess, kind: str) -> None:
    path = "/counts" if kind == JSON else "/comments"
    with connected(service) as [connection]:
        connection.sendall(head(path, kind, f"Content-Length: {MAX_BODY + 1}", "Expect: 100-continue"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("kind", [JSON, FORM, MULTIPART])
def test_a_body_that_gets_too_long_is_cut(service: ServiceProcess, kind: str) -> None:
    path = "/counts" if kind == JSON else "/comments"
    with connected(service) as [connection]:
        connection.sendall(head(path, kind, "Transfer-Encoding: chunked") + b"%x\r\n" % (2 * MAX_BODY))
        connection.sendall(b"x" * (MAX_BODY + 1))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_waits_to_be_asked_for_is_asked_for(service: ServiceProcess) -> None:
    body = b'{"pages": []}'
    with connected(service) as [connection]:
        connection.sendall(head("/counts", JSON, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_who_hangs_up_half_way_leaves_no_trace(service: ServiceProcess) -> None:
    with slow(service, [begun(*face) for face in FACES]) as connections:
        for connection in connections:
            connection.shutdown(socket.SHUT_RDWR)
    assert statuses(service) == ANSWERED
    assert "Traceback" not in service.log
