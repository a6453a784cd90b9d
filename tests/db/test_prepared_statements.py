"""Prepared statements return what SQLAlchemy would on both databases, and refuse what a driver would have to guess."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError

from db import tables
from db.column_types import UtcDateTime
from db.dialect_sql import insert_if_absent
from db.engine import migrate, open_engine
from db.prepared_statements import Prepared
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


def later(*more: Column[Any]) -> Table:
    """A table to which a later version has added these columns."""
    key = Column("site_id", Integer, primary_key=True, autoincrement=False)
    return Table("later", MetaData(), key, Column("name", Text, nullable=False), *more)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection that is rolled back in the end, with the tables that a test creates."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def test_a_column_that_is_left_out_has_its_default(connection: Connection) -> None:
    table = later(
        Column("pronouns", Text, nullable=False, default=""),
        Column("shown", Boolean, nullable=False, default=True),
        Column("marks", JSON, nullable=False, default=[1]),
        Column("seen", UtcDateTime, nullable=False, default=datetime(2026, 1, 1, tzinfo=UTC)),
        Column("note", Text, default=None),
        Column("there", Text, nullable=False, server_default="by the database"),
    )
    table.create(connection)
    row = {"site_id": 1, "name": "Ada"}
    assert insert_if_absent(connection, table, row)
    assert not insert_if_absent(connection, table, row)
    Prepared(insert(table), ("site_id", "name", "pronouns")).run_many(
        connection, [{"site_id": number, "name": "Bea", "pronouns": "she"} for number in (2, 3)]
    )
    fresh = (True, [1], datetime(2026, 1, 1, tzinfo=UTC), None, "by the database")
    assert Prepared(select(table).order_by(table.c.site_id)).rows(connection, {}) == [
        (1, "Ada", "", *fresh),
        (2, "Bea", "she", *fresh),
        (3, "Bea", "she", *fresh),
    ]


def test_every_row_of_a_statement_with_several_has_the_default(connection: Connection) -> None:
    table = later(Column("pronouns", Text, nullable=False, default="they"))
    table.create(connection)
    columns = table.c
    rows = [
        {"site_id": bindparam(f"id_{number}", type_=columns.site_id.type), "name": bindparam("who", type_=Text)}
        for number in (1, 2)
    ]
    Prepared(insert(table).values(rows)).run(connection, {"id_1": 1, "id_2": 2, "who": "Ada"})
    assert Prepared(select(columns.site_id, columns.pronouns)).rows(connection, {}) == [(1, "they"), (2, "they")]


def test_columns_as_the_models_declare_them_may_be_left_out(engine: Engine, clock: Clock) -> None:
    least = {"site_id": 1, "id": 7, "key": "https://a.example/", "url": "https://a.example/", "created_at": clock()}
    with engine.begin() as connection:
        assert insert_if_absent(connection, tables.page, least)
        assert Prepared(select(_page.title, _page.closed, _page.version)).rows(connection, {}) == [("", False, 1)]


@pytest.mark.parametrize("how", ["default", "onupdate"])
def test_a_default_that_is_another_each_time_is_refused_with_what_to_do(connection: Connection, how: str) -> None:
    table = later(Column("marks", JSON, nullable=False, **{how: list}))
    table.create(connection)
    row = {"site_id": 1, "name": "Ada"}
    renamed = Prepared(update(table).values(name=bindparam("name")))
    run = partial(insert_if_absent, connection, table) if how == "default" else partial(renamed.run, connection)
    with pytest.raises(TypeError, match=r"later\.marks .* Name the column among the values of this statement"):
        run(row)
