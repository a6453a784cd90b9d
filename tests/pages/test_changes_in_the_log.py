"""The self-check finds what was done in the database to the records by which moves and merges are undone."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update
from starlette.testclient import TestClient

from db import tables
from db.column_types import new_id
from service import log_audit, log_chain
from service.action_log import ActKind
from service.housekeeping import chores
from service.log_list import read_log
from service.pages import merge_pages, undo_moves
from service.pages.move_page import move_page
from service.pages.page_changes import StandingChange, standing
from service.pages.redirect_plan import RedirectPlan, RedirectRun
from service.pages.undo_moves import BatchUndo
from service.web.context import AppContext
from tests.conftest import Clock
from tests.db.test_migrations import bring_to
from tests.pages.conftest import BLOG, Pages
from tests.writing import writing

change, entry = tables.page_change.c, tables.log_entry.c
STANDS = change.undone_at.is_(None)


def break_in(context: AppContext) -> list[tuple[str, bool]]:
    """What is broken, and whether an entry of the log is named."""
    with context.engine.connect() as connection:
        found = log_audit.verify(connection, context.keyring, context.clock())
        return [(each.what, each.place > 0) for each in found]


def join(context: AppContext) -> None:
    with writing(context.engine) as connection:
        for site_id in (1, 0):
            log_chain.join(connection, context.keyring, site_id)


@pytest.fixture
def changed(pages: Pages, client: TestClient) -> Pages:
    """A page that was moved and moved back, and one that was merged; noted by entries that are not joined yet."""
    for path in ("/a", "/b", "/c"):
        pages.add(path)
    click = pages.click()
    pages.context.writer.run(move_page, (1, pages.id("/a")), "/d", click)
    pages.clock.advance(seconds=1)
    pages.undo(click.batch)
    pages.merge("/b", "/c")
    return pages


def add_another(connection: Connection) -> None:
    row = connection.execute(select(tables.page_change).where(STANDS)).one()
    connection.execute(tables.page_change.insert(), {**row._mapping, "id": 7})


def moved(connection: Connection) -> Any:
    """What says which comment was moved."""
    return connection.execute(select(tables.moved_comment)).one()


DONE: dict[str, tuple[Callable[[Connection], object], list[tuple[str, bool]]]] = {
    "nothing": (lambda _: None, []),
    "what was before is changed": (
        lambda c: c.execute(update(tables.page_change).where(STANDS).values(before='{"url": "x"}')),
        [("change", True)],
    ),
    "another batch is named": (
        lambda c: c.execute(update(tables.page_change).where(STANDS).values(batch=7)),
        [("change", True)],
    ),
    "one that stands is marked as undone": (
        lambda c: c.execute(update(tables.page_change).where(STANDS).values(undone_at=change.at)),
        [("change", True)],
    ),
    "one that was undone is made to stand": (
        lambda c: c.execute(update(tables.page_change).values(undone_at=None)),
        [("change", True)],
    ),
    "one is removed": (lambda c: c.execute(delete(tables.page_change).where(STANDS)), [("change", True)]),
    "a comment that was moved is forgotten": (lambda c: c.execute(delete(tables.moved_comment)), [("change", True)]),
    "another comment is said to have been moved": (
        lambda c: c.execute(update(tables.moved_comment).values(comment_id=7)),
        [("change", True)],
    ),
    "one more is": (
        lambda c: c.execute(tables.moved_comment.insert(), {**moved(c)._mapping, "comment_id": 7}),
        [("change", True)],
    ),
    "a comment is said to have been moved by a change that is none": (
        lambda c: c.execute(tables.moved_comment.insert(), {**moved(c)._mapping, "change_id": 7}),
        [("change", False)],
    ),
    "one is added": (add_another, [("change", False)]),
}


@pytest.mark.parametrize("joined", [True, False], ids=["joined", "waiting"])
@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)
@pytest.mark.parametrize("what", DONE)
def test_what_was_done_to_a_record_is_found(changed: Pages, what: str, joined: bool) -> None:
    if joined:
        join(changed.context)
    tamper, expected = DONE[what]
    with writing(changed.context.engine) as connection:
        tamper(connection)
    assert break_in(changed.context) == expected


@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)
def test_notes_outlive_the_words_of_other_entries_and_are_missed_if_removed(changed: Pages, clock: Clock) -> None:
    context = changed.context
    join(context)
    clock.advance(days=400)
    with writing(context.engine) as connection:
        for job in chores(context.settings, clock()):
            job(connection)
        noted = select(entry.id).where(entry.action == ActKind.CHANGES_NOTED)
        kept = set(connection.execute(select(tables.log_content.c.entry_id)).scalars())
        assert kept == set(connection.execute(noted).scalars())
    assert break_in(context) == []
    with writing(context.engine) as connection:
        connection.execute(delete(tables.log_content))
    assert break_in(context) == [("words", True)]


@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)
def test_a_slice_of_aliases_is_noted_in_one_entry_that_the_log_does_not_show(pages: Pages) -> None:
    aliases = [(f"{BLOG}/old{number}", f"{BLOG}/new{number}") for number in range(30)]
    pages.run(RedirectRun(1, RedirectPlan((), aliases, ()), pages.click(new_id())).jobs())
    with pages.context.engine.connect() as connection:
        actions = connection.execute(select(entry.action).where(entry.site_id == 1)).scalars().all()
        assert sorted(actions) == [ActKind.CHANGES_NOTED, ActKind.REDIRECTS]
        assert [each.action for each in read_log(connection).entries] == [ActKind.REDIRECTS]
    assert break_in(pages.context) == []


@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)
def test_merges_of_any_size_and_their_undoing_are_noted(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """In slices, with a reply that came since, and half done."""
    for module in (merge_pages, undo_moves):
        monkeypatch.setattr(module, "AT_ONCE", 2)
    first = pages.add("/a", "1")
    for number in range(4):
        pages.add("/a", str(number))
    pages.add("/b")
    batch = pages.merge("/a", "/b")
    assert break_in(pages.context) == []
    pages.add("/b", "reply", parent_id=first)
    for job in BatchUndo(standing_of(pages.context, batch), pages.click()).jobs():
        pages.context.writer.run(job)
        assert break_in(pages.context) == []
    assert len(pages.texts()["/a"]) == 6
    join(pages.context)
    assert break_in(pages.context) == []


def standing_of(context: AppContext, batch: int) -> list[StandingChange]:
    with context.engine.connect() as connection:
        return standing(connection, batch)


def test_records_from_before_are_taken_in_as_they_are(changed: Pages, database_url: str) -> None:
    """On each database: the notes that the migration makes are those that the service makes."""
    context, content = changed.context, tables.log_content.c
    with writing(context.engine) as connection:
        noted: Any = select(entry.id).where(entry.action == ActKind.CHANGES_NOTED)
        connection.execute(delete(tables.log_content).where(content.entry_id.in_(noted)))
        connection.execute(delete(tables.log_entry).where(entry.action == ActKind.CHANGES_NOTED))
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0044'")
    bring_to(database_url, "0046")
    assert break_in(context) == []
    join(context)
    assert break_in(context) == []
    with writing(context.engine) as connection:
        connection.execute(delete(tables.page_change).where(STANDS))
    assert break_in(context) == [("change", True)]
