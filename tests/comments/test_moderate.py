"""Decisions and undoing them, on each database."""

import pytest
from sqlalchemy import select

from db import tables
from db.models import Status
from service.comments.moderate import TooMany, decide, restore, undo
from service.comments.record_decisions import Batch
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment, statuses

Key = tuple[int, int]


class Desk:
    """An admin who moderates by the keys of comments."""

    def __init__(self, context: AppContext, clock: Clock) -> None:
        self.context, self.clock = context, clock

    def add(self, status: Status = Status.PENDING, **more: object) -> Key:
        site_id, _, comment_id = add_comment(self.context, self.clock, status=status, **more).partition("-")
        return int(site_id), int(comment_id)

    def decide(self, after: Status, *keys: Key) -> Batch:
        return self.context.writer.run(decide, keys, after, 1, self.clock())

    def restore(self, *keys: Key) -> Batch:
        return self.context.writer.run(restore, keys, 1, self.clock())

    def undo(self, batch: Batch) -> Batch:
        return self.context.writer.run(undo, batch.id, 1, self.clock())

    def status(self, key: Key) -> str:
        return statuses(self.context)[f"{key[0]}-{key[1]}"]

    def version(self) -> int:
        with self.context.engine.connect() as connection:
            return int(connection.execute(select(tables.page.c.version)).scalar_one())


@pytest.fixture
def desk(context: AppContext, clock: Clock) -> Desk:
    return Desk(context, clock)


def test_a_batch_tells_what_changed_and_what_is_missing(desk: Desk) -> None:
    waiting, there = desk.add(), desk.add(Status.APPROVED)
    batch = desk.decide(Status.APPROVED, waiting, there, (1, 5), waiting)
    assert batch.changed == (waiting,)
    assert batch.missing == ((1, 5),)
    assert desk.undo(batch).changed == (waiting,)
    assert desk.undo(batch).changed == ()
    assert desk.status(waiting) == "pending"


def test_the_version_moves_only_when_readers_see_it(desk: Desk) -> None:
    key = desk.add()
    version = desk.version()
    assert desk.decide(Status.SPAM, key).pages == ()
    assert desk.version() == version
    desk.undo(desk.decide(Status.APPROVED, key))
    assert desk.version() == version + 2


def test_undoing_leaves_alone_what_was_moved_since(desk: Desk) -> None:
    key = desk.add(Status.APPROVED)
    first = desk.decide(Status.SPAM, key)
    desk.decide(Status.APPROVED, key)
    desk.decide(Status.SPAM, key)
    assert desk.undo(first).changed == ()
    assert desk.status(key) == "spam"


def test_what_the_checks_filed_as_spam_becomes_pending(desk: Desk) -> None:
    key = desk.add(Status.SPAM)
    desk.restore(key)
    assert desk.status(key) == "pending"


def test_spam_that_was_in_the_trash_never_goes_back_there(desk: Desk) -> None:
    key = desk.add(Status.APPROVED)
    desk.decide(Status.SPAM, key)
    desk.decide(Status.TRASH, key)
    desk.restore(key)
    assert desk.status(key) == "spam"
    desk.restore(key)
    assert desk.status(key) == "approved"


def test_restoring_touches_only_what_was_put_aside(desk: Desk) -> None:
    key = desk.add()
    desk.decide(Status.APPROVED, key)
    assert desk.restore(key).changed == ()
    assert desk.status(key) == "approved"


def test_nothing_and_everything_is_no_batch(desk: Desk) -> None:
    assert desk.decide(Status.SPAM).changed == ()
    assert desk.restore().changed == ()
    with pytest.raises(TooMany):
        desk.decide(Status.SPAM, *((1, number) for number in range(501)))


def test_what_was_edited_after_it_was_shown_is_not_approved_unread(desk: Desk, clock: Clock) -> None:
    read, edited = desk.add(), desk.add()
    seen = clock()
    clock.advance(seconds=10)
    change = {"site_id": 1, "comment_id": edited[1], "page_id": 1, "created_at": seen, "edited_at": clock()}
    desk.context.writer.run(lambda connection: connection.execute(tables.author_change.insert(), change))
    batch = desk.context.writer.run(decide, [read, edited], Status.APPROVED, 1, clock(), seen)
    assert batch.unread == (edited,)
    assert (desk.status(read), desk.status(edited)) == ("approved", "pending")
    assert desk.context.writer.run(decide, [edited], Status.SPAM, 1, clock(), seen).changed == (edited,)
    again = desk.context.writer.run(decide, [edited], Status.APPROVED, 1, clock(), clock.now.replace(second=59))
    assert again.changed == (edited,)


def test_what_another_moderator_decided_meanwhile_is_left_alone_and_named(desk: Desk, clock: Clock) -> None:
    first, second, third = desk.add(), desk.add(), desk.add()
    seen = clock()
    clock.advance(seconds=5)
    desk.decide(Status.SPAM, first, second)
    undone = desk.decide(Status.TRASH, third)
    desk.undo(undone)
    run = desk.context.writer.run
    assert run(decide, [first], Status.SPAM, 2, clock(), seen).overtaken == {}
    batch = run(decide, [first, second, third], Status.APPROVED, 2, clock(), seen)
    assert (batch.changed, dict(batch.overtaken)) == ((third,), {first: 1, second: 1})
    assert desk.status(first) == "spam"
    clock.advance(seconds=5)
    assert run(decide, [first], Status.APPROVED, 2, clock(), clock()).changed == (first,)
    assert run(decide, [second], Status.APPROVED, 1, clock(), seen).changed == (second,)
