"""A zip without its end gives the files that are there, and says that it was cut."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from service.importers import cut_zip, unpacking
from service.importers.cut_zip import CutZip, open_zip
from service.importers.import_formats import read_source, recognise
from service.importers.incoming_comments import Incoming, UnreadablePart
from service.importers.source_file import BadSource, open_source
from tests.importers.export_files import comments

FOLDER = {f"comments/roses/{name}.yml": f"message: {name}\nname: Mara\ndate: 2020-01-02\n" for name in "abcde"}
DEFLATED, STORED = zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED
LIST = b"PK\x01\x02"


class Pipe(io.BytesIO):
    """Cannot be gone back in, so sizes are written behind each file."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise io.UnsupportedOperation(offset, whence)


def zipped(files: Mapping[str, str], method: int, stream: io.BytesIO | None = None) -> bytes:
    stream = io.BytesIO() if stream is None else stream
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def read(path: Path) -> tuple[str, list[Incoming], str]:
    """The format, what is read, and what is said at the end."""
    items: list[Incoming] = []
    with closing(open_source(str(path))) as source:
        name = recognise(*source.openings())
        try:
            items.extend(read_source(name, source))
        except BadSource as error:
            return name, items, str(error)
    return name, items, ""


def artalk(count: int, page: str) -> str:
    row = {"page_key": page, "nick": "Mara", "content": "x" * 900, "created_at": "2020-01-02"}
    return json.dumps([{"id": f"{page}{number}", **row} for number in range(count)])


@pytest.mark.parametrize("stream", [io.BytesIO, Pipe])
@pytest.mark.parametrize("method", [DEFLATED, STORED])
def test_files_of_a_folder(tmp_path: Path, method: int, stream: Callable[[], io.BytesIO]) -> None:
    path, whole = tmp_path / "site.zip", zipped(FOLDER, method, stream())
    assert len(whole.partition(LIST)[0]) < len(whole) - 22
    for end, found in (
        (whole.index(LIST), "abcde"),
        (whole.index(LIST) + 9, "abcde"),
        (whole.index(b"e.yml") + 9, "abcd"),
    ):
        path.write_bytes(whole[:end])
        name, items, _ = read(path)
        assert (name, list(comments(items))) == ("staticman", list(found))
        assert UnreadablePart("The compressed file is damaged: its end is missing.", "site.zip") in items


@pytest.mark.parametrize("stream", [io.BytesIO, Pipe])
@pytest.mark.parametrize("method", [DEFLATED, STORED])
def test_exports_are_read_as_far_as_they_go(tmp_path: Path, method: int, stream: Callable[[], io.BytesIO]) -> None:
    path, files = tmp_path / "site.zip", {"a.artrans": artalk(3, "/a"), "b.artrans": artalk(300, "/b")}
    whole = zipped(files, method, stream())
    start = whole.index(b"b.artrans")
    path.write_bytes(whole[: start + (whole.index(LIST) - start) * 3 // 4])
    name, items, said = read(path)
    numbers = list(comments(items))
    assert (name, numbers[:3]) == ("artalk", ["/a0", "/a1", "/a2"])
    assert 150 < len(numbers) < 300
    assert [item.place for item in items if isinstance(item, UnreadablePart)] == ["b.artrans"]
    assert said == "The compressed file is damaged: its end is missing."


def test_one_export_that_is_all_there_is_said_to_be_without_its_end(tmp_path: Path) -> None:
    path = tmp_path / "site.zip"
    path.write_bytes(zipped({"a.artrans": artalk(3, "/a")}, DEFLATED).partition(LIST)[0])
    _, items, said = read(path)
    assert (len(comments(items)), said) == (3, "The compressed file is damaged: its end is missing.")


def test_its_files_are_those_that_a_whole_one_lists() -> None:
    whole = zipped(FOLDER | {"grün/ü.yml": "x", "empty.yml": ""}, DEFLATED)
    listed = cast("zipfile.ZipFile", open_zip(io.BytesIO(whole)))
    cut = CutZip(io.BytesIO(whole.partition(LIST)[0]))
    assert cut.namelist() == listed.namelist()
    for mine, theirs in zip(cut.infolist(), listed.infolist(), strict=True):
        with cut.open(mine) as member:
            assert (member.read1(9999) if mine.file_size else b"") == listed.read(theirs)


def test_one_that_unpacks_to_far_more_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({"a": "a" * 3_000_000}, DEFLATED, Pipe()).partition(LIST)[0]
    assert CutZip(io.BytesIO(bomb)).namelist() == ["a"]
    monkeypatch.setattr(unpacking, "_SMALL", 1024 * 1024)
    with pytest.raises(BadSource, match="far more than any export"):
        CutZip(io.BytesIO(bomb))


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"PK\x03\x04cut", b"PK\x03\x04" + b"\xff" * 60, b""])
def test_what_holds_no_file_is_none(start: bytes) -> None:
    with pytest.raises(zipfile.BadZipFile):
        open_zip(io.BytesIO(start))


@pytest.mark.parametrize("is_cut", [False, True])
def test_one_of_more_files_than_any_export_has_is_refused_before_they_are_kept(
    is_cut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cut_zip, "_MOST_FILES", 5)
    whole = zipped({f"{number}.yml": "message: x" for number in range(6)}, STORED)
    monkeypatch.setattr(zipfile, "ZipFile", lambda _: pytest.fail("keeps all of them"))
    with pytest.raises(BadSource, match="far more than any export"):
        CutZip(io.BytesIO(whole.partition(LIST)[0])) if is_cut else open_zip(io.BytesIO(whole))


@pytest.mark.parametrize("stream", [io.BytesIO, Pipe])
def test_a_file_that_cannot_be_unpacked_ends_none_behind_it(stream: Callable[[], io.BytesIO], tmp_path: Path) -> None:
    """Neither an encrypted one nor a damaged one, in a zip with its end and in one without."""
    whole = zipped({f"{name}.artrans": artalk(1, f"/{name}") for name in "abc"}, DEFLATED, stream())
    encrypted, damaged = bytearray(whole), bytearray(whole)
    second = whole.index(b"b.artrans")
    encrypted[second - 30 + 6] |= 1
    damaged[second + len("b.artrans")] = 0xFF
    encrypted[whole.index(b"b.artrans", whole.index(LIST)) - 46 + 8] |= 1
    for zipped_bytes in (encrypted, damaged):
        for end in (len(whole), whole.index(LIST)):
            path = tmp_path / "site.zip"
            path.write_bytes(zipped_bytes[:end])
            _, items, _ = read(path)
            assert list(comments(items)) == ["/a0", "/c0"]
            assert [item.place for item in items if isinstance(item, UnreadablePart)] == ["b.artrans"]
