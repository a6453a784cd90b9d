"""A zip whose end is missing, where the list of its files stands: they are found by the header before each file."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from service.importers.import_sentences import ImportSentence
from service.importers.unpacking import BadSource, most_unpacked

CUT = EOFError("its end is missing")
_HEADER = struct.Struct("<4s5H3I2H")  # APPNOTE.TXT, section 4.3.7
_BEGINNING, _DESCRIPTOR, _LISTED = b"PK\x03\x04", b"PK\x07\x08", b"PK\x01\x02"
_ENCRYPTED, _SIZE_BEHIND, _UTF8 = 0x1, 0x8, 0x800
_IN_EXTRA = 0xFFFFFFFF
_CHUNK = 64 * 1024
_MOST_FILES = 200_000
"""Each takes some 700 bytes of memory, however empty it is."""
_LEAST_LISTED = 47
"""Bytes of a file's entry in the list, with a name of one letter (section 4.3.12)."""


class CutZip:
    """What is used of ``zipfile.ZipFile``. The last file may be cut, too."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = most_unpacked(stream.seek(0, io.SEEK_END))
        self._data_at: dict[int, int] = {}  # offset of a header → that of the data
        self._files: list[zipfile.ZipInfo] = []
        for info in self._find():
            self._files.append(info)
            if len(self._files) > _MOST_FILES:
                raise BadSource(ImportSentence.UNPACKS_FAR)

    def __enter__(self) -> "CutZip":
        return self

    def __exit__(self, *_: object) -> None:
        """The stream stays open, as a ``ZipFile`` leaves it."""

    def infolist(self) -> list[zipfile.ZipInfo]:
        """The files, in their order."""
        return self._files

    def namelist(self) -> list[str]:
        """Their names."""
        return [info.filename for info in self._files]

    def open(self, info: zipfile.ZipInfo) -> "_Member":
        """A file to read. Raises RuntimeError for an encrypted one, NotImplementedError for an unknown method."""
        if info.flag_bits & _ENCRYPTED:
            raise RuntimeError(f"File {info.filename!r} is encrypted")
        return _Member(self._stream, self._data_at[info.header_offset], info)

    def _find(self) -> Iterator[zipfile.ZipInfo]:
        at = 0
        while (at := _search(self._stream, _BEGINNING, at)) >= 0:
            info = self._read_header(at)
            if info is None:
                return
            yield info
            at = self._data_at[info.header_offset] + max(info.compress_size, 0)

    def _read_header(self, at: int) -> zipfile.ZipInfo | None:
        self._stream.seek(at)
        head = self._stream.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return None
        _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _HEADER.unpack(head)
        name, extra = self._stream.read(name_length), self._stream.read(extra_length)
        if len(name) < name_length or not name:
            return None
        info = zipfile.ZipInfo(name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"))
        info.flag_bits, info.compress_type, info.header_offset, info.CRC = flags, method, at, crc
        info.file_size, info.compress_size = _sizes(extra, size, packed)
        self._data_at[at] = at + _HEADER.size + name_length + extra_length
        if flags & _SIZE_BEHIND and not packed:
            info.compress_size = self._measure(info)
        return info

    def _measure(self, info: zipfile.ZipInfo) -> int:
        """The packed size of a file whose header was written before that was known."""
        start = self._data_at[info.header_offset]
        if info.compress_type == zipfile.ZIP_DEFLATED and not info.flag_bits & _ENCRYPTED:
            info.compress_size = self._stream.seek(0, io.SEEK_END) - start
            member = _Member(self._stream, start, info)
            try:
                while read := member.read1(_CHUNK):
                    self._left -= len(read)
                    if self._left < 0:
                        raise BadSource(ImportSentence.UNPACKS_FAR)
            except EOFError:
                pass  # cut: no file follows it
            except zlib.error:
                return self._up_to_descriptor(start)  # how far it was read says nothing about where it ends
            return member.packed
        return self._up_to_descriptor(start)

    def _up_to_descriptor(self, start: int) -> int:
        end = _search(self._stream, _DESCRIPTOR, start)
        return (self._stream.seek(0, io.SEEK_END) if end < 0 else end) - start


class _Member:
    """Reads a file. Raises EOFError behind what is there of a cut one, and zlib.error for a damaged one."""

    def __init__(self, stream: BinaryIO, at: int, info: zipfile.ZipInfo) -> None:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError("That compression method is not supported")
        self._stream, self._at, self._left = stream, at, info.compress_size
        self._start = at
        self._unpack: Any = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None

    def __enter__(self) -> "_Member":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    @property
    def packed(self) -> int:
        """The packed bytes that were read."""
        return self._at - self._start - (len(self._unpack.unused_data) if self._unpack else 0)

    def read1(self, size: int) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        if self._unpack is None:
            return self._read_packed(size) if self._left else b""
        while not self._unpack.eof:
            data = self._unpack.unconsumed_tail or self._read_packed(_CHUNK)
            if read := bytes(self._unpack.decompress(data, size)):
                return read
        return b""

    read = read1

    def _read_packed(self, size: int) -> bytes:
        self._stream.seek(self._at)
        data = self._stream.read(min(size, self._left))
        if not data:
            raise CUT
        self._at += len(data)
        self._left -= len(data)
        return data


class OpenedLater:
    """A file of a zip, opened when it is read, so that one that cannot be opened ends no other: an encrypted one."""

    def __init__(self, archive: zipfile.ZipFile | CutZip, info: zipfile.ZipInfo) -> None:
        self._archive, self._info = archive, info
        self._file: Any = None

    def read1(self, size: int) -> bytes:
        """Up to ``size`` bytes; none at the end. Raises DAMAGED."""
        if self._file is None:
            self._file = self._archive.open(self._info)
        return bytes(self._file.read1(size))

    read = read1


def open_zip(file: BinaryIO) -> zipfile.ZipFile | CutZip:
    """A zip, whole or without its end. Raises as ZipFile does where no file is found in it, and BadSource for one of
    more files than any export has.
    """
    if file.seek(0, io.SEEK_END) > _MOST_FILES * _LEAST_LISTED:
        _refuse_too_many(file)
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        cut = CutZip(file)
        if not cut.infolist():
            raise
        return cut


def _refuse_too_many(file: BinaryIO) -> None:
    """Count what is listed before ZipFile does, which keeps all of it."""
    count, before = 0, b""
    file.seek(0)
    while read := file.read(_CHUNK):
        count += (before + read).count(_LISTED)
        if count > _MOST_FILES:
            raise BadSource(ImportSentence.UNPACKS_FAR)
        before = (before + read)[1 - len(_LISTED) :]


def _search(stream: BinaryIO, mark: bytes, at: int) -> int:
    """Where ``mark`` stands next; -1 if it does not."""
    before, size = b"", 512  # small at first: most often it is near, and a zip may hold many small files
    stream.seek(at)
    while read := stream.read(size):
        found = (before + read).find(mark)
        if found >= 0:
            return at - len(before) + found
        at, size = at + len(read), min(2 * size, _CHUNK)
        before = (before + read)[1 - len(mark) :]
    return -1


def _sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """Both sizes, from the extra field where they are too large for the header (section 4.5.3)."""
    at = 0
    while _IN_EXTRA in (size, packed) and at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1 and length >= 16 and at + 20 <= len(extra):
            return struct.unpack_from("<2Q", extra, at + 4)
        at += 4 + length
    return size, packed
