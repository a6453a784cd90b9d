"""WordPress's export (WXR 1.0 to 1.2): RSS with the comments inside each item (``wp-admin/includes/export.php``).

Exports contain no spam. They contain IP addresses and user agents, which are not read.
"""

import re
from collections.abc import Iterator
from html import unescape
from xml.etree.ElementTree import ParseError  # the exception only: defusedxml reads

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types

from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, Remark, UnreadablePart
from service.importers.source_file import BadSource, Opening, Source, Text
from service.importers.wxr_comments import WxrExport
from service.importers.wxr_mend import CHUNK, Mender
from service.importers.wxr_outline import BASES, NO_EXPORT, Outline

_HEAD = 64 * 1024
_LARGEST_ITEM = 32 * 1024 * 1024
"""Bytes of an article that are kept to be mended."""


def sniff(opening: Opening) -> bool:
    """Whether a source begins as an RSS file that has WordPress's elements."""
    return "<rss" in opening.text and ("wordpress.org/export/" in opening.text or "<wp:" in opening.text)


def read(source: Source) -> Iterator[Incoming]:
    """The comments of an export or of a zip of several, in its order. The memory needed does not depend on its size.

    Raises BadSource. A broken article is mended or passed over.
    """
    found = False
    for text in source.texts():
        try:
            yield from _read_file(text)
        except BadSource as error:
            if not text.name:
                raise
            if text.name.lower().endswith(".xml") or not str(error).startswith(NO_EXPORT):
                yield UnreadablePart(str(error), text.name)  # a zip may hold pictures and texts as well
        else:
            found = True
    if not found:
        raise BadSource(ImportSentence.NO_WXR % {"problem": ImportSentence.NO_FILE_IS_ONE})


def _read_file(text: Text) -> Iterator[Incoming]:
    export, strict = WxrExport(), _StrictReading(text)
    try:
        yield from strict.read(export)
    except ParseError as error:
        if "<rss" not in strict.head:
            line, column = error.position
            problem = ImportSentence.NO_XML_AT % {"line": line, "column": column}
            raise BadSource(ImportSentence.NO_WXR % {"problem": problem}) from error
        if strict.is_cut:
            export.item_given_up()
            yield from export.taken()
            yield UnreadablePart(
                ImportSentence.BROKEN_ARTICLE, ImportSentence.LINE % {"number": f"{error.position[0]:,}"}
            )
        yield from _read_on(export, strict.mender(export))
    except DefusedXmlException as error:
        raise BadSource(ImportSentence.DECLARES % {"system": "WordPress"}) from error
    if not export.recognised:
        text.read(1)  # raises, if it is a packed file that is damaged here
        raise BadSource(ImportSentence.NO_WXR % {"problem": ImportSentence.NO_ELEMENTS})


def _read_on(export: WxrExport, mender: Mender) -> Iterator[Incoming]:
    yield from export.taken()  # what stood before the break; there may be no article behind it
    try:
        for lost in mender.read():
            if lost:
                export.item_given_up()
            yield from export.taken()
            if lost:
                yield lost
    except DefusedXmlException as error:
        raise BadSource(ImportSentence.DECLARES % {"system": "WordPress"}) from error
    except BadSource:
        if not export.recognised:
            return  # the caller says what it is not
        export.item_given_up()
        yield from export.taken()
        raise
    yield Remark(ImportSentence.MENDED_ARTICLES % {"number": f"{mender.mended:,}"})


class _StrictReading:
    """Reads a file as XML, and keeps what it read since the last complete article, to go on from there if it breaks."""

    def __init__(self, text: Text) -> None:
        self.head = ""
        self._text = text
        self._kept = bytearray()
        self._start, self._line = 0, 1  # byte and line at which ``_kept`` begins
        self.is_cut = False
        """Whether the article is too large to be kept whole."""

    def read(self, export: WxrExport) -> Iterator[Incoming]:
        """What the file holds. Raises ParseError where it is broken."""
        outline = Outline(export)
        while chunk := self._text.read(CHUNK):
            if len(self.head) < _HEAD:
                self.head += chunk
            self._kept += chunk.encode()
            try:
                outline.parser.feed(chunk)
            finally:
                if outline.item_at > self._start:
                    self.is_cut = False
                    self._drop(outline.item_at - self._start)
            yield from export.taken()
            if len(self._kept) > _LARGEST_ITEM:
                self.is_cut = True
                self._drop(len(self._kept))
        outline.parser.close()
        yield from export.taken()

    def mender(self, export: WxrExport) -> Mender:
        """Reads on from the article that broke."""
        rest = self._kept.decode(errors="ignore")
        for name, address in re.findall(r"<([\w:]+)>\s*(?:<!\[CDATA\[)?([^<\]]*)", self.head.partition("<item>")[0]):
            if name in BASES:
                export.channel_field(name, unescape(address))
        return Mender(self.head, rest, self._text, self._line, lambda: Outline(export), export.item_again)

    def _drop(self, size: int) -> None:
        self._line += self._kept.count(b"\n", 0, size)
        del self._kept[:size]
        self._start += size
