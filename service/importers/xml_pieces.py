"""Goes through a broken XML export piece by piece: the elements below the first one, each as text with its line."""

import re
from collections.abc import Collection, Iterator

from service.importers.source_file import Text

_CHUNK = 64 * 1024
_HEAD = 64 * 1024
"""Characters within which the first element begins."""
_LARGEST = 8 * 1024 * 1024
"""Characters of a piece that are kept. No comment and no article that holds one comes near."""


class XmlPieces:
    """The pieces of a text. ``root`` is the name of the first element, ``names`` are those below it that matter.

    A piece ends where an end tag of such a name is followed by a start tag of one, or by the end of the root: so one
    that is broken does not spoil the next.
    """

    def __init__(self, text: Text, root: str, names: Collection[str]) -> None:
        any_name = "|".join(map(re.escape, names))
        self._start = re.compile(rf"<(?:{any_name})[\s>]")
        self._between = re.compile(rf"</(?:{any_name})\s*>\s*(?=<(?:{any_name})[\s>]|</{re.escape(root)}\s*>)")
        self._text = text
        self._line = 1
        self._buffer = self._read_head()
        begin = re.search(rf"<{re.escape(root)}\b[^<>]*>", self._buffer)
        self.start_tag = begin[0] if begin else ""
        """The tag of the root; empty if none is found, which means another kind of file."""
        self.is_cut = False
        """Whether the file ended within a piece: it is not yielded."""
        self._drop(begin.end() if begin else 0)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Each piece and its line. One that is too large is cut, and so does not parse."""
        while self._find_start():
            line = self._line
            end = self._find_end()
            if end is None:
                self.is_cut = True
                return
            yield self._buffer[: min(end, _LARGEST)], line
            self._drop(end)

    def _find_start(self) -> bool:
        while not (match := self._start.search(self._buffer)):
            self._drop(max(0, len(self._buffer) - 100))  # a tag may stand on both sides of the end
            if not self._more():
                return False
        self._drop(match.start())
        return True

    def _find_end(self) -> int | None:
        start = 0
        while not (match := self._between.search(self._buffer, start)):
            start = max(0, len(self._buffer) - 1000)
            if len(self._buffer) > 2 * _LARGEST:
                self._drop(len(self._buffer) - 2000)  # what is dropped here is beyond what is kept of a piece
                start = 0
            if not self._more():
                return None
        return match.end()

    def _read_head(self) -> str:
        head = ""
        while len(head) < _HEAD and (read := self._text.read(_CHUNK)):
            head += read
        return head

    def _more(self) -> bool:
        read = self._text.read(_CHUNK)
        self._buffer += read
        return bool(read)

    def _drop(self, end: int) -> None:
        self._line += self._buffer.count("\n", 0, end)
        self._buffer = self._buffer[end:]
