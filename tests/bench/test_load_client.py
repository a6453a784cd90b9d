"""The client understands what the servers say that it measures, and counts every answer once."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import load_client, sample_requests, wrk
from bench.load_client import Load

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\n, you\r\n0\r\n\r\n"
CLOSING = b"HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"
EMPTY = b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"


@contextmanager
def saying(answer: bytes, *, keep: bool) -> Iterator[int]:
    """The port of a server with one answer to everything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, answer, keep), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, answer: bytes, keep: bool) -> None:
    try:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection, answer, keep), daemon=True).start()
    except OSError:
        return


def _answer(connection: socket.socket, answer: bytes, keep: bool) -> None:
    with connection:
        while connection.recv(65536):
            connection.sendall(answer[:40])
            connection.sendall(answer[40:])
            if not keep:
                return


@pytest.mark.parametrize(
    ("answer", "keep", "status", "body"),
    [
        (PLAIN, True, 200, b"hello"),
        (CHUNKED, True, 200, b"hello, you"),
        (CLOSING, False, 201, b"hello"),
        (UNTIL_CLOSED, False, 200, b"hello"),
        (EMPTY, True, 302, b""),
    ],
    ids=["length", "chunks", "closing", "until closed", "empty"],
)
def test_every_way_to_end_an_answer_is_understood(answer: bytes, keep: bool, status: int, body: bytes) -> None:
    with saying(answer, keep=keep) as port:
        result = load_client.drive(Load(port, [sample_requests.get("/")] * 7, connections=3, keep_bodies=True))
    assert result.statuses == {status: 7}
    assert result.bodies == [body] * 7


def test_requests_that_are_sent_once_are_sent_once_however_long_it_may_take() -> None:
    with saying(PLAIN, keep=True) as port:
        result = load_client.drive(Load(port, [sample_requests.get("/")] * 5, connections=2, seconds=60, once=True))
    assert result.statuses == {200: 5}


def test_requests_that_are_sent_once_end_with_their_time() -> None:
    with saying(PLAIN, keep=True) as port:
        result = load_client.drive(Load(port, [sample_requests.get("/")] * 5, connections=1, seconds=1e-9, once=True))
    assert result.statuses == {200: 1}


def test_the_warm_up_is_counted_apart() -> None:
    with saying(PLAIN, keep=True) as port:
        result = load_client.drive(
            Load(port, [sample_requests.get("/")] * 5, connections=2, seconds=60, warm_up=1e-9, once=True)
        )
    assert (result.warmed, result.statuses) == (2, {200: 5})


def test_a_server_that_hangs_up_is_an_error() -> None:
    with (
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", keep=False) as port,
        pytest.raises(ConnectionError),
    ):
        load_client.drive(Load(port, [sample_requests.get("/")], connections=1))


WRK = """#!{python}
import json, os, sys, urllib.request
headers = dict(sys.argv[at + 1].split(": ") for at, word in enumerate(sys.argv) if word == "--header")
for _ in range(3):
    urllib.request.urlopen(urllib.request.Request(sys.argv[-1], headers=headers)).read()
print("Running 2s test")
print(json.dumps({{"requests": 3, "duration": 2_000_000, "failed": {failed}, "within": [1000] * 99 + [9000]}}))
"""


@pytest.mark.parametrize("failed", [0, 1])
def test_one_request_again_and_again_is_left_to_wrk(
    failed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "wrk"
    program.write_text(WRK.format(python=sys.executable, failed=failed))
    program.chmod(0o755)
    monkeypatch.setattr(wrk, "program", lambda: (str(program), {}))
    with saying(PLAIN, keep=True) as port:
        result = load_client.run(Load(port, [sample_requests.get("/")], connections=2, seconds=2, warm_up=1))
    assert result.statuses == {200: 3} if not failed else {200: 2, 0: 1}
    assert (result.warmed, result.per_second) == (1 + 3, 1.5)
    assert (result.latency(0.5), result.latency(1)) == (0.001, 0.009)


def test_without_wrk_the_own_client_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrk, "program", lambda: None)
    with saying(PLAIN, keep=True) as port:
        result = load_client.run(Load(port, [sample_requests.get("/")], connections=2, seconds=0.01))
    assert set(result.statuses) == {200}
    assert len(result.latencies) == result.statuses.total() > 0
