import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
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
from service.importers.import_sentences import ImportSentence
from service.importers.import_target import moved_pages, read_redirects
from service.importers.incoming_comments import (
    Incoming,
    IncomingComment,
    IncomingPage,
    PageMappings,
    Remark,
    UnreadablePart,
)
from service.importers.prepare_page import RunJob
from service.importers.source_file import Source
from service.importers.store_comments import Import, rehearse
from service.importers.wordpress import read
from service.web_origin import BadPage
from tests.importers.samples import comment, export, item

ORIGIN, NOW = "https://new.example", datetime(2026, 1, 1, tzinfo=UTC)


class Desk:
    def __init__(self, engine: Engine) -> None:
        self.engine, self.writer = engine, Writer(engine)
        self.writer.run(sites.register, ORIGIN, NOW)

    def take(self, data: bytes, *moves: str, run: RunJob | None = None) -> ImportReport:
        job = Import("wordpress", PageMappings.of(1, ORIGIN, moves), run or self.writer.run, NOW, ImportReport())
        return job.take(read(Source(io.BytesIO(data))))

    def rows(self, name: str = "comment") -> list[Any]:
        table = getattr(tables, name)
        with self.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)))

    def parents(self) -> dict[int, int | None]:
        return {row.id: row.parent_id for row in self.rows()}


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    engine = open_engine(database_url)
    migrate(engine)
    desk = Desk(engine)
    yield desk
    desk.writer.close()
    engine.dispose()


def test_comments_stand_on_the_same_path_of_the_site(desk: Desk) -> None:
    report = desk.take(export(item(comment(1), comment(2, 1), comment(3, approved="0"), comment_status="closed")))
    (page,) = desk.rows("page")
    assert (page.url, page.closed, page.title, page.version) == (f"{ORIGIN}/2020/hello/", True, "Hello & more", 2)
    assert desk.parents() == {1: None, 2: 1, 3: None}
    assert (report.taken[Status.APPROVED], report.taken[Status.PENDING], report.new_pages) == (2, 1, 1)


def test_a_second_run_adds_nothing(desk: Desk) -> None:
    data = export(item(comment(1), comment(2, 1)))
    desk.take(data)
    before = desk.rows(), desk.rows("page")
    report = desk.take(data)
    assert (report.already_here, report.taken.total(), desk.rows(), desk.rows("page")) == (2, 0, *before)


def test_an_import_that_was_killed_is_finished_by_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.importers.prepare_page.AT_ONCE", 2)
    data = export(item(comment(1, 4), comment(2), comment(3, 2), comment(4), comment(5, 1)))
    done: list[object] = []

    def dies(job: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(job)
        return desk.writer.run(job, *args, **more)

    with pytest.raises(KeyboardInterrupt):
        desk.take(data, run=dies)
    assert len(desk.rows()) == 4
    report = desk.take(data)
    assert (report.already_here, report.taken.total()) == (4, 1)
    assert desk.parents() == {1: 4, 2: None, 3: 2, 4: None, 5: 1}


def test_orphans_adopted_ones_and_circles_are_told(desk: Desk) -> None:
    data = export(
        item(comment(1, 99), comment(2), comment(3, 2, type="pingback"), comment(4, 3), comment(5, 6), comment(6, 5))
    )
    report = desk.take(data)
    assert desk.parents() == {1: None, 2: None, 4: 2, 5: None, 6: 5}
    assert {reason: tally.examples for reason, tally in report.notes.items()} == {
        ImportSentence.ORPHAN: ["1"], ImportSentence.ADOPTED: ["4"], ImportSentence.CIRCLE: ["5"],
    }  # fmt: skip


def test_two_blogs_with_the_same_numbers_are_both_taken(desk: Desk) -> None:
    desk.take(export(item(comment(1))))
    other = "https://other.example"
    report = desk.take(export(item(comment(1), comment(2, 1), link=f"{other}/x"), base=other))
    first, second, renumbered = desk.rows()
    assert (first.id, second.id, second.parent_id) == (1, 2, renumbered.id)
    assert report.notes[ImportSentence.RENUMBERED].examples == ["1"]


def test_a_post_may_be_moved_to_a_page(desk: Desk) -> None:
    report = desk.take(export(item(comment(1))), f"5={ORIGIN}/", f"77={ORIGIN}/x")
    assert [page.url for page in desk.rows("page")] == [f"{ORIGIN}/"]
    assert report.unused == ("77",)


def test_what_is_on_another_page_stays_there(desk: Desk) -> None:
    desk.take(export(item(comment(1))))
    report = desk.take(export(item(comment(1))), f"hello={ORIGIN}/")
    assert (report.notes[ImportSentence.ELSEWHERE].count, len(desk.rows("page"))) == (1, 1)


def test_too_long_fields_are_cut_and_addresses_never_kept(desk: Desk) -> None:
    report = desk.take(export(item(comment(1, author="n" * 300), comment(2, author="", author_url="http://"))))
    long, nameless = desk.rows()
    assert (len(long.author), nameless.author, nameless.url) == (245, "Anonymous", "")
    assert long.client is None
    assert "192.0.2.77" not in str(desk.rows())
    assert set(report.notes) == {"name cut to 245 characters", "no name, shown as Anonymous"}


def test_a_dry_run_tells_the_same_and_keeps_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.importers.prepare_page.AT_ONCE", 2)
    data = export(item(comment(1), comment(2, 3), comment(3, 1), comment(4, 9)))
    dry = desk.take(data, run=rehearse(desk.engine))
    assert (desk.rows(), desk.rows("page")) == ([], [])
    assert dry == desk.take(data)


def test_a_page_without_a_place_is_skipped(desk: Desk) -> None:
    report = desk.take(export(item(comment(1), link="https://else.example/a")))
    assert report.skipped["its page is on another host than the blog: else.example"].examples == ["1"]
    assert desk.rows("page") == []


def test_posts_without_comments_keep_their_numbers_too(desk: Desk) -> None:
    quiet = item(post=6, slug="quiet")
    draft = item(post=7, slug="draft", status="draft")
    report = desk.take(export(item(comment(1)), quiet, draft, item(post=8, post_type="attachment")))
    with desk.engine.connect() as connection:
        rows = connection.execute(select(tables.wordpress_post).order_by(tables.wordpress_post.c.post_id)).all()
    assert [(row.post_id, row.page_url) for row in rows] == [
        (5, f"{ORIGIN}/2020/hello/"),
        (6, f"{ORIGIN}/2020/quiet/"),
    ]
    assert (report.pages, len(desk.rows("page"))) == (1, 1)


def test_a_rehearsal_keeps_no_numbers(desk: Desk) -> None:
    desk.take(export(item(post=6)), run=rehearse(desk.engine))
    with desk.engine.connect() as connection:
        assert connection.execute(select(tables.wordpress_post)).all() == []


def some_comment(number: int, path: str, **fields: Any) -> IncomingComment:
    values = {"status": Status.APPROVED, "author": "Ann", "email": "", "url": "", "text": "x", "format": "html"}
    host, slug = fields.pop("host", ""), fields.pop("slug", "")
    page = IncomingPage((str(number), f"https://{host or 'old.example'}{path}"), path, "T", host=host, slug=slug)
    parent = str(fields.pop("parent", ""))
    return IncomingComment(page, "b", str(number), parent, created_at=NOW, **values | fields)


def taken(desk: Desk, items: Iterable[Incoming], mappings: PageMappings | None = None) -> ImportReport:
    mappings = mappings or PageMappings.of(1, ORIGIN, ())
    return Import("isso", mappings, desk.writer.run, NOW, ImportReport()).take(iter(items))


def pages_of(desk: Desk) -> dict[int, str]:
    urls = {page.id: page.url.removeprefix(ORIGIN) for page in desk.rows("page")}
    return {row.id: urls[row.page_id] for row in desk.rows()}


def test_comments_may_come_in_any_order(desk: Desk) -> None:
    items = [some_comment(number, f"/{number % 3}", parent=number + 3 if number < 7 else "") for number in range(1, 10)]
    taken(desk, items)
    assert desk.parents() == {1: 4, 2: 5, 3: 6, 4: 7, 5: 8, 6: 9, 7: None, 8: None, 9: None}
    assert len(desk.rows("page")) == 3


def test_addresses_of_one_page_are_one_thread(desk: Desk) -> None:
    paths = ["/a/", "/a", "/a/index.html", "/a?utm_source=x", "/%61/"]
    report = taken(desk, [some_comment(number, path) for number, path in enumerate(paths, 1)])
    assert (set(pages_of(desk).values()), report.merged) == ({"/a/"}, 4)


def test_the_owner_says_where_pages_are_now(desk: Desk, tmp_path: Path) -> None:
    table = tmp_path / "redirects.csv"
    table.write_text(
        f"old,new\n/blog/one/,/first\n/blog/one/,/second\nhttps://www.old.example/?p=4,{ORIGIN}/fourth\n", "utf-8"
    )
    moved = [*moved_pages(["/blog/=/articles/", "https://elsewhere.example/x/=/y/"], ORIGIN)]
    moved += read_redirects(str(table), ORIGIN)
    mappings = PageMappings.of(1, ORIGIN, (), moved=moved, hosts=["https://WWW.cdn.example:443"], slugs="/s/{slug}/")
    items = [
        some_comment(1, "/blog/one"), some_comment(2, "/blog/two/"), some_comment(3, "/other"),
        some_comment(4, "/?p=4"), some_comment(5, "/x/5", host="elsewhere.example"),
        some_comment(6, "/z", host="elsewhere.example"), some_comment(7, "/z", host="cdn.example"),
        some_comment(8, "", slug="a b"), some_comment(9, ""),
    ]  # fmt: skip
    report = taken(desk, items, mappings)
    assert pages_of(desk) == {
        1: "/first", 2: "/articles/two/", 3: "/other", 4: "/fourth", 5: "/y/5", 7: "/z", 8: "/s/a%20b/",
    }  # fmt: skip
    assert {reason: tally.examples for reason, tally in report.skipped.items()} == {
        "its page is on another host than the blog: elsewhere.example": ["6"],
        "its page has no address": ["9"],
    }


@pytest.mark.parametrize("typed", ["/a", "a=/b", "/a=b", "/a=https://else.example/b", "=/b"])
def test_a_mapping_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(BadPage, match="--map"):
        moved_pages([typed], ORIGIN)


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "redirects.csv"
    table.write_bytes(b"/a,/b\n/c,nowhere\n")
    with pytest.raises(BadPage, match="line 2: nowhere is neither"):
        read_redirects(str(table), ORIGIN)
    table.write_bytes(b"\xff\xfe\0")
    with pytest.raises(BadPage, match="cannot be read"):
        read_redirects(str(table), ORIGIN)
    with pytest.raises(BadPage, match="--slugs"):
        PageMappings.of(1, ORIGIN, (), slugs="blog")


def test_a_reply_that_comes_later_finds_its_parent_here(desk: Desk) -> None:
    taken(desk, [some_comment(1, "/a")])
    report = taken(desk, [some_comment(2, "/a", parent=1), some_comment(3, "/b", parent=1)])
    assert desk.parents() == {1: None, 2: 1, 3: None}
    assert {reason: tally.examples for reason, tally in report.notes.items()} == {ImportSentence.ORPHAN: ["3"]}


def test_an_orphan_is_attached_when_its_parent_arrives(desk: Desk) -> None:
    taken(desk, [some_comment(2, "/a", parent=1)])
    report = taken(desk, [some_comment(1, "/a"), some_comment(2, "/a", parent=1)])
    assert (desk.parents(), report.already_here) == ({1: None, 2: 1}, 1)


def test_a_number_of_another_page_is_another_comment_unless_it_is_the_same(desk: Desk) -> None:
    taken(desk, [some_comment(1, "/a")])
    report = taken(desk, [some_comment(1, "/b", author="Somebody else")])
    assert (len(desk.rows()), report.taken.total()) == (2, 1)
    assert taken(desk, [some_comment(1, "/c")]).notes[ImportSentence.ELSEWHERE].examples == ["1"]


def test_threads_may_number_their_comments_for_themselves(desk: Desk) -> None:
    items = [replace(some_comment(number, path), blog=path) for path in ("/a", "/b") for number in (1, 2)]
    items[3] = replace(items[3], parent="1")
    dry = Import("isso", PageMappings.of(1, ORIGIN, ()), rehearse(desk.engine), NOW, ImportReport()).take(iter(items))
    report = taken(desk, items)
    assert report == dry
    assert report.notes[ImportSentence.SHARED].examples == ["1", "2"]
    *_, first, second = sorted(desk.rows(), key=lambda row: (pages_of(desk)[row.id], row.source_id))
    assert second.parent_id == first.id > 2
    assert taken(desk, items).already_here == 4


def test_the_date_of_an_edit_is_kept(desk: Desk) -> None:
    edited = NOW.replace(year=2025, month=6)
    taken(desk, [replace(some_comment(1, "/a"), created_at=NOW.replace(year=2025), edited_at=edited)])
    with desk.engine.connect() as connection:
        (change,) = connection.execute(select(tables.author_change))
    assert (change.comment_id, change.edited_at, change.deleted_at) == (1, edited, None)


def test_broken_parts_and_remarks_are_reported(desk: Desk) -> None:
    report = taken(
        desk, [UnreadablePart("a line that is no JSON", "line 3"), Remark("No emails."), Remark("No emails.")]
    )
    assert (report.unreadable["a line that is no JSON"].examples, list(report.remarks)) == (["line 3"], ["No emails."])
    assert not report.is_whole


def test_a_dry_run_shows_some_comments_as_they_will_look(desk: Desk) -> None:
    items = [some_comment(number, "/a", text="<b>Hello</b><br>{{reader}}") for number in range(9)]
    job = Import("isso", PageMappings.of(1, ORIGIN, ()), rehearse(desk.engine), NOW, ImportReport(dry_run=True))
    report = job.take(iter(items))
    assert [each["text"] for each in report.sample] == ["Hello {{reader}}"] * 5
    assert f"Ann, 2026-01-01 00:00 UTC, approved, on {ORIGIN}/a" in str(report)
