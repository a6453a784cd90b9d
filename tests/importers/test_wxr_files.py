"""Exports with the traps that real ones hold, all invented: a dry run, a run and a second one of each."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import tables
from db.engine import migrate, open_engine
from db.writer import Writer
from service import sites
from service.importers.import_formats import read_source
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import PageMappings
from service.importers.prepare_page import RunJob
from service.importers.source_file import open_source
from service.importers.store_comments import Import, rehearse
from service.safe_html import render

FOLDER, NOW = Path(__file__).parent / "wxr", datetime(2026, 1, 1, tzinfo=UTC)

ROSES = ["1 /2024/05/roses/", "2>1 /2024/05/roses/"]
A = ["1 /a/", "2 /a/"]
GRUEN = "/gr%C3%BCn/%E6%97%A5%E6%9C%AC/"
TAKEN: dict[str, list[str]] = {
    "good.xml": ROSES,
    "blank-line-before.xml": ROSES,
    "php-warning-before.xml": ROSES,
    "unbound-prefix.xml": ROSES,
    "namespace-1.0.xml": ROSES,
    "namespace-bare.xml": ROSES,
    "utf16.xml": ROSES,
    "nested-cdata.xml": ["10 /a/", "11 /b/", "12 /c/"],
    "bare-ampersand.xml": [*A, "3 /a/"],
    "html-entities.xml": ["1 /a/"],
    "control-characters.xml": A,
    "doctype.xml": [],
    "feed-not-export.xml": [],
    "report-markup-in-meta.xml": ["1 /a/", "2 /b/"],
    "report-meta-not-cdata.xml": ["1 /a/"],
    "report-fbclid.xml": ["1 /july/", "2 /july/", "3 /july/"],
    "no-dates.xml": ["1 /a/"],
    "cut-short.xml": ["1 /2024/05/roses/"],
    "windows-1251.xml": ["1 /a/"],
    "spaces-around.xml": ["1 /a/", "2>1 /a/"],
    "one-page-many-items.xml": ["1 /a/", "2>1 /a/", "3 /b/"],
    "disqus-import-dialect.xml": ["65 /roses", "66>65 /roses"],
    "wordpress-com.zip": [*ROSES, "50 /b/"],
    "types.xml": [*A, "5 /a/", "20 /product/pot/", "21 /product/pot/", "32 /forums/topic/x/"],
    "private-meta.xml": ["1 /a/", "2 /a/ pending"],
    "addresses.xml": [
        *A, "3 /?p=123", "4 /rel/page/", f"5 {GRUEN}", f"6 {GRUEN}", "9 /a/", "10 /a/", f"11 {GRUEN}", "12 /?a=1&b=2",
        "13 /a/",
    ],
    "parents.xml": [
        "8>20 /a/", "20 /a/", "21 /a/", "23 /a/", "24 /a/", "25 /a/", "26>25 /a/", "27>21 /a/", "28>29 /a/",
        "29 /a/ pending", "30 /a/", "40 /b/",
    ],
    "statuses.xml": [
        "1 /a/", "2 /a/ pending", "3 /a/ spam", "4 /a/ trash", "5 /a/ trash", "6 /a/", "7 /a/ pending", "8 /a/ pending",
        "9 /a/ pending", "10 /a/", "11 /a/", "12 /a/ pending", "20 /d/", "21 /p/", "22 /w/", "23 /f/",
    ],
    "dates.xml": [f"{number} /a/" for number in range(1, 11)],
    "authors.xml": [f"{number} /a/" for number in range(1, 11)],
    "text.xml": [f"{number} /text/" for number in range(1, 21) if number != 15],
}  # fmt: skip
"""File → its comments: number>parent page status, without what is none, and without "approved"."""


class Blog:
    """One store, with a site for each file."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.writer = engine, Writer(engine)

    def site(self, name: str) -> PageMappings:
        origin = f"https://{re.sub('[^a-z0-9]', '-', name)}.example"
        with self.engine.begin() as connection:
            sites.register(connection, origin, NOW)
            site = connection.execute(select(tables.site.c.id).where(tables.site.c.origin == origin)).scalar_one()
        return PageMappings.of(site, origin, ())

    def take(self, name: str, mappings: PageMappings, run: RunJob | None = None) -> ImportReport:
        with closing(open_source(str(FOLDER / name))) as source:
            job = Import("wordpress", mappings, run or self.writer.run, NOW, ImportReport())
            return job.take(read_source("wordpress", source))

    def rows(self, mappings: PageMappings) -> list[Any]:
        comment, page = tables.comment, tables.page
        query = select(comment, page.c.url.label("page")).join(
            page, (page.c.site_id == comment.c.site_id) & (page.c.id == comment.c.page_id)
        )
        with self.engine.connect() as connection:
            return list(connection.execute(query.where(comment.c.site_id == mappings.site_id).order_by(comment.c.id)))

    def taken(self, name: str) -> tuple[ImportReport, dict[int, Any]]:
        mappings = self.site(name)
        return self.take(name, mappings), {row.id: row for row in self.rows(mappings)}


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('wxr')}/comments.db")
    migrate(engine)
    blog = Blog(engine)
    yield blog
    blog.writer.close()
    engine.dispose()


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_gives_its_comments_and_a_dry_run_says_the_same(blog: Blog, name: str) -> None:
    mappings = blog.site(name)
    dry = blog.take(name, mappings, rehearse(blog.engine))
    assert blog.rows(mappings) == []
    report = blog.take(name, mappings)
    assert report == dry
    rows = blog.rows(mappings)
    assert [_short(row, mappings.origin) for row in rows] == TAKEN[name]
    again = blog.take(name, mappings)
    assert (again.already_here, again.taken.total(), blog.rows(mappings)) == (len(rows), 0, rows)


def _short(row: Any, origin: str) -> str:
    parent = f">{row.parent_id}" if row.parent_id else ""
    status = "" if row.status.value == "approved" else f" {row.status.value}"
    return f"{row.id}{parent} {row.page.removeprefix(origin)}{status}"


def notes(report: ImportReport) -> dict[str, list[str]]:
    return {reason: tally.examples for reason, tally in report.notes.items()}


def test_the_second_comment_of_a_number_gets_another_and_keeps_its_replies(blog: Blog) -> None:
    mappings = blog.site("same numbers")
    dry = blog.take("same-numbers.xml", mappings, rehearse(blog.engine))
    assert dry == blog.take("same-numbers.xml", mappings)
    first, second, *others = sorted(blog.rows(mappings), key=lambda row: (row.page, row.text))
    assert (first.id, second.id, second.parent_id) == (1, 2, 1)
    assert [(row.text, row.parent_id) for row in others] == [("one on b", None), ("two on b", others[0].id)]
    assert notes(dry) == {"number also used on another page, got a new one": ["1", "2"]}
    assert blog.take("same-numbers.xml", mappings).already_here == 4


@pytest.mark.parametrize("name", ["big-numbers.xml", "no-numbers.xml"])
def test_comments_without_a_usable_number_are_known_again(blog: Blog, name: str) -> None:
    report, rows = blog.taken(name)
    assert (len(rows), blog.take(name, blog.site(name)).already_here) == (2, 2)
    if name.startswith("big"):
        assert [row.parent_id in rows for row in rows.values() if row.parent_id] == [True]
        assert list(notes(report)) == ["number too large, got a new one"]


def test_dates_are_read_as_they_are_written(blog: Blog) -> None:
    mappings = blog.site("dates again")
    report = blog.take("dates.xml", mappings)
    at = {row.id: f"{row.created_at:%Y-%m-%d %H:%M:%S}" for row in blog.rows(mappings)}
    page, same = "2009-02-28 08:00:00", "2009-07-02 07:55:01"
    assert [at[number] for number in range(1, 11)] == [
        "2009-03-01 09:00:00", page, page, same, same, same, same, "2009-07-02 09:55:01", page, "2009-07-02 07:55:00",
    ]  # fmt: skip
    assert sorted(notes(report).values()) == [["1", "8"], ["2", "3", "9"]]


def test_lost_parents_are_told_with_their_reasons(blog: Blog) -> None:
    assert notes(blog.take("parents.xml", blog.site("parents again"))) == {
        "replies to a comment that is not in the file; imported as a top-level comment": ["21"],
        "replies to a comment that was not imported; imported as a top-level comment": ["23"],
        "replies to a comment on another page; imported as a top-level comment": ["30"],
        "replies to itself; imported as a top-level comment": ["24", "25"],
        "has several parents; attached to the last one": ["27"],
    }


def test_authors_are_fitted_and_told(blog: Blog) -> None:
    mappings = blog.site("authors again")
    report = blog.take("authors.xml", mappings)
    rows = {row.id: row for row in blog.rows(mappings)}
    names = [rows[number].author for number in (1, 2, 7)]
    assert names == ["Anonymous", "Tom & “Ann” <b>", "Tom Reed"]
    assert {number: row.url for number, row in rows.items() if row.url} == {5: "https://www.example.org"}
    assert (rows[9].email, rows[10].email) == ("mara@example.org", "")
    assert sorted(notes(report).values()) == [["1"], ["3"], ["6"], ["8"]]


def test_what_is_not_taken_is_told(blog: Blog) -> None:
    report = blog.take("types.xml", blog.site("types again"))
    kinds = ["pingback", "trackback", "webmention", "like", "repost", "note", "order_note", "action_log", "private"]
    assert [reason.removeprefix("of the type ") for reason in report.skipped][:9] == kinds
    assert notes(report) == {"had a rating, which was not imported": ["20"]}
    report = blog.take("addresses.xml", blog.site("addresses again"))
    assert {reason: tally.examples for reason, tally in report.skipped.items()} == {
        "its page is on another host than the blog: de.example.org": ["7"],
        "its page has no address": ["8"],
    }
    assert report.merged == 4


def test_a_broken_article_costs_no_comment_that_can_be_read(blog: Blog) -> None:
    report = blog.take("report-markup-in-meta.xml", blog.site("meta again"))
    assert (report.unreadable, report.broken, report.is_whole) == ({}, "", True)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("doctype.xml", "declares a document type"),
        ("feed-not-export.xml", "none of its elements"),
        ("cut-short.xml", "truncated at line 56"),
    ],
)
def test_what_breaks_off_is_told(blog: Blog, name: str, sentence: str) -> None:
    assert sentence in blog.take(name, blog.site(name)).broken


LINK = 'rel="ugc nofollow noopener"'


def test_texts_are_shown_whole(blog: Blog) -> None:
    mappings = blog.site("text again")
    blog.take("text.xml", mappings)
    shown = {row.id: render(row.text, "html").replace(f" {LINK}", "") for row in blog.rows(mappings)}
    assert shown[1].count("<pre>") == 1
    assert "a();\n\n  b();" in shown[1]
    assert shown[2] == "<p>Code after a line:</p><pre>a = 1\nb = 2\n</pre><p>Done.</p>"
    assert shown[3] == "<p>One<br>\nTwo<br>\nThree</p>"
    assert shown[4] == '<p><a href="https://blog.example.org/rose.jpg">A red rose</a></p>'
    assert shown[5].count('<a href="http://video.example.org/v/abc">') == 1
    assert '<a href="https://example.org/a?b=1&amp;c=2">' in shown[6]
    assert '<a href="http://example.org">http://example.org</a>.' in shown[6]
    assert shown[7] == '<pre><code translate="no">for i in x:\n    print(i)\n\n    j()</code></pre>'
    assert re.sub(r"<[^>]*>|\s+", " ", shown[8]).split() == ["one", "two", "three"]
    assert shown[9] == "<p>first</p><p>second</p>"
    page = f"{mappings.origin}/text/"
    assert re.findall(r'href="([^"]*)"', shown[10]) == [
        f"{mappings.origin}/about/",
        f"{page}?p=12",
        f"{page}#comment-1",
    ]
    assert shown[11] == "<p>“Quoted” &amp; café 😀 🌹</p>"
    assert shown[12] == "<p>Before</p><ul><li>a</li><li>b</li></ul><p>after</p>"
    assert shown[13] == "<p>😀 a pair of halves</p>"
    assert shown[16] == "<p>if a &lt; b &amp;&amp; c &gt; d then</p>"
    assert shown[17] == "<blockquote><p>one</p><p>two</p></blockquote><p>three</p>"
    assert shown[19] == "<p>Harmless</p>"
    assert shown[20] == "<p>1 &lt; 2 &lt;stdio.h&gt; List&lt;String&gt;</p>"
