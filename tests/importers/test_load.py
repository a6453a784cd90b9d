import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from db.writer import Writer
from service import sites
from service.importers import write_thread
from service.importers.load import Import, rehearse
from service.importers.model import PageMappings
from service.importers.source import Source
from service.importers.summary import ImportReport
from service.importers.wordpress import read
from service.importers.write_thread import RunJob
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
    monkeypatch.setattr("service.importers.write_thread.AT_ONCE", 2)
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
        write_thread.ORPHAN: ["1"], write_thread.ADOPTED: ["4"], write_thread.CIRCLE: ["5"],
    }  # fmt: skip


def test_two_blogs_with_the_same_numbers_are_both_taken(desk: Desk) -> None:
    desk.take(export(item(comment(1))))
    other = "https://other.example"
    report = desk.take(export(item(comment(1), comment(2, 1), link=f"{other}/x"), base=other))
    first, second, renumbered = desk.rows()
    assert (first.id, second.id, second.parent_id) == (1, 2, renumbered.id)
    assert report.notes[write_thread.RENUMBERED].examples == ["1"]


def test_a_post_may_be_moved_to_a_page(desk: Desk) -> None:
    report = desk.take(export(item(comment(1))), f"5={ORIGIN}/", f"77={ORIGIN}/x")
    assert [page.url for page in desk.rows("page")] == [f"{ORIGIN}/"]
    assert report.unused == ("77",)


def test_what_is_on_another_page_stays_there(desk: Desk) -> None:
    desk.take(export(item(comment(1))))
    report = desk.take(export(item(comment(1))), f"hello={ORIGIN}/")
    assert (report.notes[write_thread.ELSEWHERE].count, len(desk.rows("page"))) == (1, 1)


def test_too_long_fields_are_cut_and_addresses_never_kept(desk: Desk) -> None:
    report = desk.take(export(item(comment(1, author="n" * 300), comment(2, author="", author_url="http://"))))
    long, nameless = desk.rows()
    assert (len(long.author), nameless.author, nameless.url) == (245, "Anonymous", "")
    assert long.client is None
    assert "192.0.2.77" not in str(desk.rows())
    assert set(report.notes) == {"author cut to 245 characters", "no name, called Anonymous"}


def test_a_dry_run_tells_the_same_and_keeps_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.importers.write_thread.AT_ONCE", 2)
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
