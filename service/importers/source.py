"""The file of an import, plain or gzip, from a path or standard input, as text without control characters."""

import codecs
import gzip
import io
import re
import sys
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
_WIDE = ("utf-16", "utf-32", "ucs", "iso-10646")
_PEEK = 1024
_OPENING = 64 * 1024


class BadSource(ValueError):
    """The file cannot be read, or not to its end. The message says why."""


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
    bytes, 0 if unknown."""

    def __init__(self, stream: BinaryIO, path: Path | None = None) -> None:
        self.path = path
        self._counted = _Counted(stream)
        self._raw = io.BufferedReader(self._counted, _OPENING)
        self.size = path.stat().st_size if path and path.is_file() else 0

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._counted.position

    def opening(self) -> Opening:
        """The beginning, for ``sniff``. Call it before ``text``; a damaged packed file gives what can be unpacked."""
        data = self._raw.peek(_OPENING)[:_OPENING]
        if data[:2] == b"\x1f\x8b":
            with suppress(zlib.error):
                data = zlib.decompressobj(wbits=31).decompress(data, _OPENING)
        try:
            text = data.decode(_encoding(data[:_PEEK]), "replace")
        except LookupError:
            text = data.decode("utf-8", "replace")
        return Opening(data, text, self.path)

    def text(self) -> "Text":
        """The file's decompressed text. Raises BadSource when its encoding is unknown."""
        raw = self._raw
        if raw.peek(2)[:2] == b"\x1f\x8b":
            raw = cast("io.BufferedReader[_Counted]", io.BufferedReader(cast("_Counted", gzip.GzipFile(fileobj=raw))))
        try:
            encoding = _encoding(raw.peek(_PEEK)[:_PEEK])
            return Text(io.TextIOWrapper(raw, encoding, errors="replace", newline=""))
        except (OSError, EOFError, zlib.error) as error:
            raise BadSource(f"The packed file is damaged: {error}.") from error
        except LookupError as error:
            raise BadSource(f"The file's text encoding is not known: {error}.") from error

    def close(self) -> None:
        """Close the file."""
        self._counted.close()


class Text:
    """A text reader that drops control characters: exports contain some, XML and PostgreSQL accept none."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> str:
        """Up to ``size`` characters; empty only at the end. Raises BadSource when the file is damaged."""
        while True:
            try:
                read = self._stream.read(size)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise BadSource(f"The packed file is damaged: {error}.") from error
            except (OSError, UnicodeError) as error:
                raise BadSource(f"The file cannot be read further: {error}.") from error
            text = read.translate(_CONTROLS)
            if text or not read:
                return text


class _Counted(io.RawIOBase):
    """Counts the bytes that are read, for the progress bar."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self.position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def open_source(name: str) -> Source:
    """Open a file by name; ``-`` is standard input. Raises BadSource when it cannot be opened."""
    if name == "-":
        return Source(sys.stdin.buffer)
    path = Path(name)
    try:
        if path.is_dir():
            return Source(io.BytesIO(), path)
        return Source(path.open("rb"), path)
    except OSError as error:
        raise BadSource(f"{name} cannot be read: {error.strerror or error}.") from error


def _encoding(start: bytes) -> str:
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    declared = _DECLARED.match(start)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    return "utf-8" if name.startswith(_WIDE) else name  # it was readable as ASCII
