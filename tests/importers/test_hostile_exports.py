"""Damaged and forged exports: each gives what can be read and a sentence, never anything else."""

import gzip
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.importers.import_formats import FORMATS
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingComment, Skipped, UnreadablePart
from service.importers.source_file import BadSource, Source, open_source
from tests.importers.export_files import FOLDER, comments, read_bytes, told
from tests.importers.test_exports import NAMES
from tests.rows import each_row

FILES = [name for name in NAMES if "." in name and not name.endswith(".db")]
JSON = [name for name in FILES if name.endswith((".json", ".jsonl"))]
FEW = settings(max_examples=10, deadline=None)
ODD: list[Any] = [
    *[None, True, False, 0, -1, 1e308, 10**30],
    *[[], {}, [[]], {"a": {}}, {"$oid": {"$oid": 1}}, {"nodes": 1, "totalCount": "x"}],
    *["", " ", "0", "\0", "a\0b\x07", "\ud800", "9" * 5000, "]]>", "<![if", "![](", "<p><b><i><a href='#'>" * 50],
    *["0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999-14:00", "2020-13-45"],
    *[253402300800000, -(10**18)],
    *["http://[::1", "//", "javascript:alert(1)", "https://" + "x" * 3000, "https://user:pass@host:99999999/"],
]


def taken(read: Callable[[], list[Incoming]]) -> list[Incoming]:
    """What is read; nothing, if the file is refused with a sentence."""
    try:
        return read()
    except BadSource as error:
        reason = str(error)
    assert reason[0].isupper()
    assert reason[-1] == "."
    return []


def assert_sound(items: list[Incoming]) -> None:
    """Each comment can be stored: its fields are of their types, its text is text, and it has a date."""
    for item in items:
        if isinstance(item, UnreadablePart):
            assert item.reason
            assert item.place
        if isinstance(item, Skipped):
            assert isinstance(item.number, str)
            assert isinstance(item.parent, str)
        if isinstance(item, IncomingComment):
            shown = (item.number, item.parent, item.author, item.email, item.url, item.text, item.blog)
            page = (item.page.path, item.page.title, item.page.host, item.page.slug, *item.page.names)
            for value in (*shown, *page):
                assert "\0" not in value
                value.encode()
            assert item.created_at >= datetime(1970, 1, 1, tzinfo=UTC)
            assert item.edited_at is None or item.edited_at > item.created_at
            assert item.format in ("html", "markdown")


@pytest.mark.parametrize("name", FILES)
@FEW
@given(data=st.data())
def test_a_damaged_file_is_read_as_far_as_it_goes(name: str, data: st.DataObject) -> None:
    whole = (FOLDER / name).read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, min(len(whole), at + 200)) | st.just(len(whole)))
    instead = data.draw(
        st.binary(max_size=20) | st.sampled_from([b"<", b"&", b"]]>", b'"', b"{", b"[", b"\xff\xfe", b"\0"])
    )
    assert_sound(taken(lambda: read_bytes(whole[:at] + instead + whole[until:], NAMES[name])))


def changed(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any], odds: int) -> Any:
    """A value in which about every ``odds``-th part is replaced."""
    if draw(st.integers(1, odds)) == 1:
        return draw(st.sampled_from(ODD))
    if isinstance(value, dict):
        return {key: changed(each, draw, odds) for key, each in value.items()}
    return [changed(each, draw, odds) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", JSON)
@FEW
@given(data=st.data())
def test_values_of_wrong_types_are_passed_over(name: str, data: st.DataObject) -> None:
    text = (FOLDER / name).read_text()
    odds = data.draw(st.sampled_from([5, 20, 80]))
    is_lines = name in ("remark42.json", "valine.jsonl", "artalk-lines.json")
    values = [json.loads(line) for line in text.splitlines() if line[0] != "#"] if is_lines else [json.loads(text)]
    written = "\n".join(json.dumps(changed(value, data.draw, odds)) for value in values)
    assert_sound(taken(lambda: read_bytes(written.encode(), NAMES[name])))


@pytest.mark.parametrize("name", ["isso", "cusdis", "schnack"])
@FEW
@given(data=st.data())
def test_values_of_wrong_types_in_a_database_are_passed_over(name: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "odd.db"
        script = (FOLDER / f"{name}.sql").read_text().replace(" NOT NULL", "").replace(" PRIMARY KEY", "")
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for column in [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]:
                    odd = [each for each in ODD if isinstance(each, (str, float)) and "\ud800" not in str(each)]
                    value = data.draw(st.sampled_from([*odd, None, -1, 2**62, b"\xff\0", b"<p>"]))
                    if data.draw(st.booleans()):
                        where = data.draw(st.integers(0, 3))
                        connection.execute(f'UPDATE {table} SET "{column}" = ? WHERE rowid % 4 = ?', (value, where))
            connection.commit()
        with closing(open_source(str(path))) as source:
            assert_sound(taken(lambda: list(FORMATS[name].read(source))))


@pytest.mark.parametrize("name", ["isso", "cusdis", "schnack"])
@FEW
@given(data=st.data())
def test_a_damaged_database_is_read_as_far_as_it_goes(name: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bad.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript((FOLDER / f"{name}.sql").read_text())
        whole = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 8))):
            at = data.draw(st.integers(0, len(whole) - 1))
            piece = data.draw(st.binary(min_size=1, max_size=40))
            whole[at : at + len(piece)] = piece
        path.write_bytes(whole[: data.draw(st.integers(100, len(whole)))])
        with closing(open_source(str(path))) as source:
            assert_sound(taken(lambda: list(FORMATS[name].read(source))))


@pytest.mark.parametrize("name", ["isso", "cusdis", "schnack"])
def test_a_damaged_schema_whose_error_is_not_utf_8_is_a_bad_source(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / f"{name}.sql").read_text())
        table = connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone()[0].encode()
    bad_name = b"\x80" + table[1:]
    path.write_bytes(path.read_bytes().replace(b"table" + table, b"table" + bad_name).replace(b"CREATE", b"CRE\x80TE"))
    with closing(open_source(str(path))) as source, pytest.raises(BadSource):
        list(FORMATS[name].read(source))


@pytest.mark.parametrize("name", ["staticman", "hashover"])
@FEW
@given(data=st.data())
def test_a_damaged_file_of_a_folder_does_not_stop_the_rest(name: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        for path in (FOLDER / name).rglob("*.*"):
            place = Path(folder) / path.relative_to(FOLDER / name)
            place.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            if data.draw(st.booleans()):
                at = data.draw(st.integers(0, len(content)))
                odd = data.draw(
                    st.binary(max_size=20)
                    | st.sampled_from([b"*a", b"&a [*a]", b"!!python/object/apply:os.abort []\n", b": "])
                )
                content = content[:at] + odd + content[data.draw(st.integers(at, len(content))) :]
            place.write_bytes(content)
        with closing(open_source(folder)) as source:
            assert_sound(list(FORMATS[name].read(source)))


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@each_row(("form", "root"), [("disqus", "disqus"), ("blogger", "feed")])
@each_row("inside", ["<post>" * 100_000, "<a>" * 51, "&a;", "<a><![CDATA[", ""])
@each_row("before", [BOMB, OUTSIDE, '<?xml version="1.0" encoding="klingon"?>', "<?xml ?>", ""])
def test_xml_that_is_built_to_harm_is_refused_or_empty(form: str, root: str, inside: str, before: str) -> None:
    data = f"{before}<{root}>{inside}".encode()
    assert [item for item in taken(lambda: read_bytes(data, form)) if isinstance(item, IncomingComment)] == []


@pytest.mark.parametrize("name", ["disqus.xml", "remark42.json", "twikoo.json", "commento.json"])
def test_a_packed_file_that_is_cut_short_gives_what_was_in_it(name: str) -> None:
    form, text = NAMES[name], (FOLDER / name).read_bytes()
    packed = gzip.compress(text, mtime=0)
    whole = [item for item in read_bytes(packed, form) if isinstance(item, IncomingComment)]
    items: list[Incoming] = []
    reason = ""
    try:
        items += FORMATS[form].read(Source(io.BytesIO(packed[: len(packed) // 2])))
    except BadSource as error:
        reason = str(error)
    assert len(items) < len(whole)
    assert "damaged" in reason


@each_row("encoding", ["utf-16", "utf-8-sig", "utf-16-be"])
@each_row("name", ["disqus.xml", "twikoo.json", "remark42.json", "waline.csv"])
def test_files_that_windows_programs_saved_are_read_as_well(name: str, encoding: str) -> None:
    text = (FOLDER / name).read_text()
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    data = mark + text.replace('encoding="utf-8"', 'encoding="utf-16"').encode(encoding)
    assert told(read_bytes(data, NAMES[name])) == (FOLDER / f"{name}.told").read_text()


def test_the_same_id_many_times_a_circle_and_an_id_without_end_are_left_to_the_loading() -> None:
    row = {"nick": "Mara", "url": "/roses/", "comment": "<p>Words</p>", "created": 1692506074503}
    rows = [
        row | {"_id": "a", "pid": "b"},
        row | {"_id": "b", "pid": "a"},
        row | {"_id": "a"},
        row | {"_id": "9" * 10**6},
    ]
    items = read_bytes(json.dumps([*rows, row | {"_id": "c", "pid": "c"}, row]).encode(), "twikoo")
    found = [(item.number[:9], item.parent) for item in items if isinstance(item, IncomingComment)]
    assert found[:3] == [("a", "b"), ("b", "a"), ("a", "")]
    assert [len(item.number) for item in items if isinstance(item, IncomingComment)] == [1, 1, 1, 64, 1, 0]
    assert found[4] == ("c", "")


@pytest.mark.parametrize(
    "name", ["blogger.xml", "blogger-takeout.atom", "commento.json", "comentario.json", "waline.json"]
)
def test_a_file_cut_before_its_end_gives_the_comments_whose_writers_and_pages_are_in_it(name: str) -> None:
    whole = comments(read_bytes((FOLDER / name).read_bytes(), NAMES[name]))
    items: list[Incoming] = []
    with pytest.raises(BadSource, match="the rest was not read"):
        items += FORMATS[NAMES[name]].read(Source(io.BytesIO((FOLDER / name).read_bytes().rstrip()[:-8])))
    found = comments(items)
    assert found
    assert found.items() <= whole.items()


def test_a_comment_whose_writer_was_not_reached_waits_for_a_whole_file() -> None:
    text = (FOLDER / "commento.json").read_text()
    items: list[Incoming] = []
    with pytest.raises(BadSource):
        items += FORMATS["commento"].read(Source(io.BytesIO(text[: text.index('"commenters"')].encode())))
    assert [item.number[0] for item in items if isinstance(item, IncomingComment)] == ["1"]
    reasons = {item.reason for item in items if isinstance(item, Skipped)}
    assert reasons == {ImportSentence.UNREAD_WRITER, ImportSentence.DELETED}
