"""The client's address: the socket's, or the right-most untrusted hop behind trusted proxies. It is never stored."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from db import tables
from service.app import create_app
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import Reader

PROXY, STRANGER = "10.0.0.2", "192.0.2.66"
From = Callable[[str, str], bytes]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'comments.db'}"


@pytest.fixture
def post_from(settings: Settings, clock: Clock) -> Iterator[From]:
    """Posts from a socket with an X-Forwarded-For, and returns the stored pseudonym of the client."""
    trusted = Settings(trusted_proxies="10.0.0.0/8 fd00::/8").trusted_proxies
    app = create_app(settings.model_copy(update={"trusted_proxies": trusted}), clock)
    number = iter(range(100))
    with AppClient(app, base_url=PUBLIC_URL, follow_redirects=False) as client:
        context = client.app_state["context"]
        assert isinstance(context, AppContext)

        def post(socket: str, forwarded: str) -> bytes:
            client.address = (socket, 5000)
            reader, text = Reader(client, clock), f"Thought {next(number)}"
            headers = {"x-forwarded-for": forwarded} if forwarded else {}
            answer = reader.send(reader.fields(comment=text), json=True, headers=headers)
            assert answer.status_code == 201
            with context.engine.connect() as connection:
                kept = connection.execute(select(tables.comment.c.client).where(tables.comment.c.text == text))
                return bytes(kept.scalar_one())

        yield post


@pytest.mark.parametrize(
    ("socket", "forwarded", "means"),
    [
        (STRANGER, "198.51.100.7", STRANGER),  # sent by an untrusted client, the header is ignored
        (PROXY, "198.51.100.7", "198.51.100.7"),
        (PROXY, "203.0.113.1, 198.51.100.7", "198.51.100.7"),  # the client itself wrote what is further left
        (PROXY, "203.0.113.1, 198.51.100.7, 10.1.1.1", "198.51.100.7"),
        (PROXY, "198.51.100.7,10.1.1.1 , 10.2.2.2", "198.51.100.7"),
        (PROXY, "", PROXY),
        (PROXY, "10.3.3.3", "10.3.3.3"),
        (PROXY, "198.51.100.7, nonsense", PROXY),
        ("::ffff:10.0.0.2", "::ffff:198.51.100.7", "198.51.100.7"),
        ("fd00::1", "2001:db8:1:2::7", "2001:db8:1:2::7"),
    ],
)
def test_it_is_the_last_hop_that_is_no_trusted_proxy(post_from: From, socket: str, forwarded: str, means: str) -> None:
    assert post_from(socket, forwarded) == post_from(means, "")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_a_client_is_a_network(post_from: From, one: str, other: str, same: bool) -> None:
    assert (post_from(one, "") == post_from(other, "")) is same


def test_the_pseudonym_changes_the_next_day(post_from: From, clock: Clock) -> None:
    today = post_from(STRANGER, "")
    clock.advance(days=1)
    assert post_from(STRANGER, "") != today


def test_the_address_is_neither_stored_nor_logged(
    post_from: From, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    post_from(PROXY, "203.0.113.91, 198.51.100.77")
    files = b"".join(path.read_bytes() for path in tmp_path.glob("comments.db*"))
    assert b"Thought" in files
    for address in ("198.51.100.", "203.0.113."):
        assert address.encode() not in files
        assert address not in "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
