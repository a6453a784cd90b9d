"""An export in our own format can be taken in again, here or elsewhere, with nothing lost and nothing doubled."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from db.writer import Writer
from service import sites
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import PageMappings, UnreadablePart
from service.importers.own_lines_import import read, sniff
from service.importers.source_file import BadSource, Source
from service.importers.store_comments import Import
from tests.exporters.stores import NOW, ORIGIN, comment_row, exported, insert, page_row

LATER = NOW + timedelta(days=1)
KEPT = ("id", "parent_id", "status", "author", "email", "url", "text", "format", "created_at", "source", "source_id")


def new_store(url: str) -> Engine:
    engine = open_engine(url)
    migrate(engine)
    with engine.begin() as connection:
        sites.register(connection, ORIGIN, NOW)
    return engine


def taken(engine: Engine, data: str) -> ImportReport:
    writer = Writer(engine)
    try:
        job = Import("jsonl", PageMappings.of(1, ORIGIN, ()), writer.run, LATER, ImportReport())
        return job.take(read(Source(io.BytesIO(data.encode()))))
    finally:
        writer.close()


def rows(engine: Engine, table: str = "comment", columns: tuple[str, ...] = KEPT) -> list[Any]:
    chosen = [getattr(tables, table).c[name] for name in columns]
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*chosen).order_by(chosen[0]))]


@pytest.fixture
def store(database_url: str) -> Iterator[Engine]:
    engine = new_store(database_url)
    change = {"site_id": 1, "page_id": 1, "created_at": NOW, "first_text": None, "edited_at": None, "deleted_at": None}
    insert(
        engine,
        page=[page_row(1, closed=True), page_row(2)],
        comment=[
            comment_row(1, url="example.org", text="*a* \u2028 {{b}}"),
            comment_row(2, 3, status=Status.PENDING),
            comment_row(3, 9),
            comment_row(4, page=2, status=Status.SPAM, source="wordpress", source_id="abc:4", format="html"),
            comment_row(5, 4, page=2, status=Status.TRASH, created_at=NOW + timedelta(microseconds=7)),
        ],
        author_change=[
            change | {"comment_id": 1, "edited_at": NOW + timedelta(hours=1), "created_at": NOW + timedelta(minutes=1)},
            change | {"comment_id": 9, "deleted_at": NOW + timedelta(hours=2)},
        ],
        wordpress_post=[
            {"site_id": 1, "post_id": 7, "page_key": f"{ORIGIN}/articles/2", "page_url": f"{ORIGIN}/articles/2"}
        ],
    )
    yield engine
    engine.dispose()


def test_a_store_that_went_out_and_in_again_is_the_same(store: Engine, tmp_path: Path) -> None:
    data = exported(store, "jsonl", emails=True)
    other = new_store(f"sqlite:///{tmp_path}/other.db")
    report = taken(other, data)
    assert (report.broken, report.taken.total(), report.notes, report.skipped) == ("", 5, {}, {})
    assert rows(other) == rows(store)
    changes = ("comment_id", "parent_id", "created_at", "edited_at", "deleted_at")
    assert rows(other, "author_change", changes) == rows(store, "author_change", changes)
    pages, posts = ("url", "key", "title", "closed"), ("post_id", "page_key")
    assert rows(other, "page", pages) == rows(store, "page", pages)
    assert rows(other, "wordpress_post", posts) == rows(store, "wordpress_post", posts)
    other.dispose()


def test_what_is_here_is_known_again(store: Engine) -> None:
    data = exported(store, "jsonl", emails=True)
    before = rows(store), rows(store, "author_change", ("comment_id", "deleted_at"))
    report = taken(store, data)
    assert (report.already_here, report.taken.total(), report.notes) == (5, 0, {})
    assert (rows(store), rows(store, "author_change", ("comment_id", "deleted_at"))) == before


def test_an_id_that_is_taken_by_another_comment_is_given_up_once(store: Engine, tmp_path: Path) -> None:
    data = exported(store, "jsonl", emails=True)
    other = new_store(f"sqlite:///{tmp_path}/other.db")
    insert(other, page=[page_row(8)], comment=[comment_row(3, page=8, created_at=NOW)])
    first = taken(other, data)
    assert [tally.examples for tally in first.notes.values()] == [["3"]]
    second = taken(other, data)
    assert (first.taken.total(), second.already_here, second.taken.total()) == (5, 5, 0)
    ours = {row[3]: row for row in rows(other)}
    assert ours["Writer 2"][1] == ours["Writer 3"][0] != 3
    other.dispose()


def test_a_file_without_its_end_is_taken_and_told(store: Engine, tmp_path: Path) -> None:
    lines = exported(store, "jsonl").splitlines(keepends=True)
    other = new_store(f"sqlite:///{tmp_path}/other.db")
    report = taken(other, "".join(lines[:3]))
    assert (report.taken.total(), "last line, 3," in report.broken) == (1, True)
    other.dispose()


HEADER = '{"type":"header","format":"leave-a-reply","version":1,"site":"https://blog.example","emails":true}\n'


def test_broken_lines_are_passed_over_with_their_numbers() -> None:
    odd = (
        "nonsense\n[1]\n" + json.dumps({"type": "comment", "id": 1, "page": 5}) + '\n{"type":"poll"}\n{"type":"end"}\n'
    )
    items = list(read(Source(io.BytesIO((HEADER + odd).encode()))))
    assert [item.place for item in items if isinstance(item, UnreadablePart)] == ["line 2", "line 3", "line 4"]


@pytest.mark.parametrize("first", [HEADER.replace(":1,", ":2,"), '{"type":"page"}\n', '{"type":"end"}\n'])
def test_a_newer_version_and_a_file_without_header_are_refused(first: str) -> None:
    with pytest.raises(BadSource, match=r"version 2|header"):
        list(read(Source(io.BytesIO(first.encode()))))


def test_it_is_known_by_its_header() -> None:
    assert sniff(Source(io.BytesIO(HEADER.encode())).opening())
    assert not sniff(Source(io.BytesIO(b'{"format":"leave-a-reply')).opening())
