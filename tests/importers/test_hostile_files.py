"""Files that are made to do harm, or that many hands have spoilt: a clear report, and nothing half-written."""

import gzip
import io
import json
import zipfile
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from service import sites
from service.importers import unpacking
from service.importers.dates import parse_date
from service.importers.import_report import MOST_REASONS, ImportReport
from service.importers.incoming_comments import (
    Incoming,
    IncomingComment,
    IncomingPage,
    PageMappings,
    Skipped,
    UnreadablePart,
)
from service.importers.reply_tree import NONE, UNKNOWN, ReplyTree
from service.importers.source_file import BadSource, Source
from service.importers.store_comments import Import, rehearse
from service.importers.wordpress import read
from tests.importers.samples import comment, export, item
from tests.work import calls

ORIGIN, NOW = "https://new.example", datetime(2026, 1, 1, tzinfo=UTC)
PAGE = IncomingPage(("5",), "/a/", "A")


class Store:
    def __init__(self, folder: Path) -> None:
        self.engine = open_engine(f"sqlite:///{folder}/comments.db")
        migrate(self.engine)
        with self.engine.begin() as connection:
            sites.register(connection, ORIGIN, NOW)

    def take(self, items: Iterator[Incoming], *, dry: bool = False) -> ImportReport:
        def run(function, /, *arguments, **named):  # type: ignore[no-untyped-def]  # any job
            with self.engine.begin() as connection:
                return function(connection, *arguments, **named)

        job = rehearse(self.engine) if dry else run
        return Import("wordpress", PageMappings.of(1, ORIGIN, ()), job, NOW, ImportReport()).take(items)

    def parents(self) -> dict[int, int | None]:
        with self.engine.connect() as connection:
            return {row.id: row.parent_id for row in connection.execute(select(tables.comment))}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.engine.dispose()


def made(number: object, parent: object = "", page: IncomingPage = PAGE, **fields: object) -> IncomingComment:
    values: dict[str, object] = {
        "status": Status.APPROVED,
        "author": "Ann",
        "email": "",
        "url": "",
        "text": f"Words of {number}",
    }
    values |= {"format": "html", "created_at": NOW} | fields
    return IncomingComment(page, "blog", str(number), str(parent), **values)  # type: ignore[arg-type]  # of any field


def from_bytes(data: bytes) -> Iterator[Incoming]:
    return read(Source(io.BytesIO(data)))


BOMB = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE, '<!DOCTYPE rss SYSTEM "http://evil.example/x.dtd">'])
@pytest.mark.parametrize("before", ["", "a warning of PHP\n"])
def test_entities_are_never_expanded(doctype: str, before: str, store: Store) -> None:
    data = export(item(comment(1, content="]]>&b;<![CDATA["))).replace(b"<rss", doctype.encode() + b"<rss", 1)
    report = store.take(from_bytes(before.encode() + data))
    with store.engine.connect() as connection:
        texts = connection.execute(select(tables.comment.c.text)).scalars().all()
    assert (bool(report.broken), texts) == ((True, []) if not before else (False, ["]]>&b;<![CDATA["]))


def test_a_document_type_inside_an_article_is_not_read() -> None:
    beside = item(comment(1)).replace("<wp:comment>", f"{BOMB}<wp:comment>", 1)
    items = list(from_bytes(export(beside, item(comment(2), slug="b"))))
    words = [(each.number, each.text) for each in items if isinstance(each, IncomingComment)]
    assert words == [("1", "Words of 1"), ("2", "Words of 2")]
    within = item(comment(1)).replace("<wp:comment>", f"<wp:comment>{BOMB}", 1).replace("approved>", "other>")
    items = list(from_bytes(export(within, item(comment(2), slug="b"))))
    assert [each.number for each in items if isinstance(each, IncomingComment)] == ["2"]
    assert [each.place for each in items if isinstance(each, UnreadablePart)] == ["line 3"]


def test_deep_elements_are_refused() -> None:
    with pytest.raises(BadSource, match="more deeply"):
        list(from_bytes(export("<item>" + "<a>" * 100 + "</a>" * 100 + "</item>")))


def test_a_chain_of_replies_takes_linear_time() -> None:
    def work(count: int) -> int:
        backwards = array("q", [*range(1, count), NONE])
        replies = ReplyTree(backwards, bytearray(count))
        return calls(replies.settle) + calls(replies.in_order)

    assert work(20_000) < 11 * work(2_000)


def test_a_million_nested_replies_are_in_order() -> None:
    count = 1_000_000
    replies = ReplyTree(array("q", [NONE, *range(count - 1)]), bytearray(count))
    replies.settle()
    assert (len(replies.in_order()), replies.anchors[-1], replies.circles) == (count, count - 2, set())


@given(st.lists(st.tuples(st.integers(-2, 12), st.booleans()), max_size=12))
def test_whatever_answers_what_each_stands_after_the_one_above(thread: list[tuple[int, bool]]) -> None:
    parents = [parent if parent < len(thread) else UNKNOWN for parent, _ in thread]
    replies = ReplyTree(array("q", parents), bytearray(skipped for _, skipped in thread))
    replies.settle()
    order = replies.in_order()
    assert sorted(order) == [place for place, (_, skipped) in enumerate(thread) if not skipped]
    for place in order:
        above = replies.anchors[place]
        assert above < 0 or order.index(above) < order.index(place)


def test_deep_replies_circles_and_doubles_are_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.importers.prepare_page.AT_ONCE", 7)
    chain = [made(number, number + 1) for number in range(1, 60)]
    report = store.take(iter([*chain, made(60), made(61, 62), made(62, 61), made(5, 9), made(63, 63)]))
    parents = store.parents()
    assert all(parents[number] == number + 1 for number in range(1, 60))
    assert (parents[61], parents[62], parents[63]) == (None, 61, None)
    assert report.skipped["twice in the file"].examples == ["5"]


def test_ids_may_be_any_text(store: Store) -> None:
    odd = ["0", "-1", "1e9", "1" * 400, "a/b:c", "💐", "x\0y", "\udc80", "9007199254740992"]
    report = store.take(iter([made(number, odd[0]) for number in odd]))
    assert report.taken.total() == len(odd)
    assert store.take(iter([made(number, odd[0]) for number in odd])).already_here == len(odd)


def test_dates_of_any_year_are_dates_or_none(store: Store) -> None:
    for text in (
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-23:59",
        "2020-02-30",
        "x" * 99,
    ):
        assert parse_date(text) is None
    data = export(item(comment(1, date_gmt="9999-12-31 23:59:59"), comment(2, date_gmt="0000-01-01 00:00:00")))
    report = store.take(from_bytes(data))
    with store.engine.connect() as connection:
        years = connection.execute(select(tables.comment.c.created_at).order_by(tables.comment.c.id)).scalars().all()
    assert [at.year for at in years] == [2026, 2020]
    assert report.notes["dated in the future, set to the time of the import"].examples == ["1"]


def test_nuls_and_halves_of_characters_reach_no_column(store: Store) -> None:
    store.take(iter([made(1, author="A\0nn", text="a\0b \ud83d", url="https://x.example/\0")]))
    with store.engine.connect() as connection:
        (row,) = connection.execute(select(tables.comment))
    assert (row.author, row.text, row.url) == ("Ann", "ab ?", "https://x.example/")


def test_a_text_has_a_largest_size(store: Store) -> None:
    report = store.take(iter([made(1, text="ä" * 2_000_000)]))
    with store.engine.connect() as connection:
        (text,) = connection.execute(select(tables.comment.c.text)).scalars()
    assert (len(text.encode()), list(report.notes)) == (262_144, ["text cut to 262,144 bytes"])


def test_the_report_stays_small(store: Store) -> None:
    pages = [IncomingPage((f"page {number}",), "", "") for number in range(500)]
    report = store.take(iter([Skipped(page, "1", "", f"of the type {page.names[0]}") for page in pages]))
    assert (len(report.skipped), sum(tally.count for tally in report.skipped.values())) == (MOST_REASONS + 1, 500)
    assert (len(report.unmatched), report.more_unmatched) == (20, 480)
    assert len(json.dumps(report.as_dict())) < 20_000


def test_the_report_steers_no_terminal(store: Store) -> None:
    report = store.take(iter([made("\x1b[31m\udc80", format="\x1b", text=""), made(1, author="\x1b]0;x\x07Ann")]))
    assert "\x1b" not in str(report)
    assert str(report).encode()


def test_a_packed_file_that_is_cut_gives_what_came_before(store: Store) -> None:
    whole = export(*(item(comment(number), post=number, slug=str(number)) for number in range(1, 2000)))
    report = store.take(from_bytes(gzip.compress(whole, 1)[:-20_000]))
    assert 100 < report.taken.total() < 1999
    assert "damaged" in report.broken


def test_a_packed_file_may_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_SMALL", 1024 * 1024)
    bomb = export(item(comment(1))) + b" " * 5_000_000
    with pytest.raises(BadSource, match="far more"):
        list(from_bytes(gzip.compress(bomb)))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", bomb)
    (told,) = [each for each in _until_broken(from_bytes(packed.getvalue())) if isinstance(each, UnreadablePart)]
    assert ("far more" in told.reason, told.place) == (True, "a.xml")


def _until_broken(items: Iterator[Incoming]) -> Iterator[Incoming]:
    try:
        yield from items
    except BadSource:
        return


@pytest.mark.parametrize("data", [b"PK\x03\x04" + b"\0" * 50, b"\x1f\x8b\x08" + b"\0" * 9, b"PK\x05\x06" + b"\0" * 18])
def test_a_spoilt_archive_is_told(data: bytes) -> None:
    with pytest.raises(BadSource, match=r"[A-Z].*\.$"):
        list(from_bytes(data))


@pytest.mark.parametrize(
    "encoding", ["utf-7", "hex", "rot13", "undefined", "idna", "utf-16", "cp037", "nonsense", "utf-8"]
)
def test_an_encoding_may_be_any_word(encoding: str) -> None:
    data = export(item(comment(1, content="~"))).replace(b"UTF-8", encoding.encode(), 1).replace(b"~", b"\xff\xfe+2AA-")
    assert Source(io.BytesIO(data)).opening().data
    list(_until_broken(from_bytes(data)))


def test_bytes_that_are_no_text_are_counted() -> None:
    source = Source(io.BytesIO(export(item(comment(1, content="~"))).replace(b"~", b"\xff \xfe")))
    (found,) = [each for each in read(source) if isinstance(each, IncomingComment)]
    assert (found.text, source.bad_bytes) == ("\ufffd \ufffd", 2)


@given(st.data())
def test_spoilt_bytes_never_cost_an_article_that_is_whole(data: st.DataObject) -> None:
    whole = export(item(comment(1)), item(comment(2, content="&]]><![CDATA["), slug="b"), item(comment(3), slug="c"))
    at, end = whole.index(b"Words of 1"), whole.index(b"</item>")
    spot = data.draw(st.integers(at, end - 1))
    bad = (
        whole[:spot] + data.draw(st.sampled_from([b"&", b"<", b"</b>", b"]]>", b"<![CDATA[", b"\0\xff"])) + whole[spot:]
    )
    found = [each.number for each in _until_broken(from_bytes(bad)) if isinstance(each, IncomingComment)]
    assert {"2", "3"} <= set(found)
    assert len(found) == len(set(found))


def test_broken_articles_take_linear_time() -> None:
    def work(count: int) -> int:
        broken = item(comment(1)).replace("<wp:comment>", "<b><wp:comment>")
        data = export(*[broken] * count)
        return calls(lambda: list(from_bytes(data)))

    assert work(400) < 12 * work(40)
