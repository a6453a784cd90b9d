import gzip
import io
import tracemalloc
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.models import Status
from service.importers.import_formats import read_source
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingComment, Remark, Skipped, UnreadablePart
from service.importers.source_file import BadSource, Source, open_source
from service.importers.wordpress import read, sniff
from tests.importers.samples import comment, export, item


def read_all(data: bytes) -> list[Incoming]:
    return list(read(Source(io.BytesIO(data))))


def only(data: bytes) -> IncomingComment:
    (found,) = read_all(data)
    assert isinstance(found, IncomingComment)
    return found


def test_a_comment_is_read_with_its_page() -> None:
    found = only(export(item(comment(12, 7, author="Tom &amp; Ann"), comment_status="closed")))
    assert (found.number, found.parent, found.author, found.format) == ("12", "7", "Tom & Ann", "html")
    assert found.created_at.isoformat() == "2020-01-02T03:04:05+00:00"
    assert (found.page.path, found.page.title, found.page.closed) == ("/2020/hello/", "Hello & more", True)


def test_a_packed_export_of_any_version_is_read() -> None:
    for version in (b"1.0", b"1.1", b"1.2"):
        assert only(gzip.compress(export(item(comment(1))).replace(b"export/1.2", b"export/" + version)))


@pytest.mark.parametrize(
    ("stored", "status"),
    [("1", Status.APPROVED), ("0", Status.PENDING), ("spam", Status.SPAM), ("post-trashed", Status.TRASH)],
)
def test_statuses_are_kept(stored: str, status: Status) -> None:
    assert only(export(item(comment(1, approved=stored)))).status is status


def test_an_unknown_status_is_held() -> None:
    found = only(export(item(comment(1, approved="odd"))))
    assert (found.status, found.notes) == (Status.PENDING, (ImportSentence.UNKNOWN_STATUS,))


def test_a_missing_utc_date_is_taken_from_the_local_one() -> None:
    found = only(export(item(comment(1, date_gmt="0000-00-00 00:00:00"))))
    assert (found.created_at.hour, found.notes) == (5, (ImportSentence.LOCAL_DATE,))


def test_pingbacks_and_attachments_are_skipped_with_a_reason() -> None:
    items = read_all(export(item(comment(1, type="pingback")), item(comment(2), post_type="attachment")))
    assert [each.reason for each in items if isinstance(each, Skipped)] == [
        "of the type pingback",
        "on an entry of the type attachment, which is not a page",
    ]


def test_a_draft_is_noted_and_a_foreign_host_is_named() -> None:
    assert only(export(item(comment(1), status="draft"))).notes == (ImportSentence.UNPUBLISHED,)
    assert only(export(item(comment(1), link="https://else.example/a"))).page.host == "else.example"


def test_one_blog_has_one_identity_under_http_and_www() -> None:
    assert only(export(item(comment(1)))).blog == only(export(item(comment(1)), base="http://www.old.example/")).blog
    assert only(export(item(comment(1)))).blog != only(export(item(comment(1)), base="https://new.example")).blog


def test_control_characters_and_broken_letters_do_no_harm() -> None:
    data = export(item(comment(1, content="a\x00\x08b ~ c"))).replace(b"~", b"\xff")
    assert only(data).text == "ab \ufffd c"


def test_a_broken_file_gives_what_came_before() -> None:
    data = export(item(comment(1), comment(2)))
    items = read(Source(io.BytesIO(data[: data.index(b"Words of 2")])))
    first = next(items)
    assert isinstance(first, IncomingComment)
    assert first.number == "1"
    with pytest.raises(BadSource, match="truncated at line"):
        next(items)


@pytest.mark.parametrize("behind", ["<br />\n<b>Warning</b>: memory exhausted", "<rss></rss>", "&"])
def test_what_a_program_wrote_behind_the_end_costs_no_comment(behind: str) -> None:
    items = read_all(export(item(comment(1), comment(2)), item(comment(3))) + behind.encode())
    assert [each.number for each in items if isinstance(each, IncomingComment)] == ["1", "2", "3"]
    assert any(isinstance(each, Remark) for each in items)


def test_a_text_without_its_end_does_not_take_in_the_next_author() -> None:
    broken = comment(1).replace("Words of 1]]>", "Words of 1")
    items = read_all(export(item(comment(3), broken, comment(2)), item(comment(4), slug="b")))
    found = [each for each in items if isinstance(each, IncomingComment)]
    words = [(each.number, each.text) for each in found]
    assert words == [("3", "Words of 3"), ("2", "Words of 2"), ("4", "Words of 4")]
    assert [(each.reason, each.place) for each in items if isinstance(each, UnreadablePart)] == [(LOST_ONE, "line 3")]


LOST_ONE = "a broken article with unreadable comments: 1"


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("<![CDATA[Words of 1]]>", "Words of 1"),
        ("I <3 it", "I <3 it"),
        ("a < b && b > a", "a < b && b > a"),
        ("a <b and c", "a <b and c"),
        ("<p>An <b>open tag</p>", "<p>An <b>open tag</p>"),
        ("R&amp;D <here", "R&D <here"),
    ],
)
@pytest.mark.parametrize("title", ["<title>Hello</title>", "<title>Rock < Roll <and more</title>"])
def test_a_bare_less_than_costs_no_comment(broken: str, text: str, title: str) -> None:
    spoilt = comment(1).replace("<![CDATA[Words of 1]]>", broken)
    first = item(comment(3), spoilt, comment(2)).replace("<title>Hello &amp;amp; more</title>", title)
    assert title in first
    items = read_all(export(first, item(comment(4), slug="b")))
    found = [each for each in items if isinstance(each, IncomingComment)]
    assert [(each.number, each.text) for each in found] == [
        ("3", "Words of 3"), ("1", text), ("2", "Words of 2"), ("4", "Words of 4"),
    ]  # fmt: skip
    assert {each.page.path for each in found} == {"/2020/hello/", "/2020/b/"}
    assert not any(isinstance(each, UnreadablePart) for each in items)


def test_a_private_comment_that_breaks_is_not_made_public() -> None:
    meta = "<wp:commentmeta><wp:meta_key>private_mode</wp:meta_key><wp:meta_value>1</wp:meta_value></wp:commentmeta>"
    private = comment(1).replace("</wp:comment>", f"{meta}</wp:comment>").replace("<![CDATA[Words of 1]]>", "a <b")
    assert meta in private
    found = [each for each in read_all(export(item(private))) if isinstance(each, IncomingComment)]
    assert [(each.text, each.status) for each in found] == [("a <b", Status.PENDING)]
    lost = read_all(export(item(private.replace("</wp:commentmeta>", ""), comment(2))))
    assert [each.number for each in lost if isinstance(each, IncomingComment)] == ["2"]
    assert [each.reason for each in lost if isinstance(each, UnreadablePart)] == [LOST_ONE]


def test_ids_that_are_no_numbers_still_join_replies_to_their_parents() -> None:
    items = read_all(export(item(comment(1, id="abc-1"), comment(2, parent="abc-1"), comment(3, id="007", parent="0"))))
    assert [(each.number, each.parent) for each in items if isinstance(each, IncomingComment)] == [
        ("abc-1", ""),
        ("2", "abc-1"),
        ("7", ""),
    ]


@pytest.mark.parametrize("cut", [1, 8])
def test_a_packed_file_without_its_last_bytes_gives_all_that_is_in_it(cut: int) -> None:
    items = read(Source(io.BytesIO(gzip.compress(export(item(comment(1), comment(2))))[:-cut])))
    assert [each.number for each in (next(items), next(items)) if isinstance(each, IncomingComment)] == ["1", "2"]
    with pytest.raises(BadSource, match="damaged"):
        next(items)


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        *[("koi8-r", "koi8-r"), ("x-cp1251", "cp1251"), ("gb18030", "gb18030"), ("iso-8859-1", "utf-8-sig")],
        *[("utf-16", "utf-16-le"), ("UTF-16", "utf-16-be"), ("utf-32", "utf-32"), ("utf-32", "utf-32-be")],
        ("klingon", "utf-8"),
    ],
)
def test_letters_are_read_in_the_encoding_of_the_file(declared: str, codec: str) -> None:
    data = export(item(comment(1, content="Привет"))).decode().replace("UTF-8", declared, 1).encode(codec)
    with closing(Source(io.BytesIO(data))) as source:
        first, *rest = read_source("wordpress", source)
    assert isinstance(first, IncomingComment)
    assert first.text == "Привет"
    assert [each.text for each in rest if isinstance(each, Remark)] == [
        "Unknown encoding: klingon. The file was read as UTF-8."
    ] * (declared == "klingon")


@pytest.mark.parametrize("data", [b"", b"hello", b"<html></html>", b"<rss><channel/></rss>", b"\x1f\x8bno"])
def test_what_is_no_export_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(BadSource, match=r"[A-Z].*\.$"):
        read_all(data)


def test_entities_are_refused() -> None:
    data = export(item(comment(1))).replace(b"<rss", b'<!DOCTYPE rss [<!ENTITY a "b">]><rss', 1)
    with pytest.raises(BadSource, match="entities"):
        read_all(data)


@given(st.data())
def test_hostile_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    whole = export(item(comment(1), comment(2, 1)), item(comment(3)))
    at = data.draw(st.integers(0, len(whole)))
    bad = whole[:at] + data.draw(st.binary(max_size=20)) + whole[data.draw(st.integers(0, len(whole))) :]
    with suppress(BadSource):
        read_all(bad)


def test_memory_stays_flat() -> None:
    many = export(*(item(*(comment(n * 100 + i) for i in range(100)), post=n) for n in range(1, 81)))
    stream = io.BytesIO(many)
    tracemalloc.start()
    count = sum(1 for _ in read(Source(stream)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 8_000
    assert peak < 2_000_000 < len(many)


def test_comments_may_stand_before_the_address_of_their_item() -> None:
    whole = item(comment(1), comment(2))
    link = "<link>https://old.example/2020/hello/</link>"
    found = read_all(export(whole.replace(link, "").replace("</item>", f"{link}</item>")))
    assert [each.page.path for each in found if isinstance(each, IncomingComment)] == ["/2020/hello/"] * 2


def test_an_item_without_address_is_named_by_its_title() -> None:
    assert only(export(item(comment(1)).replace("https://old.example/2020/hello/", ""))).page.names == (
        "5", "hello", "Hello & more",
    )  # fmt: skip


def test_a_mended_file_is_of_the_same_blog() -> None:
    whole = export(item(comment(1)))
    for broken in (b"\n" + whole, whole.replace(b"<item>", b"<x:y/><item>"), whole.replace(b"Words", b"]]></b>Words")):
        (found, *_) = [each for each in read_all(broken) if isinstance(each, IncomingComment)]
        assert (found.blog, found.page) == (only(whole).blog, only(whole).page)


def test_a_break_in_an_article_doubles_and_loses_no_comment() -> None:
    many = [comment(number) for number in range(1, 6)]
    for broken in range(5):
        spoilt = [
            each.replace("Words", "]]> & <b> <![CDATA[Words") if n == broken else each for n, each in enumerate(many)
        ]
        found = read_all(export(item(*spoilt), item(comment(9), slug="b")))
        assert [each.number for each in found if isinstance(each, IncomingComment)] == ["1", "2", "3", "4", "5", "9"]


def test_an_article_too_large_to_be_mended_is_told_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.importers.wordpress._LARGEST_ITEM", 100_000)
    many = [comment(number) for number in range(1, 600)]
    data = export(item(*many, comment(600, content="]]></b>"), comment(601)), item(comment(602), slug="b"))
    found = read_all(data)
    numbers = [int(each.number) for each in found if isinstance(each, IncomingComment)]
    assert (numbers[:599], numbers[-1], 601 in numbers) == (list(range(1, 600)), 602, False)
    assert sum(isinstance(each, UnreadablePart) for each in found) == 1


def test_an_article_of_any_size_costs_little_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("service.importers.wordpress._LARGEST_ITEM", 1_000_000)
    head, _, rest = export(item(comment(1))).partition(b"<wp:comment>")
    with (tmp_path / "export.xml").open("wb") as out:
        out.write(head + b"<content xmlns='c'><![CDATA[")
        out.writelines([b"x" * 1_000_000] * 20)
        out.write(b"]]></content><wp:comment>" + rest)
    with closing(open_source(str(tmp_path / "export.xml"))) as source:
        tracemalloc.start()
        count = sum(1 for _ in read(source))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 1
    assert peak < 4_000_000


def test_a_website_as_long_as_the_column_was_cut_and_is_left_out() -> None:
    address = "https://example.org/" + "x" * 180
    assert only(export(item(comment(1, author_url=address)))).url == ""
    assert only(export(item(comment(1, author_url=address[:-1])))).url == address[:-1]


def test_a_zip_may_hold_a_part_that_is_none() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__MACOSX/._a.xml", b"\0")
        archive.writestr("b.xml", export(item(comment(2), slug="b")))
        archive.writestr("a.xml", export(item(comment(1))))
        archive.writestr("notes.txt", b"hello")
        archive.writestr("users.xml", b"<users/>")
    first, second, rest = read_all(packed.getvalue())
    assert [each.number for each in (first, second) if isinstance(each, IncomingComment)] == ["1", "2"]
    assert isinstance(rest, UnreadablePart)
    assert rest.place == "users.xml"


def test_it_is_known_by_its_namespace() -> None:
    opening = Source(io.BytesIO(export(item(comment(1))))).opening()
    assert (sniff(opening), sniff(Source(io.BytesIO(b"<rss/>")).opening())) == (True, False)
