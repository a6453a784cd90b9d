"""The migrations lead to exactly the tables of the models, from every revision and with every row kept."""

import re
import shutil
import sqlite3
import zlib
from array import array
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import db
from db import models, tables, word_index
from db.engine import UnknownSchema, is_current, known_revisions, migrate, open_engine
from service.page_address import page_key
from tests.at_once import at_once, migrate_store
from tests.conftest import run_on_postgres

# SQLAlchemy does not read indexes of expressions from SQLite; ``test_a_new_sqlite_file_is_…`` compares them.
pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("how", ["new", "migrated"])  # in this order: Alembic sets the conditions of the models
def test_tables_are_the_models_tables(empty_url: str, how: str) -> None:
    if how == "migrated":
        bring_to(empty_url, "head")
    engine = open_engine(empty_url)
    migrate(engine)
    with engine.connect() as connection:
        assert is_current(connection)
        assert differences(connection) == []
        assert partial_indexes(connection) == {
            index.name
            for table in models.metadata.tables.values()
            for index in table.indexes
            if index.dialect_kwargs.get("sqlite_where") is not None
        }
    engine.dispose()


def partial_indexes(connection: sqlalchemy.Connection) -> set[str | None]:
    """The names of those that have a condition, which Alembic does not compare."""
    inspector, option = sqlalchemy.inspect(connection), f"{connection.dialect.name}_where"
    found = [index for table in models.metadata.tables for index in inspector.get_indexes(table)]
    return {index["name"] for index in found if index.get("dialect_options", {}).get(option) is not None}


def test_a_new_sqlite_file_is_as_a_migrated_one_to_the_letter(tmp_path: Path) -> None:
    new, migrated = (f"sqlite:///{tmp_path / name}.db" for name in ("new", "migrated"))
    bring_to(migrated, "head")
    engine = open_engine(new)
    migrate(engine)
    engine.dispose()
    assert statements(tmp_path / "new.db") == statements(tmp_path / "migrated.db")


def statements(path: Path) -> dict[str, list[str]]:
    """Name → the parts of its ``CREATE`` statement, sorted, since a migration adds a column at the end."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: sorted(part.strip(' "') for part in re.split(r"[(),\s]+", sql)) for name, sql in found}


REVISIONS = sorted(known_revisions())[:-1]
TRIED = [("sqlite_url", each) for each in REVISIONS] + [("postgres_url", each) for each in REVISIONS[::-4]]
"""SQLite has tables rewritten, where rows could be lost; PostgreSQL changes them in place, and is tried with fewer."""


@pytest.fixture(scope="module")
def sqlite_stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Revision → a SQLite store of it without rows, made of the one before."""
    folder, made = tmp_path_factory.mktemp("revisions"), dict[str, Path]()
    for revision in REVISIONS:
        path = folder / f"{revision}.db"
        if made:
            shutil.copy([*made.values()][-1], path)
        bring_to(f"sqlite:///{path}", revision)
        made[revision] = path
    return made


@pytest.mark.parametrize(("database_url", "revision"), TRIED, indirect=["database_url"])
def test_a_store_of_each_revision_is_migrated_with_its_rows(
    empty_url: str, sqlite_stores: dict[str, Path], revision: str
) -> None:
    """To which tables, ``test_tables_are_the_models_tables`` tells: the steps are the same."""
    if empty_url.startswith("sqlite"):
        shutil.copy(sqlite_stores[revision], empty_url.removeprefix("sqlite:///"))
    else:
        bring_to(empty_url, revision)
    engine = open_engine(empty_url)
    kept = fill(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert is_current(connection)
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        counted = {table: number_of_rows(connection, table) for table in kept if table in models.metadata.tables}
    assert counted == {**counted, **dict.fromkeys(("site", "page", "comment", "decision", "session"), 1)}
    assert 0 not in counted.values()
    engine.dispose()


def differences(connection: sqlalchemy.Connection) -> list[Any]:
    """What differs from the models, but for the index of words, which they do not have."""
    options = {"include_name": lambda name, *_: not str(name).startswith(word_index.NAMES)}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), models.metadata))


def fill(engine: sqlalchemy.Engine) -> list[str]:
    """A row in each table of a store of any revision, which refers to those of the others. Returns their names."""
    metadata = sqlalchemy.MetaData()
    metadata.reflect(engine)
    filled = [table for table in metadata.sorted_tables if table.name not in ("alembic_version", "moved")]
    filled = [table for table in filled if not table.name.startswith(word_index.NAMES)]
    with engine.begin() as connection:
        for table in filled:
            connection.execute(table.insert(), {column.name: value_for(column) for column in table.columns})
    return [table.name for table in filled]


def value_for(column: sqlalchemy.Column[Any]) -> Any:
    """A value that a column may have had; 1 for what names another row."""
    if column.name in ("status", "before", "after") and column.type.python_type is str:
        return "approved"
    if column.name == "features":
        return zlib.compress(bytes(4) + array("f", [1.0]).tobytes())
    values = {bool: False, int: 1, float: 0.5, str: "x", bytes: b"x" * 16, datetime: NOW}
    if isinstance(column.type, sqlalchemy.JSON):
        return {}
    return values[column.type.python_type]


def number_of_rows(connection: sqlalchemy.Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """A store without tables, on each database in turn."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    run_on_postgres(server, "CREATE DATABASE bare")
    yield server.replace("/postgres?", "/bare?")
    run_on_postgres(server, "DROP DATABASE bare WITH (FORCE)")


def bring_to(url: str, revision: str) -> None:
    """Make the schema of an earlier revision."""
    engine, config = open_engine(url), Config()
    config.set_main_option("script_location", str(Path(db.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def test_levels_that_were_numbers_have_names(empty_url: str) -> None:
    bring_to(empty_url, "0011")
    pairs = [[1, 4], [2, 4], [4, 4], [1, 1], [3, 3], [2, 3], None]
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        for number, pair in enumerate(pairs, 1):
            secret = {"key": f"k{number}", "check_key": f"c{number}", "secret_hash": b"", "created_at": NOW}
            site = {"id": number, "origin": f"https://{number}.example", **secret}
            connection.execute(tables.site.insert(), site)
            settings = {"trial": ["bbcode"], **({"level": pair} if pair else {})}
            row = {"site_id": number, "version": 7, "settings": settings, "at": NOW}
            connection.execute(tables.spam_setting.insert(), row)
    migrate(engine)
    setting = tables.spam_setting.c
    with engine.connect() as connection:
        found = connection.execute(sqlalchemy.select(setting.settings).order_by(setting.site_id)).scalars().all()
    assert [each.get("level") for each in found] == [
        *("auto", "least-2", "least-4", "always-1", "always-3", [2, 3], None)
    ]
    assert all(each["trial"] == ["bbcode"] for each in found)
    engine.dispose()


def test_pages_get_the_keys_and_addresses_that_are_meant_today(
    empty_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Tracking parameters known since 0015 leave the keys; addresses are restored; what collides is reported."""
    bring_to(empty_url, "0014")
    blog = "https://blog.example"
    stored = {
        1: "/a?srsltid=x",
        2: "/b?id=1&MTM_campaign=x&from=singlemessage",
        3: "/index.php?%2F2020%2F01%2Fhello=",
        4: "/c",
        5: "/c?igsh=x",
        6: "/d?ttclid=1",
        7: "/d?ttclid=2",
        8: "/e?from=paris&p=",
        9: "/f?a=%2F&b=%2F",
    }
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        secret = {"key": "k1", "check_key": "c1", "secret_hash": b"", "created_at": NOW}
        connection.execute(tables.site.insert(), {"id": 1, "origin": blog, **secret})
        row = {"site_id": 1, "title": "", "closed": False, "version": 1, "created_at": NOW}
        pages = [row | {"id": number, "key": blog + path, "url": blog + path} for number, path in stored.items()]
        page_then = sqlalchemy.Table("page", sqlalchemy.MetaData(), autoload_with=engine)
        connection.execute(page_then.insert(), pages)
        post = {"site_id": 1, "post_id": 30, "page_key": blog + stored[1], "page_url": blog + stored[1]}
        connection.execute(tables.wordpress_post.insert(), post)
    migrate(engine)
    page = tables.page.c
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.select(page.id, page.key, page.url).order_by(page.id)).all()
        moved_post = connection.execute(sqlalchemy.select(tables.wordpress_post)).one()
    engine.dispose()
    found = {row.id: (row.key.removeprefix(blog), row.url.removeprefix(blog)) for row in rows}
    kept = {number: (path, path) for number, path in stored.items() if number in (4, 5, 7, 8, 9)}
    assert found == kept | {
        1: ("/a", "/a"),
        2: ("/b?id=1", "/b?id=1"),
        3: ("/index.php?%2F2020%2F01%2Fhello=", "/index.php?/2020/01/hello"),
        6: ("/d", "/d"),
    }
    assert (moved_post.page_key, moved_post.page_url) == (f"{blog}/a", f"{blog}/a")
    assert [each for each in caplog.messages if "not merged" in each] == [
        f"{blog}{one} and {blog}{other} are one page now, but each has comments: they are not merged"
        for one, other in (("/c?igsh=x", "/c"), ("/d?ttclid=2", "/d"))
    ]
    assert all(page_key(row.url) == row.key for row in rows if row.id not in (5, 7))


@pytest.mark.parametrize("before", ["", "0002"])
def test_several_processes_may_migrate_at_once(empty_url: str, before: str) -> None:
    if before:
        bring_to(empty_url, before)
    at_once(migrate_store, [(empty_url,)] * 3)
    engine = open_engine(empty_url)
    with engine.connect() as connection:
        assert is_current(connection)
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar_one() == 1
    engine.dispose()


def test_a_store_that_is_up_to_date_is_opened_though_another_process_holds_its_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    migrate(open_engine(url))
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        migrate(open_engine(url, patience=0))


def test_a_store_of_a_newer_version_is_left_alone_and_the_error_says_what_to_do(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(UnknownSchema, match="which this version does not know"):
            migrate(engine)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{known_revisions()[0]}'")
        engine.dispose()


def test_sqlite_is_durable_and_readers_do_not_wait(tmp_path: object) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new.db")
    with engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    engine.dispose()


def test_the_names_of_the_files_tell_the_revisions_in_their_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(db.__file__ or "").parent / "migrations"))
    assert known_revisions() == tuple(each.revision for each in ScriptDirectory.from_config(config).walk_revisions())


def test_a_title_is_checked_if_a_moderator_approved_a_comment_of_its_page_or_an_import_brought_it(
    empty_url: str,
) -> None:
    bring_to(empty_url, "0025")
    engine = open_engine(empty_url)
    then = sqlalchemy.MetaData()
    then.reflect(engine, only=("site", "page", "comment", "decision"))
    page, comment, decision = (then.tables[name] for name in ("page", "comment", "decision"))
    with engine.begin() as connection:
        row = {column.name: value_for(column) for column in then.tables["site"].columns}
        connection.execute(then.tables["site"].insert(), row)
        for number, (title, source) in enumerate([("A", ""), ("B", ""), ("C", "disqus"), ("", "disqus"), ("E", "")], 1):
            row = {column.name: value_for(column) for column in page.columns}
            connection.execute(page.insert(), row | {"id": number, "key": str(number), "title": title})
            row = {column.name: value_for(column) for column in comment.columns}
            said = {"said_by_author": number, "said_by_email": number, "source_id": str(number)}
            connection.execute(comment.insert(), row | said | {"id": number, "page_id": number, "source": source})
        for number, undone in ((2, None), (5, NOW)):
            row = {column.name: value_for(column) for column in decision.columns}
            connection.execute(decision.insert(), row | {"id": number, "comment_id": number, "undone_at": undone})
    migrate(engine)
    with engine.connect() as connection:
        found = connection.execute(sqlalchemy.select(tables.page.c.title, tables.page.c.title_checked)).all()
    engine.dispose()
    assert dict(found) == {"A": False, "B": True, "C": True, "": False, "E": False}
