"""One token, many posts at once, two processes on one store: one comment."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import sqlalchemy

from db import tables
from tests.reader import Reader
from tests.service_process import ServiceProcess, serving

POSTS = 64


def stored(database_url: str) -> list[Any]:
    """Every comment in the store."""
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(tables.comment.select()).all()
    engine.dispose()
    return list(rows)


def post_at_once(services: list[ServiceProcess], forms: list[dict[str, str]]) -> list[Any]:
    """Send each form from a thread of its own, to the services in turn, all at the same moment."""
    start = Barrier(len(forms))

    def send(number: int) -> Any:
        with services[number % len(services)].client() as client:
            start.wait(60)
            return Reader(client).send(forms[number])

    with ThreadPoolExecutor(len(forms)) as threads:
        return list(threads.map(send, range(len(forms))))


def fields(service: ServiceProcess, **changes: str) -> dict[str, str]:
    with service.client() as client:
        return Reader(client).fields(**changes)


def test_a_form_sent_64_times_at_once_to_two_processes_is_one_comment(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path, 2, REPLY_DATABASE_URL=database_url) as services:
        answers = post_at_once(services, [fields(services[0])] * POSTS)
        [comment] = stored(database_url)
        assert {answer.status_code for answer in answers} == {303}
        assert {answer.headers["location"].rpartition("#")[2] for answer in answers} == {f"comment-{comment.id}"}


def test_one_token_for_64_different_comments_takes_one_of_them(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path, 2, REPLY_DATABASE_URL=database_url) as services:
        form = fields(services[0])
        forms = [form | {"comment": f"Thought {number}", "author": f"Ada {number}"} for number in range(POSTS)]
        answers = post_at_once(services, forms)
        [comment] = stored(database_url)
        assert sorted(answer.status_code for answer in answers) == [303] + [422] * (POSTS - 1)
        assert comment.text == f"Thought {[answer.status_code for answer in answers].index(303)}"


def test_64_tokens_at_once_on_two_pages_are_64_comments(tmp_path: Path, database_url: str) -> None:
    """Group commit on both sides, with rows of two pages locked in any order."""
    with serving(tmp_path, 2, REPLY_DATABASE_URL=database_url) as services, services[0].client() as client:
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
        assert sorted(row.text for row in stored(database_url)) == sorted(form["comment"] for form in forms)
