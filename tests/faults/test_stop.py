"""SIGTERM: what was accepted is answered, and the service ends within ten seconds."""

import re
import socket
import sqlite3
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from service.app import SECONDS_TO_FLUSH
from service.server.http_protocol import DRAIN_SECONDS
from service.server.run_server import SECONDS_TO_ANSWER, SECONDS_TO_END
from tests.reader import ARTICLE, Reader
from tests.service_process import PATIENCE, ServiceProcess, serving, wait_for

POSTS = 8
HEAD = (
    "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    "accept: text/html\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
)


def begin_post(service: ServiceProcess, body: bytes, path: str = "/comments") -> socket.socket:
    """A post that the service has accepted, as it says itself, but that is not complete."""
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE)
    connection.sendall(HEAD.format(length=len(body), path=path).encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 100")
    return connection


def refuses(port: int) -> bool:
    """Whether nobody listens there any more."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionError:
        return True
    return False


def receive_answer(connection: socket.socket) -> bytes:
    """All of the answer of ``/healthz``."""
    answer = b""
    while not answer.endswith(b"alive\n"):
        answer += connection.recv(4096)
    return answer


def bodies(service: ServiceProcess) -> list[bytes]:
    with service.client() as client:
        forms = [Reader(client).fields(comment=f"Thought {n}", email=f"{n}@example.org") for n in range(POSTS)]
    return [urlencode(form).encode() for form in forms]


def test_all_that_is_waited_for_is_over_within_ten_seconds() -> None:
    assert max(SECONDS_TO_ANSWER, DRAIN_SECONDS) + SECONDS_TO_FLUSH < SECONDS_TO_END < 10


def test_posts_that_were_accepted_are_answered_before_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as [service], ExitStack() as stack:
        port, sent = service.port, bodies(service)
        posts = [(stack.enter_context(begin_post(service, body)), body) for body in sent]
        service.terminate()
        wait_for(lambda: refuses(port), "the service still listens")
        for connection, body in posts:
            connection.sendall(body)
        assert [connection.recv(12) for connection, _ in posts] == [b"HTTP/1.1 303"] * POSTS
        service.wait(PATIENCE)
        with closing(sqlite3.connect(tmp_path / "comments.db")) as store:
            assert store.execute("SELECT count(*) FROM comment").fetchone() == (POSTS,)


def test_idle_connections_do_not_hold_the_service_up_and_may_ask_one_thing_more(tmp_path: Path) -> None:
    with serving(tmp_path) as [service], ExitStack() as stack:
        service.hang_up()  # as systemd does to reload; with one process there is nothing to replace
        port, ask = service.port, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
        idle = [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)))
            for _ in range(20)
        ]
        for connection in idle:
            connection.sendall(ask)
            assert receive_answer(connection).startswith(b"HTTP/1.1 200")
        service.terminate()
        wait_for(lambda: refuses(port), "the service still listens")
        idle[0].sendall(ask)
        last = receive_answer(idle[0])
        assert last.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in last.lower()
        assert [connection.recv(1) for connection in idle] == [b""] * len(idle)
        service.wait(PATIENCE)


def received(connection: socket.socket) -> str:
    """All of an answer, whose connection is closed after it."""
    return b"".join(iter(partial(connection.recv, 65_536), b"")).decode()


def edit(service: ServiceProcess, text: str) -> bytes:
    """The form by which an author changes a comment that was just posted."""
    with service.client() as client:
        posted = Reader(client).post(comment="Thought", email="own@example.org", json=True).json()
    return urlencode({"page": ARTICLE, "preview": posted["own"], "action": "save", "comment": text}).encode()


def test_neither_slow_readers_nor_a_lock_hold_the_service_up(tmp_path: Path) -> None:
    """One who never finishes a post, one who takes no answer, and another program that holds the database's lock: who
    waits for it gets 503, and the form with what was typed."""
    with serving(tmp_path) as [service], ExitStack() as stack:
        store = stack.enter_context(closing(sqlite3.connect(tmp_path / "comments.db", isolation_level=None)))
        stack.enter_context(begin_post(service, b"never sent"))
        deaf = stack.enter_context(closing(socket.socket()))
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.connect(("127.0.0.1", service.port))
        deaf.sendall(b"GET /embed.js HTTP/1.1\r\nhost: x\r\n\r\n" * 200)
        sent = [(body, "/comments") for body in bodies(service)] + [(edit(service, "Thought again"), "/own")]
        waiting = [(stack.enter_context(begin_post(service, *each)), each[0]) for each in sent]
        store.execute("BEGIN IMMEDIATE")
        for connection, body in waiting:
            connection.sendall(body)
        service.terminate()
        answers = [received(connection) for connection, _ in waiting]
        service.wait(PATIENCE)
        store.execute("ROLLBACK")
        assert [answer.partition("\r\n")[0] for answer in answers] == ["HTTP/1.1 503 Service Unavailable"] * len(sent)
        assert all(re.search(r"(?i)^retry-after: \d+", answer, re.MULTILINE) for answer in answers)
        for number, answer in enumerate(answers[:-1]):
            assert f">\nThought {number}</textarea>" in answer
        assert ">\nThought again</textarea>" in answers[-1]
        assert store.execute("SELECT text FROM comment").fetchall() == [("Thought",)]
