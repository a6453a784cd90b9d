"""Prepared statements say the same as SQLAlchemy's own way, on both databases, and refuse what a driver would guess."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Engine, Text, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from db import tables
from db.engine import migrate, open_engine
from db.prepared import Prepared
from tests.conftest import Clock

_page = tables.page.c
ROW = {"site_id": 1, "id": 7, "key": "https://a.example/", "url": "https://a.example/", "title": "", "closed": True}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(
            tables.site.insert(),
            {
                "origin": "https://a.example",
                "key": "k",
                "check_key": "c",
                "secret_hash": b"s",
                "created_at": datetime(2026, 1, 1, tzinfo=UTC),
            },
        )
    yield engine
    engine.dispose()


def test_values_come_back_as_they_went_in(engine: Engine, clock: Clock) -> None:
    row = {**ROW, "version": 3, "created_at": clock()}
    columns = [_page.id, _page.title, _page.closed, _page.version, _page.created_at]
    ask = Prepared(select(*columns).where(_page.site_id == bindparam("site"), _page.key == bindparam("key")))
    with engine.begin() as connection:
        assert Prepared(insert(tables.page), tuple(row)).run(connection, row) == 1
        wanted = {"site": 1, "key": "https://a.example/"}
        found = ask.rows(connection, wanted)
        assert found == [tuple(each) for each in connection.execute(select(*columns))]
        assert found == [(7, "", True, 3, clock())]
        assert type(found[0][2]) is bool
        assert ask.first(connection, wanted | {"key": "https://b.example/"}) is None


def test_an_instant_is_the_same_in_every_zone(engine: Engine, clock: Clock) -> None:
    elsewhere = clock().astimezone(timezone(timedelta(hours=5, minutes=30)))
    recent = tables.recent
    with engine.begin() as connection:
        enter = Prepared(insert(recent), ("site_id", "who", "at"))
        enter.run_many(
            connection, [{"site_id": 1, "who": who, "at": at} for who, at in ((b"a", clock()), (b"b", elsewhere))]
        )
        assert Prepared(select(recent.c.at)).rows(connection, {}) == [(clock(),), (clock(),)]
        with pytest.raises(ValueError, match="without a zone"):
            enter.run(connection, {"site_id": 1, "who": b"c", "at": datetime(2026, 1, 1)})


def test_a_change_tells_what_it_changed_and_how_often(engine: Engine, clock: Clock) -> None:
    change = update(tables.page).where(_page.key == bindparam("key")).values(version=_page.version + 1)
    with engine.begin() as connection:
        connection.execute(tables.page.insert(), {**ROW, "version": 1, "created_at": clock()})
        told = Prepared(change.returning(_page.version))
        assert [told.first(connection, {"key": ROW["key"]}) for _ in range(2)] == [(2,), (3,)]
        assert Prepared(change).run(connection, {"key": "https://b.example/"}) == 0


def test_errors_are_those_of_sqlalchemy_and_hold_no_values(engine: Engine, clock: Clock) -> None:
    row = {**ROW, "title": "what a reader typed", "version": 1, "created_at": clock()}
    enter = Prepared(insert(tables.page), tuple(row))
    with engine.connect() as connection:
        enter.run(connection, row)
        with pytest.raises(IntegrityError) as caught:
            enter.run(connection, row)
    assert "what a reader typed" not in str(caught.value).partition("[SQL:")[2]


def test_an_error_while_rows_are_read_is_sqlalchemys_too(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    number = func.json_each(bindparam("list", type_=Text)).table_valued("value").c.value
    ask = Prepared(select(func.abs(number, type_=BigInteger)))
    with engine.connect() as connection:
        assert ask.rows(connection, {"list": "[-1, 2]"}) == [(1,), (2,)]
        with pytest.raises(OperationalError, match="integer overflow"):  # of the second row; the first was there
            ask.rows(connection, {"list": f"[-1, {-(2**63)}]"})
    engine.dispose()


def test_a_parameter_must_say_its_type(engine: Engine) -> None:
    vague = Prepared(select(_page.id).where(_page.id.in_([bindparam("one"), bindparam("other")])))
    with engine.connect() as connection, pytest.raises(TypeError, match="of which type “one” is"):
        vague.rows(connection, {"one": 1, "other": 2})
