"""A store moves to another database: equal to the last bit, beside a running service, however often it is stopped."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, func, select, update

from db import tables
from db.engine import migrate, open_engine
from db.models import Status, metadata
from db.writer import Writer
from service import admins, sites
from service.moving import NotEmpty, copy, copy_the_rest, nobody_writes
from service.transfer.model import IncomingComment, IncomingPage
from service.transfer.places import Places
from service.transfer.report import Report
from service.transfer.store import Import

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
NUMBER = 2300
USAGE = metadata.tables["usage_day"]


def opened(url: str) -> Engine:
    engine = open_engine(url)
    migrate(engine)
    return engine


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Engine]:
    engine = opened(f"sqlite:///{tmp_path / 'old.db'}")
    writer = Writer(engine)
    writer.run(sites.register("https://blog.example", NOW))
    writer.run(admins.add("Ida", "hash", NOW))
    page = IncomingPage(("5",), "/a/", "Ä ﷽ 😀")
    writer.run(
        lambda c: (
            c.execute(
                USAGE.insert(),
                [
                    {"site_id": 1, "day": day, "spam": 1, "ham": 2, "missed_spam": 0, "false_positives": 0}
                    for day in ("B", "a", "Ä")
                ],
            )
            and None
        )
    )
    comments = (
        IncomingComment(
            page,
            "b",
            str(n),
            "",
            [*Status][n % 4],
            f"A {n}",
            "",
            "",
            f"Text {n}\x01😀\n",
            "html",
            NOW + timedelta(microseconds=n),
        )
        for n in range(1, NUMBER + 1)
    )
    Import("wordpress", Places(1, "https://blog.example"), writer.run, NOW, Report()).take(comments)
    writer.close()
    yield engine
    engine.dispose()


@pytest.fixture
def target(database_url: str) -> Iterator[Engine]:
    engine = opened(database_url)
    yield engine
    engine.dispose()


def move(source: Engine, target: Engine) -> dict[str, int]:
    copy(source, target, lambda _number: None)
    with nobody_writes(source) as connection:
        return {each.name: each.rows for each in copy_the_rest(connection, target, lambda _number: None)}


def test_every_table_is_equal_afterwards_and_ids_go_on(source: Engine, target: Engine) -> None:
    rows = move(source, target)
    assert (rows["comment"], rows["site"], rows["usage_day"], rows["wordpress_post"]) == (NUMBER, 1, 3, 1)
    assert set(rows) == set(metadata.tables)
    with source.connect() as ours, target.connect() as theirs:
        for table in metadata.sorted_tables:
            found = [sorted(map(repr, each.execute(select(table)).all())) for each in (ours, theirs)]
            assert found[0] == found[1]
    with target.begin() as connection:
        assert sites.register("https://new.example", NOW)(connection).id == 2  # type: ignore[union-attr]


def test_what_changes_meanwhile_is_in_the_last_pass(source: Engine, target: Engine) -> None:
    copy(source, target, lambda _number: None)
    comment = tables.comment.c
    with source.begin() as connection:
        connection.execute(
            update(tables.comment).where(comment.id == 7).values(status=Status.SPAM, reasons=[{"a": "ö"}])
        )
        connection.execute(delete(tables.comment).where(comment.id.in_([8, NUMBER])))
        connection.execute(delete(USAGE))
    assert move(source, target)["comment"] == NUMBER - 2
    with target.connect() as connection:
        assert connection.execute(select(comment.status).where(comment.id == 7)).scalar_one() == Status.SPAM


def test_stopped_in_the_middle_it_goes_on(source: Engine, target: Engine) -> None:
    seen = []

    def stop(number: int) -> None:
        seen.append(number)
        if number == 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(source, target, stop)
    with target.connect() as connection:
        there = connection.execute(select(func.count()).select_from(tables.comment)).scalar_one()
    assert there == 1000
    assert move(source, target)["comment"] == NUMBER
    found = copy(source, target, lambda _number: None)
    assert not any(found.values())


def test_a_target_with_other_data_is_left_alone(source: Engine, target: Engine) -> None:
    with target.begin() as connection:
        sites.register("https://other.example", NOW)(connection)
    with pytest.raises(NotEmpty, match="empty database"):
        copy(source, target, lambda _number: None)
