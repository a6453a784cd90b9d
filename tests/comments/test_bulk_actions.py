"""One action for all that a search finds, on each database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select

from db import tables
from db.column_types import new_id
from db.models import Status
from service.action_log import Act, ActKind
from service.comments import bulk_actions, moderate
from service.comments.bulk_actions import Search
from service.comments.comment_filter import CommentFilter
from service.comments.record_decisions import Batch
from service.comments.side_effects import Key
from service.log_list import ListedEntry, read_log
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment, statuses
from tests.writing import writing

MANY = 1_100
"""Three slices."""


def fill(context: AppContext, clock: Clock, number: int, text: str) -> None:
    add_comment(context, clock, text=text)
    with writing(context.engine) as connection:
        [row] = connection.execute(select(tables.comment)).mappings().fetchmany(1)
        rows = [dict(row) | {"id": new_id(), "text": text} for _ in range(number - 1)]
        connection.execute(insert(tables.comment), rows)


def decide_all(context: AppContext, search: Search, status: Status | None, act: Act) -> Batch:
    total, after = Batch(act.batch or 0, (), ()), None
    while True:
        batch, after = context.writer.run(bulk_actions.decide_slice, search, after, status, act)
        total = total.plus(batch)
        if after is None:
            return total


def test_all_that_is_found_is_moved_and_comes_back_with_one_undo(context: AppContext, clock: Clock) -> None:
    fill(context, clock, MANY, "casino")
    kept = add_comment(context, clock, text="honest")
    clock.advance(minutes=1)
    search = Search((Status.PENDING, Status.APPROVED), CommentFilter(words="casino"), clock())
    later = add_comment(context, clock, text="a casino that nobody has seen yet", age=-1)
    batch = decide_all(context, search, Status.SPAM, Act(ActKind.SPAM, clock(), 1, batch=new_id()))
    assert len(batch.changed) == MANY
    found = statuses(context)
    assert (found.pop(kept), found.pop(later)) == ("pending", "pending")
    assert set(found.values()) == {"spam"}
    with context.engine.connect() as connection:
        entries = read_log(connection).entries
    assert sum(entry.number for entry in entries) == MANY
    assert {entry.batch for entry in entries} == {batch.id}
    undone = 0
    while _left(context):
        undone += len(context.writer.run(moderate.undo, batch.id, 1, clock() + timedelta(minutes=1)).changed)
    assert undone == MANY
    assert set(statuses(context).values()) == {"pending"}
    for key in (min(found), max(found)):
        entries = read_history(context, key)
        assert [entry.action for entry in entries] == [ActKind.UNDO, ActKind.SPAM]
        comment_id = int(key.partition("-")[2])
        assert [entry.given_to(comment_id) for entry in entries] == [Status.PENDING, Status.SPAM]
    assert read_history(context, kept) == []


def read_history(context: AppContext, key: str) -> Sequence[ListedEntry]:
    site_id, _, comment_id = key.partition("-")
    with context.engine.connect() as connection:
        return read_log(connection, comment=(int(site_id), int(comment_id))).entries


@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)  # PostgreSQL plans by what is in the tables
def test_the_history_of_a_comment_is_found_by_indexes(context: AppContext) -> None:
    sent: list[tuple[str, Any]] = []
    event.listen(context.engine, "before_cursor_execute", lambda _c, _r, sql, bound, *_: sent.append((sql, bound)))
    assert read_history(context, "1-1") == []
    with context.engine.connect() as connection:
        [(sql, bound)] = [each for each in sent if "log_content" in each[0]]
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", bound).all())
    assert "SEARCH log_entry" in plan
    assert [table for table in ("log_entry", "log_content", "decision") if f"SCAN {table}" in plan] == []


def test_spam_is_emptied_in_slices_with_all_words_about_it(context: AppContext, clock: Clock) -> None:
    for number in range(3):
        add_comment(context, clock, text=f"spam {number}", status=Status.SPAM)
    kept = add_comment(context, clock)
    parent = add_comment(context, clock, status=Status.SPAM)
    reply = add_comment(context, clock, parent_id=int(parent.partition("-")[2]))
    search = Search((Status.SPAM,), CommentFilter(), clock())
    assert context.writer.run(bulk_actions.delete_slice, search, 1, clock()) == 4
    assert context.writer.run(bulk_actions.delete_slice, search, 1, clock()) == 0
    assert statuses(context).keys() == {kept, reply}
    with context.engine.connect() as connection:
        assert connection.execute(select(tables.comment.c.parent_id)).scalars().all() == [None, None]
        [entry] = read_log(connection).entries
    assert (entry.action, entry.number) == (ActKind.EMPTY, 4)


def test_the_network_of_a_comment_finds_what_came_from_it(context: AppContext, clock: Clock) -> None:
    first, same = (add_comment(context, clock, client=b"n" * 16) for _ in range(2))
    forgotten = add_comment(context, clock)
    add_comment(context, clock, client=b"m" * 16)

    def found(key: str) -> list[Key]:
        site_id, _, comment_id = key.partition("-")
        search = Search((Status.PENDING,), CommentFilter(network=(int(site_id), int(comment_id))), clock())
        with context.engine.connect() as connection:
            return search.keys(connection, None, 10)

    assert {f"{site_id}-{comment_id}" for site_id, comment_id in found(first)} == {first, same}
    assert found(forgotten) == []


def _left(context: AppContext) -> int:
    """Decisions that are not undone."""
    with context.engine.connect() as connection:
        query = select(func.count()).where(tables.decision.c.undone_at.is_(None))
        return connection.execute(query).scalar_one()
