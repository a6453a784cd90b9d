"""Packed files, within bounds: one that unpacks to far more than its size is refused."""

import io
import zipfile
import zlib
from typing import Any

from service.importers.import_sentences import ImportSentence

_SMALL, _MOST_TIMES = 256 * 1024 * 1024, 200
"""A packed file may unpack to 256 MiB, or to 200 times its size: texts come to 20 times, bombs to 1,000."""


DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)
"""What the libraries raise for a damaged packed file."""


class BadSource(ValueError):
    """The file cannot be read, or not to its end. The message says why."""


def most_unpacked(packed: int) -> int:
    """The most bytes that this many packed ones may become, see ``_SMALL``. Also of all files of a zip together."""
    return max(_SMALL, packed * _MOST_TIMES)


class Borrowed(io.RawIOBase):
    """Reads a stream without closing it, and no more than ``most`` bytes.

    Where it is damaged, what stands before is read, and ``damage`` says why. It then raises, or ends there if
    ``ends_at_damage``: buffers on top lose what they have collected when a read raises.
    """

    def __init__(self, stream: Any, most: int | None = None) -> None:
        super().__init__()
        self.damage: Exception | None = None
        self.ends_at_damage = False
        self._read, self._left = getattr(stream, "read1", stream.read), most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = 0
        while self.damage is None and size < len(buffer):
            try:
                data = self._read(len(buffer) - size)
            except DAMAGED as error:
                self.damage = error
                break
            if not data:
                break
            buffer[size : size + len(data)] = data
            size += len(data)
        self._count(size)
        if self.damage and not size and not self.ends_at_damage:
            raise self.damage
        return size

    def _count(self, size: int) -> None:
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise BadSource(ImportSentence.UNPACKS_FAR)
