"""A SQLite file that is deleted, moved or replaced while it is open: nothing is acknowledged that would be lost."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from db import tables
from db.engine import migrate, open_engine
from db.writer import Writer
from service.web.context import AppContext
from service.web.shared_answers import SingleFlight
from tests.reader import Reader


def delete(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def replace(path: Path) -> None:
    with closing(sqlite3.connect(path.with_name("another.db"))) as another:
        another.execute("CREATE TABLE site (id)")
    path.with_name("another.db").replace(path)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def path(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


@pytest.mark.parametrize("lose", [delete, move, replace])
def test_a_post_gets_its_form_back_and_the_service_is_not_ready(
    reader: Reader, context: AppContext, path: Path, lose: Callable[[Path], None]
) -> None:
    context.readiness = SingleFlight(0.0)
    reader.post(comment="Written before.")
    forms = [reader.fields(comment=f"Written afterwards {number}.") for number in range(2)]
    assert reader.client.get("/comments", params={"page": "https://blog.example/other/"}).status_code == 200
    lose(path)  # a connection for readers is open
    for form in forms:
        answer = reader.send(form)
        assert answer.status_code == 503
        assert form["comment"] in answer.text
    assert reader.send(forms[0], json=True).status_code == 503
    answer = reader.client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert "Written before." in reader.read()


def test_a_file_that_is_put_back_is_written_to_again(reader: Reader, path: Path) -> None:
    reader.post(comment="Written before.")
    form = reader.fields(comment="Written in the end.")
    move(path)
    assert reader.send(form).status_code == 503
    path.with_name("elsewhere.db").rename(path)
    assert reader.send(form).status_code == 303
    assert "Written in the end." in reader.read()


def test_a_commit_is_not_acknowledged_if_the_file_went_before_it(path: Path, database_url: str) -> None:
    engine = open_engine(database_url)
    writer = Writer(engine)

    def lose_and_write(connection: Connection) -> None:
        connection.execute(tables.lease.insert(), {"name": "lost", "at": None})

    def lose(_connection: Connection) -> None:
        move(path)

    with pytest.raises(OperationalError, match="was deleted, moved or replaced"):
        writer.run(lose)
    with pytest.raises(OperationalError, match="was deleted, moved or replaced"):
        writer.run(lose_and_write)
    writer.close()
    engine.dispose()


def test_no_connection_makes_an_empty_file_where_the_store_was(path: Path, database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    engine.dispose()
    delete(path)
    with pytest.raises(OperationalError, match="was deleted, moved or replaced"):
        engine.connect()
    assert not path.exists()
    migrate(reopened := open_engine(database_url))
    with reopened.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.comment)).scalar_one() == 0
    reopened.dispose()
