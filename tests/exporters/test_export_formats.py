import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from db.writer import Writer
from service import sites
from service.exporters import read_site
from service.exporters.disqus_xml import write_disqus
from service.exporters.own_lines import write_json_lines
from service.exporters.read_site import ExportComment, ExportFilter, ExportPage, SiteReader
from service.exporters.wxr import write_wxr
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import PageMappings
from service.importers.source_file import Source
from service.importers.store_comments import Import
from service.importers.wordpress import read
from service.safe_html import render
from tests.exporters.stores import NOW, ORIGIN, comment_row, exported, insert, page_row, reading

ODD = "a\r\nb\rc ]]> & <b>\x07\x85\u2028\U0001f339\ufffe"
THREAD = [
    comment_row(1, text=ODD, author="Anna & <Bob>"),
    comment_row(2, 1, status=Status.PENDING),
    comment_row(3, 2, format="html", text="<em>old</em>\n\nwords", source="wordpress", source_id="x:3"),
    comment_row(4, 1, status=Status.SPAM),
    comment_row(5, status=Status.TRASH, author="=HYPERLINK(1)"),
    comment_row(6, 7),
    comment_row(7, text="-1"),
    comment_row(8, page=2),
]


def new_store(url: str) -> Engine:
    engine = open_engine(url)
    migrate(engine)
    writer = Writer(engine)
    writer.run(sites.register, ORIGIN, NOW)
    writer.close()
    return engine


@pytest.fixture
def store(database_url: str) -> Iterator[Engine]:
    engine = new_store(database_url)
    insert(engine, page=[page_row(1, title="Hello & <more>", closed=True), page_row(2), page_row(3)], comment=THREAD)
    yield engine
    engine.dispose()


def lines(text: str, kind: str) -> list[dict[str, Any]]:
    return [each for line in text.splitlines() if (each := json.loads(line))["type"] == kind]


def test_json_lines_hold_every_field(store: Engine) -> None:
    change = {"site_id": 1, "comment_id": 2, "page_id": 1, "parent_id": 1, "created_at": NOW, "first_text": "Before"}
    gone = change | {"comment_id": 90, "parent_id": None, "edited_at": None, "deleted_at": NOW}
    insert(
        store,
        author_change=[change | {"edited_at": NOW, "deleted_at": None}, gone],
        wordpress_post=[{"site_id": 1, "post_id": 5, "page_key": f"{ORIGIN}/articles/1", "page_url": ORIGIN}],
    )
    text = exported(store, "jsonl", emails=True)
    (header,), (end,) = lines(text, "header"), lines(text, "end")
    assert (header["version"], header["site"], header["emails"]) == (1, ORIGIN, True)
    assert (end["pages"], end["comments"]) == (3, 8)
    first, *_ = lines(text, "page")
    assert (first["title"], first["closed"], first["wordpress_posts"]) == ("Hello & <more>", True, [5])
    assert [each["id"] for each in first["deleted"]] == [90]
    found = {each["id"]: each for each in lines(text, "comment")}
    for row in THREAD:
        line = found[row["id"]]
        assert {name: line[name] for name in ("author", "email", "text", "format", "source", "source_id")} == {
            name: row[name] for name in ("author", "email", "text", "format", "source", "source_id")
        }
        assert (line["page"], line["parent"], line["status"]) == (row["page_id"], row["parent_id"], row["status"])
        assert (line["website"], line["created_at"][:19]) == (row["url"], row["created_at"].isoformat()[:19])
    assert found[2]["edited_at"] == "2026-01-01T00:00:00.000000Z"
    assert "Before" not in text


@pytest.mark.parametrize("name", ["jsonl", "wordpress", "disqus", "isso", "artrans", "csv"])
def test_emails_leave_only_when_asked_for(store: Engine, name: str) -> None:
    assert "w1@example.test" not in exported(store, name)
    assert "w1@example.test" in exported(store, name, emails=True)


CHOICES: list[dict[str, Any]] = [
    {},
    {"statuses": (Status.APPROVED,)},
    {"page_key": f"{ORIGIN}/articles/1"},
    {"page_key": f"{ORIGIN}/articles/1", "statuses": (Status.APPROVED,), "since": NOW},
]


@pytest.mark.parametrize("choice", CHOICES)
def test_reading_in_batches_leaves_nothing_out(
    store: Engine, monkeypatch: pytest.MonkeyPatch, choice: dict[str, Any]
) -> None:
    whole = exported(store, "jsonl", **choice)
    monkeypatch.setattr(read_site, "AT_ONCE", 2)
    assert exported(store, "jsonl", **choice) == whole


def test_an_export_is_of_one_moment(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_site, "AT_ONCE", 2)
    with reading(store) as site:
        comments = site.comments()
        first = next(comments)
        insert(store, comment=[comment_row(9, page=3)])
        assert sorted(each.id for each in (first, *comments)) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("choice", CHOICES)
def test_no_query_sorts_what_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: dict[str, Any]) -> None:
    """A sort of the whole page for each batch would take quadratic time on a long thread."""
    store = new_store(f"sqlite:///{tmp_path}/comments.db")
    insert(store, page=[page_row(1)], comment=THREAD)
    monkeypatch.setattr(read_site, "AT_ONCE", 2)
    sent: list[tuple[str, Any]] = []
    event.listen(store, "before_cursor_execute", lambda _c, _r, sql, bound, *_: sent.append((sql, bound)))
    exported(store, "csv", **choice)
    with store.connect() as connection:
        queries = [each for each in sent if "author_change.edited_at" in each[0]]
        plans = [str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", bound).all()) for sql, bound in queries]
    assert len(plans) > 2
    assert [plan for plan in plans if "TEMP B-TREE" in plan or "ix_comment_page" not in plan] == []
    store.dispose()


@pytest.mark.parametrize(
    ("choice", "ids"),
    [
        ({"page_key": f"{ORIGIN}/articles/2"}, [8]),
        ({"page_key": f"{ORIGIN}/none"}, []),
        ({"statuses": (Status.SPAM, Status.PENDING)}, [2, 4]),
        ({"since": NOW + timedelta(minutes=3), "until": NOW + timedelta(minutes=6)}, [3, 4, 5]),
        ({"site_id": 2}, []),
    ],
)
def test_a_filter_chooses_comments(store: Engine, choice: dict[str, Any], ids: list[int]) -> None:
    with reading(store, **choice) as site:
        assert sorted(comment.id for _, comments in site.threads() for comment in comments) == ids


def test_a_reply_names_no_parent_that_is_not_in_the_file(store: Engine) -> None:
    with reading(store, statuses=(Status.APPROVED,)) as site:
        assert {each.id: (each.parent_id, each.present_parent) for each in site.comments() if each.parent_id} == {
            3: (2, None),
            6: (7, 7),
        }


def test_a_store_that_went_to_wordpress_and_back_has_the_same_threads(store: Engine, tmp_path: Path) -> None:
    data = exported(store, "wordpress", emails=True).encode()
    other = new_store(f"sqlite:///{tmp_path}/other.db")
    writer = Writer(other)
    report = Import("wordpress", PageMappings.of(1, ORIGIN, ()), writer.run, NOW, ImportReport()).take(
        read(Source(io.BytesIO(data)))
    )
    writer.close()
    assert (report.broken, report.taken.total(), report.notes) == ("", 8, {})
    kept = ("id", "parent_id", "status", "author", "email", "url", "created_at")
    expected = {row["id"]: [row[name] for name in kept] for row in THREAD}
    with other.connect() as connection:
        rows = list(connection.execute(select(tables.comment)))
        (page, *_) = connection.execute(select(tables.page).order_by(tables.page.c.url))
    assert {row.id: [getattr(row, name) for name in kept] for row in rows} == expected
    texts = {row.id: row.text for row in rows}
    assert (texts[3], texts[2]) == ("<em>old</em>\n\nwords", render("Words of 2").strip())
    assert (page.url, page.title, page.closed) == (f"{ORIGIN}/articles/1", "Hello & <more>", True)
    other.dispose()


def test_disqus_gets_no_comment_that_waits(store: Engine) -> None:
    root = ElementTree.fromstring(exported(store, "disqus"))
    ids = [post.attrib["{http://disqus.com/disqus-internals}id"] for post in root.iter("{http://disqus.com}post")]
    assert sorted(ids) == ["1", "3", "4", "5", "6", "7", "8"]
    assert len(list(root.findall("{http://disqus.com}thread"))) == 3


def test_isso_gets_approved_comments_by_path(store: Engine) -> None:
    threads = json.loads(exported(store, "isso"))
    assert {thread["id"]: [each["id"] for each in thread["comments"]] for thread in threads} == {
        "/articles/1": ["1", "3", "6", "7"],
        "/articles/2": ["8"],
    }


def test_artalk_gets_strings_and_parents(store: Engine) -> None:
    comments = {each["id"]: each for each in json.loads(exported(store, "artrans"))}
    assert {value for comment in comments.values() for value in map(type, comment.values())} == {str}
    assert [comments[each]["rid"] for each in "1236"] == ["0", "1", "2", "7"]
    assert (comments["2"]["is_pending"], comments["1"]["content"]) == ("true", render(ODD))


def test_a_spreadsheet_runs_no_cell(store: Engine) -> None:
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(exported(store, "csv"), newline=""))}
    assert (rows["5"]["author"], rows["7"]["text"], rows["1"]["text"]) == ("'=HYPERLINK(1)", "'-1", ODD)


@dataclass(frozen=True, slots=True)
class OneComment(SiteReader):
    """A site with one page and one comment, without a store."""

    comment: ExportComment
    title: str

    def pages(self) -> Iterator[ExportPage]:
        yield ExportPage(1, f"{ORIGIN}/a?b&c", f"{ORIGIN}/a", self.title, closed=False, created_at=NOW)

    def comments(self) -> Iterator[ExportComment]:
        yield self.comment

    def first_free_post_id(self) -> int:
        return 1


@given(text=st.text(), name=st.text(), form=st.sampled_from(["html", "markdown"]))
def test_any_text_survives_in_json_and_leaves_xml_well_formed(text: str, name: str, form: str) -> None:
    author = {"author": name, "email": name, "url": name}
    comment = ExportComment(1, 1, None, None, Status.APPROVED, text, form, NOW, None, name, name, **author)
    site = OneComment(None, ExportFilter(1, ORIGIN, ()), comment, text)  # type: ignore[arg-type]  # never used
    written = list(write_json_lines(site, NOW))
    back = json.loads(written[2])
    assert [len(line.splitlines()) for line in written] == [1, 1, 1, 1]
    assert (back["text"], back["author"], back["website"], back["source_id"]) == (text, name, name, name)
    wxr = ElementTree.fromstring("".join(write_wxr(site, NOW)))
    content = wxr.findtext(".//{http://wordpress.org/export/1.2/}comment_content")
    if form == "html":
        legal = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", text)
        assert content == legal.replace("\r\n", "\n").replace("\r", "\n")
    disqus = ElementTree.fromstring("".join(write_disqus(site, NOW)))
    assert len(disqus.findall("{http://disqus.com}post")) == 1
