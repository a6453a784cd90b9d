"""One token, many posts at once, two processes on one store: one comment."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy

from db import tables
from tests.conftest import DATABASES, run_on_postgres
from tests.postgres_cluster import DISK
from tests.reader import Reader
from tests.service_process import PATIENCE, ServiceProcess, serving

POSTS = 64


def stored(database_url: str, beginning: str = "") -> list[Any]:
    """Every comment in the store that begins so."""
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(tables.comment.select().where(tables.comment.c.text.startswith(beginning))).all()
    engine.dispose()
    return list(rows)


def post_at_once(services: list[ServiceProcess], forms: list[dict[str, str]]) -> list[Any]:
    """Send each form from a thread of its own, to the services in turn, all at the same moment."""
    start = Barrier(len(forms))

    def send(number: int) -> Any:
        with services[number % len(services)].client() as client:
            start.wait(PATIENCE)
            return Reader(client).send(forms[number])

    with ThreadPoolExecutor(len(forms)) as threads:
        return list(threads.map(send, range(len(forms))))


def fields(service: ServiceProcess, **changes: str) -> dict[str, str]:
    with service.client() as client:
        return Reader(client).fields(**changes)


@pytest.fixture(scope="module", params=DATABASES)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a store on each database, which the tests share."""
    if request.param == "sqlite":
        with tempfile.TemporaryDirectory(prefix="reply-faults-", dir=DISK) as folder:
            yield f"sqlite:///{folder}/comments.db"
        return
    server: str = request.getfixturevalue("postgres_server")
    run_on_postgres(server, "CREATE DATABASE at_once TEMPLATE ready")
    yield server.replace("/postgres?", "/at_once?")
    run_on_postgres(server, "DROP DATABASE at_once WITH (FORCE)")


@pytest.fixture(scope="module")
def services(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[ServiceProcess]]:
    with serving(tmp_path_factory.mktemp("at-once"), 2, REPLY_DATABASE_URL=store) as services:
        yield services


def test_a_form_sent_64_times_at_once_to_two_processes_is_one_comment(
    store: str, services: list[ServiceProcess]
) -> None:
    answers = post_at_once(services, [fields(services[0], comment="The same each time.")] * POSTS)
    [comment] = stored(store, "The same")
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.headers["location"].rpartition("#")[2] for answer in answers} == {f"comment-{comment.id}"}


def test_64_tokens_at_once_on_two_pages_are_64_comments(store: str, services: list[ServiceProcess]) -> None:
    """Group commit on both sides, with rows of two pages locked in any order.

    Before the next test, whose refusals may make the questions of one of the two processes harder.
    """
    with services[0].client() as client:
        forms = [
            Reader(client).fields(
                page=f"https://blog.example/{number // 2 % 2}",
                comment=f"Thought {number}",
                author=f"Ada {number}",
                email=f"ada{number}@example.org",
            )
            for number in range(POSTS)
        ]
    answers = post_at_once(services, forms)
    assert [answer.status_code for answer in answers] == [303] * POSTS
    assert sorted(row.text for row in stored(store, "Thought ")) == sorted(form["comment"] for form in forms)


def test_one_token_for_64_different_comments_takes_one_of_them(store: str, services: list[ServiceProcess]) -> None:
    form = fields(services[0])
    forms = [form | {"comment": f"Idea {number}", "author": f"Ada {number}"} for number in range(POSTS)]
    answers = post_at_once(services, forms)
    [comment] = stored(store, "Idea ")
    assert sorted(answer.status_code for answer in answers) == [303] + [422] * (POSTS - 1)
    assert comment.text == f"Idea {[answer.status_code for answer in answers].index(303)}"
