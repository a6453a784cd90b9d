"""Two processes on PostgreSQL: one posts to an old address while the other gives it away. No comment is lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection

from db.column_types import new_id
from db.engine import open_engine
from db.models import Status
from db.writer import ALONE, Writer
from service.comments.side_effects import Audience
from service.comments.submit import Accepted, NewComment, Ticket, submit
from service.comments.validation import Draft
from service.page_address import PageRef
from service.pages.merge_pages import Merge, merge_slice
from service.pages.move_page import give_alias, move_page
from service.web.context import AppContext
from tests.conftest import Clock
from tests.pages.conftest import BLOG, Pages
from tests.service_process import PATIENCE, wait_for

Job = Callable[[Connection], Any]


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """SQLite has one writer at a time."""
    return postgres_url


@pytest.fixture
def other(postgres_url: str) -> Iterator[Writer]:
    """The writer of another process."""
    engine = open_engine(postgres_url)
    writer = Writer(engine)
    yield writer
    writer.close()
    engine.dispose()


def post(path: str, status: Status, clock: Clock) -> Job:
    nonce = b"%d" % new_id()
    draft = Draft.of({"comment": "new", "author": "Ada", "email": ""})
    page = PageRef(1, BLOG + path, BLOG + path)
    nobody = Audience(readers=False, owners=False)
    new = NewComment(page, "", None, draft, status, 0.0, [], b"c", b"e", clock(), 0, nobody)
    return partial(submit, new=new, ticket=Ticket(nonce, clock() + timedelta(days=1), nonce))


def is_waiting(context: AppContext) -> bool:
    with context.engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())


def in_turn(context: AppContext, one: Writer, first: Job, other: Writer, second: Job) -> tuple[Any, Any]:
    """Runs both jobs so that the second waits for what the first has locked."""
    done = Event()

    def hold(connection: Connection) -> Any:
        result = first(connection)
        done.set()
        wait_for(lambda: is_waiting(context), "the other to wait")
        return result

    held = one.submit(hold, ALONE)
    assert done.wait(PATIENCE)
    return held, other.submit(second, "")


@pytest.mark.parametrize("status", [Status.APPROVED, Status.PENDING])
@pytest.mark.parametrize("posts_first", [True, False])
def test_a_comment_that_is_posted_during_a_merge_lands_on_the_merged_page(
    pages: Pages, context: AppContext, other: Writer, status: Status, *, posts_first: bool
) -> None:
    pages.add("/a", "old")
    pages.add("/b", "there")
    merge = partial(merge_slice, merge=Merge(1, new_id(), pages.id("/a"), pages.id("/b")), click=pages.click())
    posting = post("/a", status, pages.clock)
    if posts_first:
        posted, merged = in_turn(context, context.writer, posting, other, merge)
    else:
        merged, posted = in_turn(context, context.writer, merge, other, posting)
    merged.result(PATIENCE)
    assert isinstance(posted.result(PATIENCE), Accepted)
    assert pages.texts() == {"/b": ["old", "there", "new"]}


@pytest.mark.parametrize("posts_first", [True, False])
def test_a_page_that_is_created_while_its_address_is_given_away_is_one_page(
    pages: Pages, context: AppContext, other: Writer, *, posts_first: bool
) -> None:
    pages.add("/b", "there")
    lead = partial(give_alias, site_id=1, old="/a", new="/b", click=pages.click())
    posting = post("/a", Status.APPROVED, pages.clock)
    if posts_first:
        posted, _ = in_turn(context, context.writer, posting, other, lead)
    else:
        _, posted = in_turn(context, context.writer, lead, other, posting)
    assert isinstance(posted.result(PATIENCE), Accepted)
    if posts_first:
        assert (pages.texts(), pages.aliases()) == ({"/a": ["new"], "/b": ["there"]}, {})
    else:
        assert (pages.texts(), pages.aliases()) == ({"/b": ["there", "new"]}, {"/a": "/b"})


def test_a_page_is_not_moved_to_an_address_where_one_is_just_created(
    pages: Pages, context: AppContext, other: Writer
) -> None:
    pages.add("/a", "old")
    posting = post("/b", Status.PENDING, pages.clock)
    move = partial(move_page, page=(1, pages.id("/a")), typed="/b", click=pages.click())
    posted, moved = in_turn(context, context.writer, posting, other, move)
    assert isinstance(posted.result(PATIENCE), Accepted)
    assert moved.result(PATIENCE) == "taken"
    assert pages.texts() == {"/a": ["old"], "/b": ["new"]}
