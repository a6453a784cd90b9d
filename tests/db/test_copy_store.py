"""A store moves to another database, bit for bit, while the service runs and however often the move is stopped."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, delete, func, inspect, select, update
from typer.testing import CliRunner, Result

from db import tables, word_index
from db.copy_store import CopyRefused, UnfinishedMove, copy, copy_changes, write_lock
from db.engine import migrate, open_engine
from db.models import Status, metadata
from db.table_sync import copied_tables
from db.writer import Writer
from service import admin_logins, sites
from service.app import open_context
from service.cli.main import app
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import IncomingComment, IncomingPage, PageMappings
from service.importers.store_comments import Import
from service.settings import Settings

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
AT_ONCE = 50
NUMBER = 2 * AT_ONCE + 30
USAGE = metadata.tables["usage_day"]
PAGE = IncomingPage(("5",), "/a/", "Ä ﷽ 😀", post_ids=(5,))
comment = tables.comment.c


def opened(url: str) -> Engine:
    engine = open_engine(url)
    migrate(engine)
    return engine


def incoming(number: int) -> IncomingComment:
    text, at = f"Text {number}\x01😀\n", NOW + timedelta(microseconds=number)
    status, author = [*Status][number % 4], f"A {number}"
    return IncomingComment(PAGE, "b", str(number), "", status, text, "html", at, author=author, email="", url="")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.table_sync.AT_ONCE", AT_ONCE)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Engine]:
    engine = opened(f"sqlite:///{tmp_path / 'old.db'}")
    writer = Writer(engine)
    writer.run(sites.register, "https://blog.example", NOW)
    writer.run(admin_logins.add, "Ida", "hash", NOW)
    Import("wordpress", PageMappings(1, "https://blog.example"), writer.run, NOW, ImportReport()).take(
        incoming(number) for number in range(1, NUMBER + 1)
    )
    writer.close()
    with engine.begin() as connection:  # the databases order these differently
        days = [{"site_id": 1, "day": day, "spam": 1, "ham": 2} for day in ("B", "a", "Ä")]
        connection.execute(USAGE.insert().values(missed_spam=0, false_positives=0), days)
    yield engine
    engine.dispose()


@pytest.fixture
def target(database_url: str) -> Iterator[Engine]:
    engine = opened(database_url)
    yield engine
    engine.dispose()


def silent(_number: int) -> None:
    pass


def move(source: Engine, target: Engine) -> dict[str, int]:
    copy(source, target, silent)
    with write_lock(source) as connection:
        return {each.name: each.rows for each in copy_changes(connection, target, silent)}


def everything(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {t.name: sorted(map(repr, connection.execute(select(t)).all())) for t in copied_tables()}


def test_every_table_is_equal_afterwards_and_ids_go_on(source: Engine, target: Engine) -> None:
    rows = move(source, target)
    assert (rows["comment"], rows["site"], rows["usage_day"], rows["wordpress_post"]) == (NUMBER, 1, 3, 1)
    stored = {name for name in inspect(source).get_table_names() if not name.startswith(word_index.NAMES)}
    assert {*rows, "moved", "alembic_version"} == stored
    assert everything(source) == everything(target)
    with target.begin() as connection:
        new = sites.register(connection, "https://new.example", NOW)
        assert new
        assert new.id == 2


def test_it_moves_back_as_well(source: Engine, postgres_url: str, tmp_path: Path) -> None:
    postgres, back = opened(postgres_url), opened(f"sqlite:///{tmp_path / 'back.db'}")
    move(source, postgres)
    assert move(postgres, back)["comment"] == NUMBER
    assert everything(source) == everything(back)
    postgres.dispose()
    back.dispose()


def test_what_changes_meanwhile_is_in_the_last_pass(source: Engine, target: Engine) -> None:
    copy(source, target, silent)
    with source.begin() as connection:
        spam = {"status": Status.SPAM, "reasons": [{"a": "ö"}]}
        connection.execute(update(tables.comment).where(comment.id == 7).values(spam))
        connection.execute(delete(tables.comment).where(comment.id.in_([8, NUMBER])))
        connection.execute(delete(USAGE))
        connection.execute(update(tables.admin).values(password_hash="another"))
        sites.register(connection, "https://new.example", NOW)
    with write_lock(source) as connection:
        copy_changes(connection, target, silent)
    assert everything(source) == everything(target)


def test_a_unique_value_may_pass_from_one_row_to_another_meanwhile(source: Engine, target: Engine) -> None:
    copy(source, target, silent)
    with source.begin() as connection:
        first = connection.execute(select(comment.source_id).where(comment.id == 1)).scalar_one()
        connection.execute(update(tables.comment).where(comment.id == 1).values(source_id=None))
        connection.execute(update(tables.comment).where(comment.id == NUMBER).values(source_id=first))
    move(source, target)
    assert everything(source) == everything(target)


def test_stopped_in_the_middle_it_goes_on(source: Engine, target: Engine, tmp_path: Path) -> None:
    reported = 0

    def stop(number: int) -> None:
        nonlocal reported
        reported += number
        if reported > 2 * AT_ONCE:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(source, target, stop)
    with target.connect() as connection:
        there = connection.execute(select(func.count()).select_from(tables.comment)).scalar_one()
    assert there == 2 * AT_ONCE
    with pytest.raises(UnfinishedMove, match="is still filling"):
        open_context(Settings(data=tmp_path, database_url=target.url.render_as_string(hide_password=False)))
    assert NUMBER - there < copy(source, target, silent) < AT_ONCE
    assert move(source, target)["comment"] == NUMBER


def test_a_target_with_other_data_is_left_alone(source: Engine, target: Engine) -> None:
    with target.begin() as connection:
        sites.register(connection, "https://other.example", NOW)
    before = everything(target)
    with pytest.raises(CopyRefused, match="other data"):
        copy(source, target, silent)
    assert everything(target) == before


def test_a_target_that_has_been_in_use_since_is_left_alone(source: Engine, target: Engine) -> None:
    move(source, target)
    assert move(source, target)["comment"] == NUMBER, "nothing was posted there yet"
    with target.begin() as connection:
        connection.execute(update(tables.comment).where(comment.id == 1).values(text="Edited in the new store"))
    before = everything(target)
    with pytest.raises(CopyRefused, match="in use since"):
        copy(source, target, silent)
    assert everything(target) == before


def test_nobody_writes_while_the_last_pass_runs(source: Engine) -> None:
    hasty = create_engine(source.url, connect_args={"timeout": 0})
    with write_lock(source), hasty.connect() as connection, pytest.raises(Exception, match="locked"):
        connection.execute(delete(USAGE))
    hasty.dispose()


class TestCommand:
    def run(self, source: Engine, *words: str) -> Result:
        return CliRunner(env={"REPLY_DATABASE_URL": str(source.url)}).invoke(app, ["move", *words], input="\n")

    def test_says_what_to_do_next(self, source: Engine, target: Engine) -> None:
        url = target.url.render_as_string(hide_password=False)
        said = self.run(source, "--to", url)
        assert (said.exit_code, "Both databases are equal." in said.output) == (0, True)
        assert f"REPLY_DATABASE_URL={target.url}" in said.output
        assert everything(source) == everything(target)

    @pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "postgresql+psycopg://127.0.0.1:1/reply"])
    def test_an_address_that_is_none_is_told(self, source: Engine, url: str) -> None:
        said = self.run(source, "--to", url)
        assert said.exit_code == 1
        assert "Traceback" not in said.output
        assert said.exception is None or isinstance(said.exception, SystemExit)

    def test_a_store_is_not_moved_onto_itself(self, source: Engine) -> None:
        assert "That is the current database." in self.run(source, "--to", str(source.url)).output

    def test_an_empty_store_is_not_moved(self, tmp_path: Path, database_url: str) -> None:
        empty = create_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        assert "The database is empty." in self.run(empty, "--to", database_url).output
