"""Posts that are too large or no text: a 4xx for each, and the memory of the service stays flat."""

import select
import socket
from collections.abc import Iterator

import pytest

from tests.reader import ARTICLE, Reader
from tests.service_process import PATIENCE, ServiceProcess, serving

MEGABYTE = 1_000_000
FORM = b"page=https%3A%2F%2Fblog.example%2Fpost&author=Ada&email=ada%40example.org&comment="

HEAVY = {
    "10 MB": (413, FORM + b"a" * (10 * MEGABYTE)),
    "10,000 fields": (400, FORM + b"hello" + b"".join(b"&f%d=1" % number for number in range(10_000))),
    "NUL": (400, FORM + b"a%00b"),
    "raw NUL": (400, FORM + b"a\x00b"),
    "invalid UTF-8": (422, FORM + b"%ff%fe"),
    "raw invalid UTF-8": (422, FORM + b"\xff\xfe"),
    "a surrogate": (422, FORM + b"%ed%a0%80"),
    "a 1 MB token": (413, FORM + b"hello&captcha=8&captcha_token=" + b"a" * MEGABYTE),
    "a 200 kB token": (422, FORM + b"hello&captcha=8&captcha_token=" + b"a" * 200_000),
    "a 200 kB answer": (422, FORM + b"hello&captcha=" + b"8" * 200_000),  # no token: one more step
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with serving(tmp_path_factory.mktemp("heavy")) as [service]:
        yield service


def status(service: ServiceProcess, body: bytes, *, chunked: bool = False) -> int:
    """Send a body until there is an answer, as a browser would, and give its status."""
    length = b"transfer-encoding: chunked" if chunked else b"content-length: %d" % len(body)
    head = b"POST /comments HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n%s\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as connection:
        connection.sendall(head % length)
        _send_until_answered(connection, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body)
        return int(connection.makefile("rb").readline().split()[1])


def _send_until_answered(connection: socket.socket, body: bytes) -> None:
    rest = memoryview(body)
    while rest:
        readable, writable, _ = select.select([connection], [connection], [], PATIENCE)
        if readable:
            return
        if writable:
            rest = rest[connection.send(rest[:65536]) :]


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_post_is_refused(service: ServiceProcess, name: str) -> None:
    wanted, body = HEAVY[name]
    assert status(service, body) == wanted


def test_a_long_body_that_does_not_say_how_long_is_refused(service: ServiceProcess) -> None:
    assert status(service, HEAVY["10 MB"][1], chunked=True) == 413


def test_memory_stays_flat_under_heavy_posts(service: ServiceProcess) -> None:
    def post_each(times: int) -> None:
        for _, body in list(HEAVY.values()) * times:
            status(service, body)
            status(service, body, chunked=True)

    post_each(1)
    before = service.resident_bytes
    post_each(5)
    assert service.resident_bytes - before < 20 * MEGABYTE
    with service.client() as client:
        assert Reader(client).post(ARTICLE).status_code == 303
    assert "Traceback" not in service.log
