import gzip
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.importers.foreign_database import has_columns, open_sqlite
from service.importers.source_file import BadSource, Source, open_source


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE Comment (Id, text); INSERT INTO Comment VALUES (1, 'a'), (2, x'ff')")
    return path


def rows(source: Source) -> list[object]:
    with closing(source), open_sqlite(source) as database:
        return [row["text"] for row in database.rows("comment")]


def test_a_database_is_read_from_a_file_from_gzip_and_from_standard_input(path: Path, tmp_path: Path) -> None:
    packed = tmp_path / "old.db.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    before = path.read_bytes()
    expected = ["a", b"\xff"]
    assert (
        rows(open_source(str(path))) == rows(open_source(str(packed))) == rows(Source(io.BytesIO(before))) == expected
    )
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} == {"old.db", "old.db.gz"}


@pytest.fixture
def in_use(path: Path) -> Iterator[Path]:
    """A database with a comment that is still in its log only."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("INSERT INTO Comment VALUES (3, 'new')")
        connection.commit()
        yield path


def test_what_is_still_in_the_log_beside_it_is_read_too(in_use: Path) -> None:
    assert Path(f"{in_use}-wal").stat().st_size
    assert rows(open_source(str(in_use))) == ["a", b"\xff", "new"]


def test_only_tables_are_read(path: Path) -> None:
    endless = "CREATE VIEW views AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(endless)
    with closing(open_source(str(path))) as source, open_sqlite(source) as database:
        assert list(database.rows("views")) == list(database.rows("nothing")) == []


ENDLESS = "AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i AS rowid, i AS text FROM n"


@pytest.mark.parametrize(
    "made",
    [
        f"CREATE VIEW v {ENDLESS}; CREATE VIRTUAL TABLE bad USING fts5(text, content='v', content_rowid='rowid')",
        "CREATE VIEW v0 AS SELECT 1 a;"
        + ";".join(f"CREATE VIEW v{n} AS SELECT x.a FROM v{n - 1} x, v{n - 1} y" for n in range(1, 60)),
        f"CREATE VIEW pragma_table_list {ENDLESS}; CREATE VIEW pragma_table_info {ENDLESS}",
    ],
)
def test_what_runs_forever_is_not_read(made: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(made)
    with closing(open_source(str(path))) as source, open_sqlite(source) as database:
        assert "comment" in database.tables
        assert "bad" not in database.tables
        assert list(database.rows("bad")) == []
        assert has_columns(source.opening(), "comment.text")
        assert not has_columns(source.opening(), "bad.text")


def test_columns_that_are_worked_out_on_reading_are_not_read(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""CREATE TABLE made ("a ""b" , text AS (printf('%.*c', 20000000, 'a')) VIRTUAL,
            kept AS ("a ""b" || '!') STORED); INSERT INTO made VALUES ('x')""")
    with closing(open_source(str(path))) as source, open_sqlite(source) as database:
        assert list(database.rows("made")) == [{'a "b': "x", "kept": "x!"}]


def test_a_value_that_is_too_long_breaks_the_file_off(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("INSERT INTO Comment VALUES (3, zeroblob(40000000))")
    with pytest.raises(BadSource, match="too big"):
        rows(open_source(str(path)))


def test_a_database_is_known_by_its_columns(path: Path) -> None:
    with closing(open_source(str(path))) as source:
        assert has_columns(source.opening(), "comment.id", "comment.TEXT")
        assert not has_columns(source.opening(), "comment.id", "comment.slug")
    with closing(Source(io.BytesIO(path.read_bytes()))) as source:
        assert has_columns(source.opening(), "Comment.id")
        assert not has_columns(source.opening(), "Comment.id", "user.id")


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 5000, b"words"])
def test_what_is_no_database_is_refused_with_a_sentence(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(data)
    for source in (open_source(str(path)), Source(io.BytesIO(data))):
        with pytest.raises(BadSource, match=r"^This is not a readable database: .*\.$"):
            rows(source)
