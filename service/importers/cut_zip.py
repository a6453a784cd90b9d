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
_BEGINNING, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_ENCRYPTED, _SIZE_BEHIND, _UTF8 = 0x1, 0x8, 0x800
_IN_EXTRA = 0xFFFFFFFF
_CHUNK = 64 * 1024


class CutZip:
    """What is used of ``zipfile.ZipFile``. The last file may be cut, too."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = most_unpacked(stream.seek(0, io.SEEK_END))
        self._data_at: dict[int, int] = {}  # offset of a header → that of the data
        self._files = list(self._find())

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
        while (at := self._search(_BEGINNING, at)) >= 0:
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
        if info.compress_type != zipfile.ZIP_DEFLATED:
            end = self._search(_DESCRIPTOR, start)
            return (self._stream.seek(0, io.SEEK_END) if end < 0 else end) - start
        info.compress_size = self._stream.seek(0, io.SEEK_END) - start
        member = _Member(self._stream, start, info)
        try:
            while read := member.read1(_CHUNK):
                self._left -= len(read)
                if self._left < 0:
                    raise BadSource(ImportSentence.UNPACKS_FAR)
        except (EOFError, zlib.error):
            pass
        return member.packed

    def _search(self, mark: bytes, at: int) -> int:
        """Where ``mark`` stands next; -1 if it does not."""
        before = b""
        self._stream.seek(at)
        while read := self._stream.read(_CHUNK):
            found = (before + read).find(mark)
            if found >= 0:
                return at - len(before) + found
            at += len(read)
            before = (before + read)[1 - len(mark) :]
        return -1


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


def open_zip(file: BinaryIO) -> zipfile.ZipFile | CutZip:
    """A zip, whole or without its end. Raises as ZipFile does where no file is found in it."""
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        cut = CutZip(file)
        if not cut.infolist():
            raise
        return cut


def _sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """Both sizes, from the extra field where they are too large for the header (section 4.5.3)."""
    at = 0
    while _IN_EXTRA in (size, packed) and at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1 and length >= 16 and at + 20 <= len(extra):
            return struct.unpack_from("<2Q", extra, at + 4)
        at += 4 + length
    return size, packed
