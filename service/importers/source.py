"""The file of an import, plain or gzip, from a path or standard input, as text without control characters."""

import codecs
import gzip
import io
import re
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
_WIDE = ("utf-16", "utf-32", "ucs", "iso-10646")
_PEEK = 1024


class BadSource(ValueError):
    """The file cannot be read, or not to its end. The message says why."""


class Source:
    """A file to import from. ``size`` is its stored size in bytes, 0 if unknown."""

    def __init__(self, stream: BinaryIO, path: Path | None = None) -> None:
        self.path = path
        self._counted = _Counted(stream)
        self.size = path.stat().st_size if path else 0

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._counted.position

    def text(self) -> "Text":
        """The file's decompressed text. Raises BadSource when its encoding is unknown."""
        raw = io.BufferedReader(self._counted)
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
