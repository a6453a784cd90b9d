"""The queue on each database: one of several processes takes a message, and a build waits once."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, func, select

from db import tables
from db.engine import open_engine
from db.writer import Writer
from service import sites
from service.housekeeping import chores
from service.settings import Settings
from service.webhooks import message_queue, site_webhooks
from service.webhooks.message_queue import GATHERED_FOR, GRACE, AttemptOutcome, TakenMessage
from service.webhooks.site_webhooks import Event, Kind, Wanted
from tests.mail.test_outbox import AT


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = open_engine(str(request.getfixturevalue(request.param)))
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    writer.run(sites.register, "https://blog.example", AT)
    yield writer
    writer.close()


def test_a_transaction_that_fails_leaves_no_message(writer: Writer) -> None:
    writer.run(site_webhooks.add, 1, Wanted(Kind.STANDARD, "https://a.example"), AT)

    def job(connection: Connection) -> None:
        message_queue.happened(connection, [(Event.APPROVED, (1, 5))], [1], AT)
        raise ValueError("the comment was not taken")

    with pytest.raises(ValueError, match="not taken"):
        writer.run(job)
    assert writer.run(message_queue.take_due, AT) == {}


def test_of_several_processes_one_takes_a_message(engine: Engine, writer: Writer) -> None:
    writer.run(site_webhooks.add, 1, Wanted(Kind.STANDARD, "https://a.example", [Event.APPROVED]), AT)
    writer.run(message_queue.happened, [(Event.APPROVED, (1, number)) for number in range(60)], [], AT)
    taken: list[TakenMessage] = []
    start = threading.Barrier(4)

    def run() -> None:
        own = Writer(engine)  # as each process has one
        start.wait()
        while found := own.run(message_queue.take_due, AT, [], 7):
            taken.extend(message for messages in found.values() for message in messages)
        own.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.comment_id for each in taken) == list(range(60))


def test_a_build_waits_once_and_webhooks_that_are_busy_are_left_out(engine: Engine, writer: Writer) -> None:
    build = writer.run(site_webhooks.add, 1, Wanted(Kind.BUILD, "https://a.example"), AT)
    other = writer.run(site_webhooks.add, 1, Wanted(Kind.BUILD, "https://b.example"), AT)
    for _ in range(3):
        writer.run(message_queue.happened, [], [1], AT)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.webhook_delivery)).scalar_one() == 2
    assert writer.run(message_queue.take_due, AT + GATHERED_FOR) == {}
    later = AT + GATHERED_FOR + GRACE
    assert list(writer.run(message_queue.take_due, later, [(1, other.id)])) == [(1, build.id)]
    assert list(writer.run(message_queue.take_due, later)) == [(1, other.id)]


def test_a_test_is_logged_and_what_is_sent_is_forgotten_after_a_month(engine: Engine, writer: Writer) -> None:
    hook = writer.run(site_webhooks.add, 1, Wanted(Kind.SLACK, "https://hooks.example/a/secret"), AT)
    message = writer.run(message_queue.enqueue_taken, hook, site_webhooks.TEST_EVENT, AT)
    writer.run(message_queue.record, message, AttemptOutcome(500, 12, "x" * 999), AT)
    writer.run(message_queue.settle, message, AT, delivered=False)
    with engine.connect() as connection:
        assert site_webhooks.read_all(connection) == [hook]
        assert site_webhooks.find(connection, hook.id) == hook
        (row,) = message_queue.log(connection, hook, 10)
    assert (row.event, row.status, row.milliseconds, len(row.said), row.delivered) == (
        "webhook.test",
        500,
        12,
        300,
        False,
    )
    assert "secret" not in hook.place

    def left(days: int) -> tuple[int, ...]:
        for job in chores(Settings(), AT + timedelta(days=days)):
            writer.run(job)
        with engine.connect() as connection:
            logs = (tables.webhook_delivery, tables.webhook_attempt)
            return tuple(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in logs)

    assert left(29) == (1, 1)
    assert left(31) == (0, 0)
