"""What leaves in another system's format and comes back is the same threads, but for what the format cannot hold."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import tables
from db.models import Status
from db.writer import Writer
from service.importers.import_formats import read_source, recognise
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import PageMappings
from service.importers.source_file import Source
from service.importers.store_comments import Import
from service.safe_html import render
from tests.exporters.stores import NOW, ORIGIN, comment_row, exported, insert, page_row
from tests.exporters.test_export_formats import ODD, new_store

THREAD = [
    comment_row(1, text="**Bold** & <b>\n\n> quoted\n\n```\na\n\n  b\n```"),
    comment_row(2, 1, status=Status.PENDING),
    comment_row(3, 1, format="html", text="<em>old</em>\n\nwords", source="wordpress", source_id="x:3"),
    comment_row(4, 3, status=Status.SPAM),
    comment_row(5, status=Status.TRASH, author="=HYPERLINK(1)"),
    comment_row(6, 7, author="Anna & <Bob>"),
    comment_row(7, text="-1"),
    comment_row(8, page=2, email="", url=""),
    comment_row(9, 8, page=2, text=ODD),
]
STATUSES = {
    "disqus": {Status.APPROVED, Status.SPAM},
    "isso": {Status.APPROVED},
    "artrans": {Status.APPROVED, Status.PENDING},
    "csv": set(Status),
}
LOST = {"disqus": {"url"}, "isso": {"parent_id"}, "artrans": set(), "csv": set()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    engine = new_store(f"sqlite:///{tmp_path}/first.db")
    insert(engine, page=[page_row(1, title="Hello & <more>", closed=True), page_row(2)], comment=THREAD)
    yield engine
    engine.dispose()


def moved(engine: Engine, form: str, url: str) -> tuple[Engine, ImportReport]:
    """A new store with what an export in a format brings, imported twice."""
    data = exported(engine, form, emails=True).encode()
    other = new_store(url)
    writer = Writer(other)
    for _ in range(2):
        source = Source(io.BytesIO(data))
        name = recognise(source.opening())
        job = Import(name, PageMappings.of(1, ORIGIN, ()), writer.run, NOW, report := ImportReport())
        job.take(read_source(name, source))
    writer.close()
    return other, report


def shown(row: Any) -> str:
    """The text as a thread shows it, whatever the ends of its lines in the source."""
    return re.sub(r"[\s\x00-\x1f\ufffd\ufffe]+", " ", render(row["text"], row["format"])).replace("> <", "><").strip()


@pytest.mark.parametrize("form", STATUSES)
def test_a_store_that_left_in_another_format_comes_back(store: Engine, form: str, tmp_path: Path) -> None:
    other, second = moved(store, form, f"sqlite:///{tmp_path}/{form}.db")
    kept = {"id", "parent_id", "status", "author", "email", "url", "created_at", "page_id"} - LOST[form]
    taken = {row["id"]: row for row in THREAD if row["status"] in STATUSES[form]}
    with other.connect() as connection:
        rows = {row["id"]: dict(row) for row in connection.execute(select(tables.comment)).mappings()}
        pages = {row.id: row for row in connection.execute(select(tables.page))}
    for row in rows.values():
        row["page_id"] = int(pages[row["page_id"]].url.rpartition("/")[2])
    assert rows.keys() == taken.keys()
    assert second.taken.total() == 0
    for number, row in taken.items():
        expected = {name: row[name] for name in kept}
        if expected.get("parent_id") not in taken:
            expected["parent_id" if "parent_id" in kept else "id"] = None if "parent_id" in kept else number
        assert {name: rows[number][name] for name in kept} == expected
        assert shown(rows[number]) == shown(row)
    titles = {page.url: page.title for page in pages.values()}
    assert titles == {f"{ORIGIN}/articles/1": "Hello & <more>", f"{ORIGIN}/articles/2": "Article 2"}
    other.dispose()


def test_a_table_that_comes_back_to_its_own_store_adds_only_what_is_missing(store: Engine) -> None:
    data = exported(store, "csv", emails=True).encode()
    with store.begin() as connection:
        connection.execute(tables.comment.delete().where(tables.comment.c.id == 6))
    writer = Writer(store)
    job = Import("csv", PageMappings.of(1, ORIGIN, ()), writer.run, NOW, ImportReport())
    report = job.take(read_source("csv", Source(io.BytesIO(data))))
    writer.close()
    assert (report.taken.total(), report.already_here) == (1, 8)
    with store.connect() as connection:
        kept = {row.id: (row.source, row.source_id) for row in connection.execute(select(tables.comment))}
    assert kept == {row["id"]: (row["source"], row["source_id"]) for row in THREAD}


HOSTILE = [
    "<b>bold?</b> and <script>alert(1)</script>",
    "List<String> and `<b>` and <https://example.org/>",
    "<p>typed</p>",
    "<!-- a comment -->\n\n<?php echo 1 ?> </div>",
    "![a picture](https://example.org/p.png) and ![",
    "&lt;b&gt; &amp;amp; &copy; & &nosuch;",
    "\\<b>escaped\\</b>",
    "```\n<pre>\n\n</pre>\n```\n<i>x</i>",
    "{{ braces }} <em>and {% tags %}</em>",
    "<b",
    "1 < 2 > 0",
]


@pytest.mark.parametrize("form", ["isso", "artrans", "disqus", "wordpress"])
def test_what_was_typed_to_be_read_is_not_taken_for_html(form: str, tmp_path: Path) -> None:
    first = new_store(f"sqlite:///{tmp_path}/first.db")
    rows = [comment_row(number, text=text) for number, text in enumerate(HOSTILE, 1)]
    insert(first, page=[page_row(1)], comment=rows)
    other, _ = moved(first, form, f"sqlite:///{tmp_path}/other.db")
    with other.connect() as connection:
        found = {row["id"]: shown(row) for row in connection.execute(select(tables.comment)).mappings()}
    assert found == {row["id"]: shown(row) for row in rows}
    for engine in (first, other):
        engine.dispose()
