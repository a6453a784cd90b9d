"""Which constraint has failed, on both databases, whichever way a statement was run."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import IntegrityError

from db import tables
from db.engine import migrate, open_engine
from db.integrity_errors import is_duplicate, is_site_gone
from db.prepared_statements import Prepared
from tests.conftest import Clock

Run = Callable[[Connection, Any, dict[str, Any]], object]


def as_sqlalchemy_does(connection: Connection, table: Any, row: dict[str, Any]) -> object:
    return connection.execute(table.insert(), row)


def prepared(connection: Connection, table: Any, row: dict[str, Any]) -> object:
    return Prepared(insert(table), tuple(row)).run(connection, row)


@pytest.fixture(params=[as_sqlalchemy_does, prepared])
def run(request: pytest.FixtureRequest) -> Run:
    chosen: Run = request.param
    return chosen


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def site(clock: Clock) -> dict[str, Any]:
    row = {"id": 1, "origin": "https://a.example", "key": "k", "check_key": "c", "secret_hash": b"s"}
    return {**row, "created_at": clock()}


def failure(engine: Engine, run: Run, *rows: tuple[Any, dict[str, Any]]) -> IntegrityError:
    """What the last of these rows is refused with."""
    with engine.connect() as connection:
        for table, row in rows[:-1]:
            run(connection, table, row)
        with pytest.raises(IntegrityError) as caught:
            run(connection, *rows[-1])
    return caught.value


def page_of(site_id: int, clock: Clock) -> dict[str, Any]:
    address = {"key": "https://a.example/", "url": "https://a.example/", "title": ""}
    return {"site_id": site_id, "id": 7, **address, "closed": False, "version": 1, "created_at": clock()}


def test_a_row_of_a_site_that_is_not_there(engine: Engine, run: Run, clock: Clock) -> None:
    error = failure(engine, run, (tables.page, page_of(1, clock)))
    assert (is_site_gone(error), is_duplicate(error)) == (True, False)


@pytest.mark.parametrize("same", ["id", "origin", "key", "check_key"])
def test_a_row_whose_key_is_taken(engine: Engine, run: Run, site: dict[str, Any], same: str) -> None:
    other = {**site, "id": 2, "origin": "https://b.example", "key": "l", "check_key": "d", same: site[same]}
    error = failure(engine, run, (tables.site, site), (tables.site, other))
    assert (is_site_gone(error), is_duplicate(error)) == (False, True)


def test_a_value_that_is_missing(engine: Engine, run: Run, site: dict[str, Any]) -> None:
    error = failure(engine, run, (tables.site, {**site, "origin": None}))
    assert (is_site_gone(error), is_duplicate(error)) == (False, False)


def test_postgresql_tells_another_foreign_key_from_a_sites(postgres_url: str, run: Run, clock: Clock) -> None:
    engine = open_engine(postgres_url)
    row = {"digest": b"d", "admin_id": 7, "created_at": clock(), "expires_at": clock()}
    error = failure(engine, run, (tables.session, row))
    assert (is_site_gone(error), is_duplicate(error)) == (False, False)
    engine.dispose()
