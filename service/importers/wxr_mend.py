"""Reads on in a WordPress export that is broken XML, article by article.

Each article is first read as it stands, then mended by the rules of ``xml_rules``, which cure what WordPress itself has
written, then passed over. What stands before ``<?xml`` or ``<rss`` is no part of the file.
"""

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import ParseError  # the exception only: defusedxml reads

from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import UnreadablePart
from service.importers.source_file import BadSource, Text
from service.importers.wxr_outline import Outline
from service.importers.wxr_recover import recover
from service.importers.xml_rules import (
    CDATA,
    all_declared,
    declarations,
    end_of_cdata,
    mended_cdata,
    mended_markup,
    written,
)

CHUNK = 64 * 1024
_LARGEST_ITEM = 32 * 1024 * 1024
"""Characters of a broken article with its comments; it is read whole."""

_NAMESPACES = {"wp": "http://wordpress.org/export/1.2/"}
_RSS = re.compile(r"<rss\b[^>]*>")
_ITEM = re.compile(r"<item[\s>]")
_ITEM_END = re.compile(r"</item\s*>")
_BETWEEN_ITEMS = re.compile(r"</item\s*>\s*(?=<item[\s>]|</channel)")
_MARK = re.compile(r"<!\[CDATA\[|</item\s*>")


class _Nobody:
    """Receives the parts of an article that is parsed on trial, and keeps none."""

    recognised = False

    def channel_field(self, name: str, text: str) -> None:
        """Says nothing."""

    page_field = channel_field

    def comment(self, fields: dict[str, str], meta: dict[str, str]) -> None:
        """Says nothing."""

    def item_ended(self) -> None:
        """Says nothing."""


class Mender:
    """Goes on in a broken file. ``outline`` makes a parser that tells the reader; ``again`` is called before each try
    at an article, so that what was reported of it already is not reported twice.

    ``head`` is the beginning of the file, ``buffer`` what stands before the rest that ``text`` gives.
    """

    def __init__(
        self, head: str, buffer: str, text: Text, line: int, outline: Callable[[], Outline], again: Callable[[], None]
    ) -> None:
        self.mended = 0
        self._buffer, self._text, self._line = buffer, text, line
        self._at = 0  # what stands before this in the buffer is done with
        self._boundary = 0  # where the search for the next boundary between articles goes on
        self._outline, self._again = outline, again
        rss = _RSS.search(head)
        self._declared = declarations(rss[0]) if rss else {}

    def read(self) -> Iterator[UnreadablePart | None]:
        """Read all articles. Yields after each: what was lost, or None. Raises BadSource at the end of a cut file."""
        while self._find_item():
            yield self._read_item()
        if self._buffer.find("</channel", self._at) < 0:
            raise self._cut_short()

    def _read_item(self) -> UnreadablePart | None:
        line = self._line
        if end := self._read_as_it_stands():
            self._go_to(end)
            return None
        boundary, is_last = self._next_boundary()
        mended, end = self._mended(boundary)
        if end and self._parse(mended):
            self.mended += 1
            self._go_to(end)
            return None
        lost = self._recover(self._buffer[self._at : boundary])
        self._go_to(boundary)
        if is_last:
            raise self._cut_short()
        if lost is not None:
            self.mended += 1
            reason = ImportSentence.PARTLY_BROKEN % {"number": f"{lost:,}"}
            return UnreadablePart(reason, ImportSentence.LINE % {"number": f"{line:,}"}) if lost else None
        return UnreadablePart(ImportSentence.BROKEN_ARTICLE, ImportSentence.LINE % {"number": f"{line:,}"})

    def _read_as_it_stands(self) -> int:
        """Where the article ends, if it is right XML; else 0."""
        self._again()
        outline = self._outline()
        at = self._at
        try:
            outline.parser.feed(self._opening(self._declared))
            while outline.items == 0:
                end = self._search(_ITEM_END, at)
                outline.parser.feed(self._buffer[at:end])  # of a cut file all that is there: whole comments are told
                if end is None:
                    return 0
                at = end
        except ParseError:
            return 0
        return at

    def _mended(self, boundary: int) -> tuple[str, int]:
        """The article mended and where it ends; 0 if that cannot be found before ``boundary``."""
        pieces: list[str] = []
        at = self._at
        while mark := _MARK.search(self._buffer, at, boundary):
            plain = self._buffer[at : mark.start()]
            pieces.append(mended_markup(plain))
            at = mark.end()
            if mark[0] != CDATA:
                return "".join([*pieces, mark[0]]), at
            end = end_of_cdata(plain, self._buffer, at, boundary)
            if end is None:
                break
            pieces.append(mended_cdata(self._buffer[at : end.start()]))
            at = end.end()
        return "", 0

    def _recover(self, item: str) -> int | None:
        """Tell of the comments that can be read. Returns the number of the others; None if there are none."""
        found = recover(item, self._is_sound)
        return found.lost if found and self._parse(found.item) else None

    def _is_sound(self, inside: str) -> bool:
        """Whether this is valid inside an article."""
        outline = Outline(_Nobody())
        try:
            declared = all_declared(inside, self._declared, _NAMESPACES)
            outline.parser.feed(f"{self._opening(declared)}<item>{inside}</item>")
        except ParseError:
            return False
        return outline.items == 1

    def _parse(self, item: str) -> bool:
        declared = all_declared(item, self._declared, _NAMESPACES)
        self._again()
        outline = self._outline()
        try:
            outline.parser.feed(self._opening(declared) + item)
        except ParseError:
            return False
        return outline.items == 1

    @staticmethod
    def _opening(declared: dict[str, str]) -> str:
        return f"<rss{written(declared)}><channel>"

    def _find_item(self) -> bool:
        """Go to the start of the next article; drop what stands before it."""
        while not (match := _ITEM.search(self._buffer, self._at)):
            if self._buffer.find("</channel", self._at) >= 0:
                return False
            self._go_to(max(self._at, len(self._buffer) - 20))  # a tag may stand on both sides of the end
            if not self._more():
                return False
        self._go_to(match.start())
        if self._at > len(self._buffer) // 2:
            self._boundary = max(0, self._boundary - self._at)
            self._buffer, self._at = self._buffer[self._at :], 0
        return True

    def _next_boundary(self) -> tuple[int, bool]:
        """Where the article has to end at the latest, and whether the file ends there."""
        self._boundary = max(self._boundary, self._at)
        while not (match := _BETWEEN_ITEMS.search(self._buffer, self._boundary)):
            self._boundary = max(self._boundary, len(self._buffer) - 1000)
            if len(self._buffer) - self._at > _LARGEST_ITEM:
                return len(self._buffer), False
            if not self._more():
                return len(self._buffer), True
        self._boundary = match.start()
        return match.end(), False

    def _search(self, pattern: re.Pattern[str], at: int) -> int | None:
        """Where the next match ends; None if the file does before, or the article is too large."""
        start = at
        while not (match := pattern.search(self._buffer, start)):
            start = max(at, len(self._buffer) - 1000)
            if len(self._buffer) - self._at > _LARGEST_ITEM or not self._more():
                return None
        return match.end()

    def _more(self) -> bool:
        read = self._text.read(CHUNK)
        self._buffer += read
        return bool(read)

    def _go_to(self, end: int) -> None:
        self._line += self._buffer.count("\n", self._at, end)
        self._at = end

    def _cut_short(self) -> BadSource:
        return BadSource(ImportSentence.CUT_SHORT_AT % {"number": f"{self._line:,}"})
