"""Packed files, within bounds: one that unpacks to far more than its size is refused."""

import io
from typing import Any

_SMALL, _MOST_TIMES = 256 * 1024 * 1024, 200
"""A packed file may unpack to 256 MiB, or to 200 times its size: texts come to 20 times, bombs to 1,000."""


class BadSource(ValueError):
    """The file cannot be read, or not to its end. The message says why."""


def most_unpacked(packed: int) -> int:
    """The most bytes that this many packed ones may become, see ``_SMALL``. Also of all files of a zip together."""
    return max(_SMALL, packed * _MOST_TIMES)


class Borrowed(io.RawIOBase):
    """Reads a stream without closing it, and no more than ``most`` bytes."""

    def __init__(self, stream: Any, most: int | None = None) -> None:
        super().__init__()
        self._stream, self._left = stream, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise BadSource("The packed file unpacks to far more than any export does. Unpack it yourself first.")
        buffer[: len(data)] = data
        return len(data)
