"""Reads the XML of a WordPress export as it streams by, and keeps only the fields that an import needs.

Nothing else is stored, so an article of any size costs no memory.
"""

import re
from functools import lru_cache
from typing import Any, Protocol

from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]  # it ships no types

from service.importers.import_sentences import ImportSentence
from service.importers.source_file import BadSource

NO_EXPORT = ImportSentence.NO_WXR.partition(":")[0]
BASES = ("wp:base_blog_url", "wp:base_site_url", "link")
"""Fields of the channel that hold the blog's address."""

OF_A_PAGE = {
    "link", "title", "wp:post_id", "wp:post_name", "wp:post_type", "wp:post_date", "wp:post_date_gmt",
    "wp:post_password", "wp:status", "wp:comment_status",
}  # fmt: skip
_OF_A_COMMENT = {
    "wp:comment_id", "wp:comment_author", "wp:comment_author_email", "wp:comment_author_url", "wp:comment_date",
    "wp:comment_date_gmt", "wp:comment_content", "wp:comment_approved", "wp:comment_type", "wp:comment_parent",
}  # fmt: skip
_NAMESPACE = re.compile(r"^\{?https?://wordpress\.org/export/(?:1\.\d+/)?\}")
_DEEPEST = 50
_LONGEST = 1024 * 1024
"""Characters kept of a field: more than any comment may have."""


class OutlineListener(Protocol):
    """Is told what the file holds, in its order. ``recognised`` is set at the first element of WordPress."""

    recognised: bool

    def channel_field(self, name: str, text: str) -> None:
        """A field of the blog."""

    def page_field(self, name: str, text: str) -> None:
        """A field of the current item."""

    def comment(self, fields: dict[str, str], meta: dict[str, str]) -> None:
        """A comment of the current item, with what plugins noted beside it."""

    def item_ended(self) -> None:
        """The current item is complete."""


class Outline:
    """The target of an XML parser. ``items`` counts the complete ones; ``item_at`` is the byte at which the last
    ended."""

    def __init__(self, listener: OutlineListener) -> None:
        self.item_at = 0
        self.items = 0
        self._listener = listener
        self._open: list[str] = []
        self._fields: dict[str, str] = {}
        self._meta: dict[str, str] = {}
        self._meta_key = ""
        self._kept_at = 0  # the depth of the field that is kept, 0 for none
        self._text: list[str] = []
        self._length = 0
        self.parser: Any = DefusedXMLParser(target=self, forbid_dtd=True)
        # ElementTree makes a dictionary of each element's attributes first, which nobody reads: an eighth of the time.
        self.parser.parser.StartElementHandler = self.start
        self.parser.parser.EndElementHandler = self.end

    def start(self, tag: str, _attributes: object) -> None:
        """An element begins. ``tag`` has its namespace and a ``}`` before it."""
        name = _name(tag)
        self._open.append(name)
        depth = len(self._open)
        if depth == 1 and name != "rss":
            raise BadSource(ImportSentence.NO_WXR % {"problem": ImportSentence.OTHER_ROOT % {"root": "rss"}})
        if depth > _DEEPEST:
            raise BadSource(ImportSentence.DEEP_XML % {"system": "WordPress"})
        if name.startswith("wp:"):
            self._listener.recognised = True
        if depth == 4 and name == "wp:comment":
            self._fields, self._meta = {}, {}
        if not self._kept_at and self._is_kept(name, depth):
            self._kept_at, self._text, self._length = depth, [], 0

    def data(self, text: str) -> None:
        """Text of the current element."""
        if self._kept_at and self._length < _LONGEST:
            self._text.append(text)
            self._length += len(text)

    def end(self, _tag: str) -> None:
        """An element ends."""
        depth, name = len(self._open), self._open.pop()
        if depth == self._kept_at:
            self._kept_at = 0
            self._keep(name, depth, "".join(self._text))
        if depth == 4 and name == "wp:comment":
            self._listener.comment(self._fields, self._meta)
        if depth == 3 and name == "item":
            self.item_at = self.parser.parser.CurrentByteIndex
            self.items += 1
            self._listener.item_ended()

    def close(self) -> None:
        """The document ends."""

    def _is_kept(self, name: str, depth: int) -> bool:
        if depth == 3:
            return name in BASES
        if depth == 4:
            return self._open[2] == "item" and name in OF_A_PAGE
        if depth == 5:
            return self._open[3] == "wp:comment" and name in _OF_A_COMMENT
        return depth == 6 and self._open[4] == "wp:commentmeta" and name in ("wp:meta_key", "wp:meta_value")

    def _keep(self, name: str, depth: int, text: str) -> None:
        if depth == 3:
            self._listener.channel_field(name, text)
        elif depth == 4:
            self._listener.page_field(name, text)
        elif depth == 5:
            self._fields[name] = text
        elif name == "wp:meta_key":
            self._meta_key = text.strip()
        else:
            self._meta[self._meta_key] = text.strip()


@lru_cache(maxsize=256)
def _name(tag: str) -> str:
    """The tag with the prefix ``wp:``, for all versions of the format's namespace."""
    return _NAMESPACE.sub("wp:", tag)
