"""Two processes that change the same rows of PostgreSQL: one waits for the other, and none is turned away."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from db import tables
from db.column_types import new_id
from db.engine import open_engine
from db.job_steps import JobInSteps
from db.models import Status
from db.writer import ALONE, TRIES, Writer
from service.comments import author_edit, moderate
from service.comments.admin_edit import delete_comment, edit_comment
from service.comments.author_edit import Edit
from service.comments.side_effects import Audience, Key
from service.comments.submit import NewComment, Ticket, submit_in_steps
from service.comments.validation import Draft
from service.importers.write_jobs import attach_replies
from service.page_address import PageRef
from tests.service_process import PATIENCE, wait_for

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY = Audience(readers=False, owners=False)
Change = Callable[[Connection], Any]


class Process:
    """A connection pool and a writer, as each process of the service has them."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.writer = Writer(self.engine)

    def close(self) -> None:
        self.writer.close()
        self.engine.dispose()


@pytest.fixture
def one(postgres_url: str) -> Iterator[Process]:
    process = Process(postgres_url)
    with process.engine.begin() as connection:
        row = {"id": 1, "origin": "https://blog.example", "key": "k", "check_key": "c", "secret_hash": b""}
        connection.execute(tables.site.insert(), row | {"created_at": NOW})
    yield process
    process.close()


@pytest.fixture
def other(postgres_url: str) -> Iterator[Process]:
    process = Process(postgres_url)
    yield process
    process.close()


def page_ref(name: str) -> PageRef:
    return PageRef(1, f"https://blog.example/{name}", f"https://blog.example/{name}")


def add(process: Process, page: str, page_id: int, number: int = 1) -> list[Key]:
    """A page with comments that a moderator has not seen."""
    ref, ids = page_ref(page), [new_id() for _ in range(number)]
    with process.engine.begin() as connection:
        row = {"site_id": 1, "id": page_id, "key": ref.key, "url": ref.url, "title": "", "closed": False, "version": 1}
        connection.execute(tables.page.insert(), row | {"created_at": NOW})
        words = {"author": "Tomás", "email": "", "url": "", "text": "The baker.", "format": "markdown", "source": ""}
        state = {"status": Status.APPROVED, "created_at": NOW, "score": 0.0, "reasons": []}
        rows = [words | state | {"site_id": 1, "id": each, "page_id": page_id, "parent_id": None} for each in ids]
        connection.execute(tables.comment.insert(), rows)
    return [(1, each) for each in ids]


def post(page: str) -> Change:
    """A reader's comment that is published at once."""
    nonce = b"%d" % new_id()
    draft = Draft.of({"comment": f"Thought {nonce!r}.", "author": "Ada", "email": ""})
    new = NewComment(page_ref(page), "", None, draft, Status.APPROVED, 0.0, [], b"c", b"e", NOW, 0, NOBODY)
    return JobInSteps(partial(submit_in_steps, new=new, ticket=Ticket(nonce, NOW + timedelta(days=1), nonce)))


def changes(page: str, comment: Key) -> dict[str, Change]:
    """All that can happen to a comment."""
    edit = Edit(f"Another thought {new_id()}.", Status.APPROVED, 0.0, [], NOW, 60, NOBODY)
    return {
        "edited by its author": partial(author_edit.edit_own_comment, key=comment, new=edit),
        "deleted by its author": partial(author_edit.delete_own_comment, key=comment, at=NOW, minutes=60),
        "edited by a moderator": partial(edit_comment, key=comment, words={"text": "x"}, admin_id=None, at=NOW),
        "deleted for good": partial(delete_comment, key=comment, admin_id=None, at=NOW),
        "given its parent": partial(attach_replies, page=page_ref(page), parents={comment[1]: comment[1]}, at=NOW),
        "called spam": partial(moderate.decide, keys=[comment], after=Status.SPAM, admin_id=None, at=NOW),
    }


def is_waiting(engine: Engine) -> bool:
    """Whether some session of this database waits for another's lock."""
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())


def counting(change: Change, runs: list[Change]) -> Change:
    if isinstance(change, JobInSteps):
        return JobInSteps(counting(change.begin, runs))

    def run(connection: Connection) -> Any:
        runs.append(change)
        return change(connection)

    return run


@pytest.mark.parametrize("second", ["posted", *changes("b", (1, 1))])
def test_a_batch_of_posts_and_a_moderator_meet_on_two_pages(one: Process, other: Process, second: str) -> None:
    (first,), (comment,) = add(one, "a", 20), add(one, "b", 10)  # the order of the ids is not that of the addresses
    begun, runs = Event(), list[Change]()

    def wait_for_moderator(_: Connection) -> None:
        begun.set()
        wait_for(lambda: is_waiting(one.engine), "the moderator did not wait")

    change = (changes("b", comment) | {"posted": post("b")})[second]
    queued = Event()
    one.writer.submit(lambda _: queued.wait(PATIENCE))
    futures = [
        one.writer.submit(counting(post("a"), runs), page_ref("a").key),
        one.writer.submit(wait_for_moderator, page_ref("a").key),
        one.writer.submit(counting(change, runs), page_ref("b").key),
    ]
    queued.set()
    assert begun.wait(PATIENCE)
    decide = partial(moderate.decide, keys=[comment, first], after=Status.SPAM, admin_id=None, at=NOW)
    futures.append(other.writer.submit(counting(decide, runs), ALONE))
    assert [future.exception(30) for future in futures] == [None] * len(futures)
    assert len(runs) == 3, "one of them was rolled back"


def test_of_two_changes_to_one_comment_the_later_waits_for_the_earlier(one: Process, other: Process) -> None:
    """Each change stops after its first lock, until the other waits for it."""
    names = list(changes("a", (1, 1)))
    comments, runs = add(one, "a", 1, len(names) ** 2), list[Change]()
    held, second_done = Event(), Event()

    def hold(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if not held.is_set() and ("FOR NO KEY UPDATE" in statement or statement.startswith(("UPDATE", "DELETE"))):
            held.set()
            wait_for(lambda: second_done.is_set() or is_waiting(other.engine), "the second neither waited nor ended")

    event.listen(one.engine, "after_cursor_execute", hold)
    for earlier in names:
        for later in names:
            held.clear()
            second_done.clear()
            both = changes("a", comments.pop())
            first = one.writer.submit(counting(both[earlier], runs))
            assert held.wait(PATIENCE)
            second = other.writer.submit(counting(both[later], runs))
            second.add_done_callback(lambda _: second_done.set())
            assert (first.exception(30), second.exception(30)) == (None, None), (earlier, later)
    assert len(runs) == 2 * len(names) ** 2, "one of them was rolled back"


def test_a_deadlock_is_tried_again(one: Process, other: Process) -> None:
    """Two transactions that lock rows outside of the order, as those of clients and names are."""
    add(one, "a", 1)
    add(one, "b", 2)
    locked = {1: Event(), 2: Event()}
    runs: list[int] = []

    def lock(connection: Connection, mine: int, its: int) -> int:
        runs.append(mine)
        connection.exec_driver_sql(f"UPDATE page SET version = version + 1 WHERE id = {mine}")
        locked[mine].set()
        assert locked[its].wait(PATIENCE)
        connection.exec_driver_sql(f"UPDATE page SET version = version + 1 WHERE id = {its}")
        return mine

    futures = [one.writer.submit(partial(lock, mine=1, its=2)), other.writer.submit(partial(lock, mine=2, its=1))]
    assert [future.result(PATIENCE) for future in futures] == [1, 2]
    assert len(runs) >= 3, "they did not meet"
    with one.engine.connect() as connection:
        versions = connection.exec_driver_sql("SELECT version FROM page ORDER BY id").scalars().all()
    assert versions == [3, 3], "each job is kept once"


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_it_is_not_tried_for_ever(one: Process, sqlstate: str) -> None:
    runs: list[int] = []

    def refuse(connection: Connection, times: int) -> str:
        runs.append(times)
        if len(runs) <= times:
            connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$")
        return "done"

    assert one.writer.run(refuse, TRIES - 1) == "done"
    runs.clear()
    with pytest.raises(OperationalError):
        one.writer.run(refuse, TRIES)
    assert len(runs) == TRIES
