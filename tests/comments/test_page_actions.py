"""Pages close after some days, and have a comment pinned, on each database."""

from sqlalchemy import select, update

from db import tables
from db.models import Status
from service.action_log import Actor
from service.comments.page_actions import close_old_pages, close_page, pin_comment
from service.comments.side_effects import Key
from service.comments.thread_order_and_paging import ThreadWindow
from service.comments.thread_tree import Thread, read_thread
from service.log_list import read_log
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment
from tests.writing import writing

page, site = tables.page.c, tables.site.c


def page_id(context: AppContext) -> int:
    with context.engine.connect() as connection:
        return int(connection.execute(select(page.id)).scalar_one())


def is_closed(context: AppContext) -> bool:
    with context.engine.connect() as connection:
        return bool(connection.execute(select(page.closed)).scalar_one())


def test_a_page_closes_after_the_days_of_its_site_and_again_after_it_was_opened(
    context: AppContext, clock: Clock
) -> None:
    add_comment(context, clock)
    clock.advance(days=30, seconds=1)
    assert context.writer.run(close_old_pages, clock()) == 0
    with writing(context.engine) as connection:
        connection.execute(update(tables.site).where(site.id == 1).values(close_days=30))
    assert context.writer.run(close_old_pages, clock()) == 1
    assert is_closed(context)
    assert context.writer.run(close_page, (1, page_id(context)), 1, clock(), closed=False)
    clock.advance(days=30)
    assert context.writer.run(close_old_pages, clock()) == 0
    clock.advance(seconds=1)
    assert context.writer.run(close_old_pages, clock()) == 1
    with context.engine.connect() as connection:
        assert [entry.actor for entry in read_log(connection).entries] == [Actor.SERVICE, Actor.ADMIN, Actor.SERVICE]


def read(context: AppContext, **window: object) -> Thread:
    with context.engine.connect() as connection:
        return read_thread(connection, 1, page_id(context), ThreadWindow(size=2, **window))  # type: ignore[arg-type]


def shown(thread: Thread) -> list[tuple[str, bool]]:
    return [(node.text, node.pinned) for node in thread.roots]


def key_of(key: str) -> Key:
    site_id, _, comment_id = key.partition("-")
    return int(site_id), int(comment_id)


def test_a_pinned_comment_stands_above_the_first_part_and_moves_no_other(context: AppContext, clock: Clock) -> None:
    keys = [add_comment(context, clock, text=str(n), age=9 - n, status=Status.APPROVED) for n in range(5)]
    reply = add_comment(context, clock, text="r", status=Status.APPROVED, parent_id=key_of(keys[4])[1])
    before = read(context)
    assert shown(before) == [("3", False), ("4", False)]
    assert context.writer.run(pin_comment, key_of(keys[0]), 1, clock(), pinned=True)
    assert not context.writer.run(pin_comment, key_of(keys[0]), 1, clock(), pinned=True)
    assert not context.writer.run(pin_comment, key_of(reply), 1, clock(), pinned=True)
    first = read(context)
    assert shown(first) == [("0", True), ("3", False), ("4", False)]
    assert (first.ids, first.older) == (before.ids, True)
    assert shown(read(context, before=first.ids[0])) == [("1", False), ("2", False)]
    assert context.writer.run(pin_comment, key_of(keys[4]), 1, clock(), pinned=True)
    assert shown(read(context)) == [("4", True), ("3", False)]
    assert shown(read(context, order="new")) == [("4", True), ("3", False)]
    with writing(context.engine) as connection:
        connection.execute(update(tables.comment).where(tables.comment.c.text == "4").values(status=Status.SPAM))
    assert ("4", True) not in shown(read(context))
    assert context.writer.run(pin_comment, key_of(keys[4]), 1, clock(), pinned=False)
    assert not context.writer.run(pin_comment, key_of(keys[4]), 1, clock(), pinned=False)
