"""The outbox on each database: one of several takes a mail, and a transaction that fails leaves none."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from db.writer import Writer
from service import sites
from service.housekeeping import chores
from service.mail import notices, outbox
from service.mail.outbox import MailKind, TakenMail
from service.settings import Settings
from tests.writing import writing

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: object) -> Iterator[Engine]:
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    else:
        url = f"sqlite:///{tmp_path}/outbox.db"
    engine = open_engine(url)
    migrate(engine)
    writer = Writer(engine)
    writer.run(sites.register, "https://blog.example", AT)
    writer.close()
    yield engine
    engine.dispose()


def test_the_same_is_put_once(engine: Engine) -> None:
    with writing(engine) as connection:
        assert outbox.enqueue(connection, 1, MailKind.REPLY, 5, AT)
        assert not outbox.enqueue(connection, 1, MailKind.REPLY, 5, AT)
        assert outbox.enqueue(connection, 1, MailKind.CONFIRM, 5, AT)


def test_a_transaction_that_fails_leaves_no_mail(engine: Engine) -> None:
    writer = Writer(engine)

    def job(connection: Connection) -> None:
        outbox.enqueue(connection, 1, MailKind.REPLY, 5, AT)
        raise ValueError("the comment was not taken")

    with pytest.raises(ValueError, match="not taken"):
        writer.run(job)
    assert writer.run(outbox.take_due, AT) == []
    writer.close()


def test_of_several_processes_one_takes_a_mail(engine: Engine) -> None:
    with writing(engine) as connection:
        for about in range(60):
            outbox.enqueue(connection, 1, MailKind.REPLY, about, AT)
    taken: list[TakenMail] = []
    start = threading.Barrier(4)

    def run() -> None:
        writer = Writer(engine)  # as each process has one
        start.wait()
        while found := writer.run(outbox.take_due, AT, 7):
            taken.extend(found)
        writer.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.about for each in taken) == list(range(60))


def test_a_comment_noted_while_digests_are_sent_is_in_one_of_them(engine: Engine) -> None:
    noting, told = 2, list[int]()
    left = threading.Semaphore(0)

    def note(first: int) -> None:
        writer = Writer(engine)
        for comment_id in range(first, first + 30):
            at = AT + timedelta(hours=comment_id % 30 // 6)
            key = (1, comment_id)
            writer.run(notices.note, key, Status.PENDING, at, by_setting=True, most_a_day=0)
        writer.close()
        left.release()

    def send() -> None:
        writer, ended = Writer(engine), 0
        while True:
            ended += left.acquire(blocking=False)
            taken = writer.run(outbox.take_due, AT + timedelta(days=30))
            for mail in taken:
                with engine.connect() as connection:
                    these = select(tables.notice.c.comment_id).where(tables.notice.c.mail == mail.about)
                    told.extend(connection.execute(these).scalars())
                writer.run(outbox.mark_done, mail, AT)
            if ended == noting and not taken:
                break
        writer.close()

    jobs = [threading.Thread(target=note, args=(first,)) for first in (1, 31)] + [threading.Thread(target=send)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert sorted(told) == list(range(1, 61))


def test_what_is_sent_is_remembered_for_a_month_and_what_was_not_is_forgotten_in_a_week(engine: Engine) -> None:
    writer = Writer(engine)
    writer.run(lambda connection: outbox.enqueue(connection, 1, MailKind.REPLY, 1, AT))
    (sent,) = writer.run(outbox.take_due, AT)
    writer.run(outbox.mark_done, sent, AT)
    writer.run(lambda connection: outbox.enqueue(connection, 1, MailKind.REPLY, 2, AT))

    def left(days: int) -> list[int]:
        for job in chores(Settings(), AT + timedelta(days=days)):
            writer.run(job)
        with engine.connect() as connection:
            return sorted(connection.execute(select(tables.outbox.c.about)).scalars())

    assert left(6) == [1, 2]
    assert left(8) == [1]
    assert left(31) == []
    writer.close()
