"""The file of an import, plain, gzip or zip, from a path or standard input, as text without control characters."""

import codecs
import gzip
import io
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar, cast

from service.importers.cut_zip import CUT, CutZip, OpenedLater, open_zip
from service.importers.import_sentences import ImportSentence
from service.importers.text_encoding import encoding_of
from service.importers.unpacking import DAMAGED, BadSource, Borrowed, most_unpacked

__all__ = ["BadSource", "FirstReading", "Opening", "Source", "Text", "open_source"]

T = TypeVar("T")

_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
_BAD_BYTES = "\udc80"  # half a surrogate pair: never in text, so that what stands for bad bytes can be counted
_HALVES = re.compile("[\ud800-\udfff]")
_PEEK = 1024
_OPENING = 64 * 1024
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_LOOKED_AT = 20
"""Files of a zip by which it is recognised."""
_PART_IN_MEMORY = 4 * 1024 * 1024

codecs.register_error("reply_bad_bytes", lambda error: (_BAD_BYTES, cast("UnicodeDecodeError", error).end))


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of a source, by which a format recognises its own. Nothing of the source is used up by it.

    ``data`` are the first bytes, unpacked: up to 64 KiB, or none of a folder. ``text`` is the same decoded, without a
    byte order mark. ``path`` is the file's or folder's place, None for standard input.
    """

    data: bytes
    text: str
    path: Path | None = None

    @property
    def folder(self) -> Path | None:
        """The folder, if it is one."""
        return self.path if self.path and self.path.is_dir() else None


class Source:
    """A file or folder to import from. ``path`` is its place, None for standard input. ``size`` is its stored size in
    bytes. It can be read more than once: ``text`` and ``texts`` begin at the start."""

    def __init__(self, stream: BinaryIO, path: Path | None = None) -> None:
        self.path = path
        self._stream = stream
        self.size = stream.seek(0, io.SEEK_END)
        self.bad_bytes = 0
        """How often bytes were met that are no text in the file's encoding; each became U+FFFD."""
        self.unknown_encoding = ""
        """The name of an encoding that the file declares and nobody knows: it is read as UTF-8."""
        self.damage: Exception | None = None
        """Why there may have been more than can be read of it."""

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._stream.tell()

    def opening(self) -> Opening:
        """The beginning, for ``sniff``. A damaged packed file gives what can be unpacked."""
        return next(iter(self.openings()), None) or Opening(b"", "", self.path)

    def openings(self) -> Iterator[Opening]:
        """The beginning of each of the first files of a zip; of any other file its own."""
        with suppress(BadSource, *DAMAGED):
            for raw, _ in islice(self._unpacked(), _LOOKED_AT):
                data = b""
                with suppress(BadSource, *DAMAGED):
                    data = raw.peek(_OPENING)[:_OPENING]
                try:
                    text = data.decode(encoding_of(data[:_PEEK])[0], "replace")
                except UnicodeError:
                    text = data.decode("utf-8", "replace")
                yield Opening(data, text, self.path)

    def parts(self) -> "Iterator[tuple[str, Source | BadSource]]":
        """Each file of a zip of several with its name, or why it cannot be read; of any other file only itself."""
        self._stream.seek(0)
        names = _inside(self._stream) if self._stream.read(4) == _ZIP else []
        if len(names) < 2:
            yield "", self
            return
        try:
            yield from self._parts()
        except DAMAGED as error:
            raise BadSource(ImportSentence.PACKED_DAMAGED % {"reason": error}) from error

    def _parts(self) -> "Iterator[tuple[str, Source | BadSource]]":
        left = most_unpacked(self.size)  # of all files together
        for raw, name in self._unpacked():
            with tempfile.SpooledTemporaryFile(_PART_IN_MEMORY) as file:
                packed = Borrowed(raw, left)
                packed.ends_at_damage = raw.raw.ends_at_damage = True
                shutil.copyfileobj(io.BufferedReader(packed), file)
                left -= file.tell()
                part = Source(cast("BinaryIO", file))
                part.damage = raw.raw.damage
                is_lost = part.damage and not part.size
                yield name, BadSource(ImportSentence.PACKED_DAMAGED % {"reason": part.damage}) if is_lost else part

    def text(self) -> "Text":
        """The file's decompressed text; the first file of a zip. Raises BadSource."""
        return next(self.texts())

    def texts(self) -> Iterator["Text"]:
        """The text of each file of a zip in the order of their names; of any other file its own. Raises BadSource."""
        try:
            for raw, name in self._unpacked():
                encoding, self.unknown_encoding = encoding_of(raw.peek(_PEEK)[:_PEEK])
                raw.raw.ends_at_damage = True
                text = io.TextIOWrapper(raw, encoding, errors="reply_bad_bytes", newline="")
                yield Text(text, self, name, raw.raw)
        except DAMAGED as error:
            raise BadSource(ImportSentence.PACKED_DAMAGED % {"reason": error}) from error

    def binary(self) -> "io.BufferedReader[Any]":
        """The file's unpacked bytes; those of the first file of a zip. Raises BadSource."""
        try:
            return next(self._unpacked())[0]
        except DAMAGED as error:
            raise BadSource(ImportSentence.PACKED_DAMAGED % {"reason": error}) from error

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _unpacked(self) -> Iterator[tuple["io.BufferedReader[Any]", str]]:
        self._stream.seek(0)
        start = self._stream.read(4)
        self._stream.seek(0)
        if start[:2] == _GZIP:
            yield self._bounded(gzip.GzipFile(fileobj=self._stream), self.size), ""
        elif start == _ZIP:
            with open_zip(self._stream) as archive:
                files, is_cut = sorted(_listed(archive), key=lambda info: info.filename), isinstance(archive, CutZip)
                self.damage = CUT if is_cut and len(files) == 1 else None
                for info in files:
                    yield self._bounded(OpenedLater(archive, info), info.compress_size), info.filename
                if is_cut:
                    raise CUT
        else:
            yield io.BufferedReader(Borrowed(self._stream), _OPENING), ""

    def _bounded(self, stream: Any, packed: int) -> "io.BufferedReader[Any]":
        return io.BufferedReader(Borrowed(stream, most_unpacked(packed)), _OPENING)


class Text:
    """A text reader that drops control characters: exports contain some, XML and PostgreSQL accept none.

    ``name`` is the file's name in a zip, else empty. ``packed`` is what ``stream`` reads.
    """

    def __init__(self, stream: io.TextIOWrapper, source: Source, name: str, packed: Borrowed) -> None:
        self.name = name
        self._packed = packed
        self._stream = stream
        self._source = source

    def read(self, size: int = -1) -> str:
        """Up to ``size`` characters; empty only at the end. Raises BadSource when the file is damaged."""
        while True:
            try:
                read = self._stream.read(size)
            except UnicodeError as error:
                raise BadSource(ImportSentence.UNREADABLE % {"reason": error}) from error
            if not read and (damage := self._packed.damage or self._source.damage):
                raise BadSource(ImportSentence.PACKED_DAMAGED % {"reason": damage}) from damage
            text = read.translate(_CONTROLS)
            text, bad = _HALVES.subn("\ufffd", text)
            self._source.bad_bytes += bad
            if text or not read:
                return text


class FirstReading(Generic[T]):
    """Items up to where the source breaks, for the first of two readings. The second one will raise; ``broken`` says
    whether this one did not come to the end."""

    def __init__(self, items: Iterable[T]) -> None:
        self.broken = False
        self._items = items

    def __iter__(self) -> Iterator[T]:
        try:
            yield from self._items
        except BadSource:
            self.broken = True


def open_source(name: str) -> Source:
    """Open a file or folder by name; ``-`` is standard input. What can be read only once, such as that, is kept in a
    temporary file. Raises BadSource when it cannot be opened."""
    path = Path(name)
    try:
        if name == "-":
            return Source(_kept(sys.stdin.buffer))
        if path.is_dir():
            return Source(io.BytesIO(), path)
        stream = path.open("rb")
        return Source(stream, path) if stream.seekable() else Source(_kept(stream))
    except OSError as error:
        raise BadSource(ImportSentence.FILE_UNOPENED % {"file": name, "reason": error.strerror or error}) from error


def _kept(stream: BinaryIO) -> BinaryIO:
    kept = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # Source closes it
    with stream:
        shutil.copyfileobj(stream, kept)
    return kept


def _listed(archive: zipfile.ZipFile | CutZip) -> list[zipfile.ZipInfo]:
    inside = [info for info in archive.infolist() if not info.is_dir() and not _is_litter(info.filename)]
    if not inside:
        raise BadSource(ImportSentence.EMPTY_ZIP)
    return inside


def _inside(stream: BinaryIO) -> list[zipfile.ZipInfo]:
    """The files of a zip; none if it is damaged, which is told where it is read."""
    try:
        with open_zip(stream) as archive:
            return _listed(archive)
    except (BadSource, *DAMAGED):
        return []


def _is_litter(name: str) -> bool:
    """Whether a file of a zip is one that macOS adds."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")
