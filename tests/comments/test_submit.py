"""The transaction that stores a comment, when the database refuses the row, on each database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import chain, count
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select, text

from db import tables
from db.job_steps import JobInSteps
from db.models import Status
from service.comments import submit
from service.comments.side_effects import Audience
from service.comments.submit import Accepted, NewComment, Refusal, Refused, Ticket
from service.comments.validation import Draft
from service.page_address import PageRef
from service.web.context import AppContext
from tests.conftest import Clock
from tests.service_process import PATIENCE
from tests.writing import writing

PAGE = PageRef(1, "https://blog.example/post", "https://blog.example/post")


class Author:
    """Posts without the form, each comment with the nonce that it is given."""

    def __init__(self, context: AppContext, clock: Clock) -> None:
        self.context, self.clock = context, clock

    def job(self, words: str, nonce: bytes, **more: Any) -> tuple[JobInSteps[Accepted | Refused], str]:
        """A job of the writer, and the row that it locks."""
        new = NewComment(
            page=PAGE,
            title="",
            parent_id=None,
            draft=Draft.of({"comment": words, "author": "Ada", "email": "ada@example.org"}),
            status=Status.APPROVED,
            score=0.0,
            reasons=[],
            client=b"client",
            email_hash=b"email",
            at=self.clock(),
            flood_seconds=0,
            audience=Audience(readers=False, owners=False),
        )
        new = replace(new, **more)
        ticket = Ticket(nonce, self.clock() + timedelta(days=1), words.encode())
        return JobInSteps(partial(submit.submit_in_steps, new=new, ticket=ticket)), new.page.key

    def post(self, words: str, nonce: bytes, **more: Any) -> Accepted | Refused:
        return self.context.writer.submit(*self.job(words, nonce, **more)).result(PATIENCE)

    def post_together(self, *posts: tuple[str, bytes, PageRef], **more: Any) -> list[Accepted | Refused]:
        """Several in one batch, a millisecond apart."""
        queued = Event()
        self.context.writer.submit(lambda _: queued.wait(PATIENCE))
        jobs = []
        for number, (words, nonce, page) in enumerate(posts):
            at = self.clock() + timedelta(milliseconds=number)
            jobs.append(self.job(words, nonce, page=page, at=at, **more))
        futures = [self.context.writer.submit(*job) for job in jobs]
        queued.set()
        return [future.result(PATIENCE) for future in futures]

    def count(self) -> int:
        with self.context.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(tables.comment)).scalar_one()


def page_at(name: str) -> PageRef:
    return PageRef(1, f"https://blog.example/{name}", f"https://blog.example/{name}")


@pytest.fixture
def author(context: AppContext, clock: Clock) -> Author:
    return Author(context, clock)


def test_an_id_that_is_taken_is_drawn_again(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    first = author.post("First words.", b"1")
    assert isinstance(first, Accepted)
    ids = chain([first.comment_id] * 2, count(first.comment_id + 1))
    monkeypatch.setattr(submit, "new_id", lambda: next(ids))
    second = author.post("Second words.", b"2")
    assert isinstance(second, Accepted)
    assert second.comment_id == first.comment_id + 1
    assert author.post("Second words.", b"2") == second  # the nonce names the comment that was stored
    assert author.count() == 2


def test_in_a_batch_a_double_click_and_a_duplicate_are_what_they_would_be_one_by_one(author: Author) -> None:
    pages = [page_at(name) for name in "abcd"]
    first, clicked, again, *others = author.post_together(
        ("A thought.", b"1", pages[0]),
        ("A thought.", b"1", pages[0]),
        ("A thought.", b"2", pages[0]),
        *((f"Thought {page.key}.", page.key.encode(), page) for page in pages),
    )
    assert isinstance(first, Accepted)
    assert clicked == first
    assert again == Refused(Refusal.DUPLICATE)
    assert all(isinstance(other, Accepted) for other in others)
    assert len({(other.page_id, other.comment_id) for other in others if isinstance(other, Accepted)}) == 4
    assert author.count() == 5


def test_in_a_batch_one_author_posts_once_within_the_flood_limit(author: Author) -> None:
    posts = [(f"Thought {name}.", name.encode(), page_at(name)) for name in "abcd"]
    first, *others = author.post_together(*posts, flood_seconds=15)
    assert isinstance(first, Accepted)
    assert others == [Refused(Refusal.FLOOD, 15)] * 3
    assert author.count() == 1
    assert all(isinstance(each, Accepted) for each in author.post_together(*posts[1:])), "a nonce stayed spent"


def test_spam_neither_names_a_page_nor_spells_its_address(author: Author) -> None:
    odd, third = replace(PAGE, url=f"{PAGE.url}/?"), replace(PAGE, url=f"{PAGE.url}/")
    author.post("Buy.", b"1", page=odd, title="Cheap", status=Status.SPAM)
    author.post("Held.", b"4", page=third, title="Theirs", status=Status.PENDING)
    with author.context.engine.connect() as connection:
        assert connection.execute(select(tables.page.c.url)).scalar_one() == third.url
    author.post("A thought.", b"2", title="A post")
    author.post("Another.", b"3", page=third, title="Mine")
    with author.context.engine.connect() as connection:
        rows = connection.execute(select(tables.page.c.url, tables.page.c.title)).all()
    assert [tuple(row) for row in rows] == [(PAGE.url, "Theirs")]


@pytest.fixture
def one_comment_per_author(context: AppContext) -> Iterator[None]:
    """A unique index that the service knows nothing about."""
    with writing(context.engine) as connection:
        connection.execute(text("CREATE UNIQUE INDEX one_comment_per_author ON comment (site_id, author)"))
    yield
    with writing(context.engine) as connection:
        connection.execute(text("DROP INDEX one_comment_per_author"))


@pytest.mark.usefixtures("one_comment_per_author")
def test_a_row_that_another_unique_index_refuses_is_an_error_and_not_tried_for_ever(author: Author) -> None:
    author.post("First words.", b"1")
    with pytest.raises(RuntimeError, match="refused 3 times"):
        author.post("Second words.", b"2")
    assert author.count() == 1
