"""Our own format (``leave-a-reply export``): a JSON object on each line. ``docs/moving-out.md`` gives its fields."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from db.models import Status
from service.author_fields import AUTHOR_FIELDS
from service.importers.dates import parse_date
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import (
    EmptyPage,
    Incoming,
    IncomingComment,
    IncomingDeletedComment,
    IncomingPage,
    Remark,
    Skipped,
    UnreadablePart,
)
from service.importers.source_file import BadSource, Opening, Source, Text
from service.redirects import plain_host

FORMAT_VERSION = 1
"""The newest that is read; see ``service.exporters.own_lines``."""

_CHUNK = 64 * 1024
_LONGEST_LINE = 16 * 1024 * 1024
_Fields = dict[str, Any]
_AUTHOR = tuple((field.name, field.file_name) for field in AUTHOR_FIELDS)
"""(column, name in the file)."""


def sniff(opening: Opening) -> bool:
    """Whether a source begins with our header."""
    first = opening.text.partition("\n")[0]
    return '"leave-a-reply"' in first and _object(first).get("format") == "leave-a-reply"


def read(source: Source) -> Iterator[Incoming]:
    """The comments of an export. Raises BadSource for a newer version, and where the file was cut short."""
    reading = _Reading()
    number = 0
    for number, line in enumerate(_lines(source.text()), 1):
        if line.strip():
            yield from reading.line(line, ImportSentence.LINE % {"number": f"{number:,}"})
    if not reading.ended:
        raise BadSource(ImportSentence.CUT_SHORT % {"number": f"{number:,}"})


class _Reading:
    """The state of reading: the header, and the current page."""

    def __init__(self) -> None:
        self.ended = False
        self._blog = self._host = ""
        self._page: IncomingPage | None = None
        self._page_id: object = None
        self._on_page = self._comments = self._pages = 0

    def line(self, line: str, place: str) -> Iterator[Incoming]:
        """What a line holds. Lines of other types are passed over: a later release may have them."""
        fields = _object(line)
        kind = fields.get("type")
        if kind == "header":
            self._header(fields)
            if not fields.get("emails"):
                yield Remark(ImportSentence.NO_EMAILS)
        elif not self._blog:
            raise BadSource(ImportSentence.NO_HEADER)
        elif kind == "page":
            yield from self._next_page(fields)
        elif kind == "comment":
            yield self._comment(fields, place)
        elif kind == "end":
            yield from self._end(fields)
        elif not fields:
            yield UnreadablePart(ImportSentence.LINE_NO_OBJECT, place)

    def _header(self, fields: _Fields) -> None:
        version = fields.get("version")
        if not isinstance(version, int) or version > FORMAT_VERSION:
            raise BadSource(ImportSentence.NEWER_VERSION % {"version": version, "known": FORMAT_VERSION})
        self._host = plain_host(_text(fields.get("site")))
        self._blog = hashlib.sha256(self._host.encode()).hexdigest()[:12]

    def _end(self, fields: _Fields) -> Iterator[Incoming]:
        yield from self._page_without_comments()
        self.ended = True
        if (fields.get("pages"), fields.get("comments")) != (self._pages, self._comments):
            yield Remark(ImportSentence.OTHER_COUNTS)

    def _page_without_comments(self) -> Iterator[Incoming]:
        if self._page is not None and not self._on_page:
            yield EmptyPage(self._page)

    def _next_page(self, fields: _Fields) -> Iterator[Incoming]:
        yield from self._page_without_comments()
        self._page_id, self._on_page = fields.get("id"), 0
        self._pages += 1
        page = self._page = self._read_page(fields)
        deleted = fields.get("deleted")
        for each in deleted if isinstance(deleted, list) else ():
            created_at, deleted_at = _date(each, "created_at"), _date(each, "deleted_at")
            if created_at and deleted_at:
                yield IncomingDeletedComment(
                    page, self._blog, _id(each, "id"), _id(each, "parent"), created_at, deleted_at
                )

    def _read_page(self, fields: _Fields) -> IncomingPage:
        url = _text(fields.get("url"))
        parts = urlsplit(url) if url.startswith(("http://", "https://")) and "[" not in url else urlsplit("")
        host = plain_host(url)
        posts = fields.get("wordpress_posts")
        return IncomingPage(
            names=(str(fields.get("id")), url),
            path=urlunsplit(("", "", parts.path or "/", parts.query, "")) if parts.netloc else "",
            title=_text(fields.get("title")),
            closed=fields.get("closed") is True,
            host="" if host == self._host else host,
            post_ids=tuple(each for each in posts if isinstance(each, int)) if isinstance(posts, list) else (),
            created_at=_date(fields, "created_at"),
        )

    def _comment(self, fields: _Fields, place: str) -> Incoming:
        self._comments += 1
        self._on_page += 1
        if self._page is None or fields.get("page") != self._page_id:
            return UnreadablePart(ImportSentence.PAGELESS, place)
        number, parent, created_at = _id(fields, "id"), _id(fields, "parent"), _date(fields, "created_at")
        if not number or created_at is None:
            return Skipped(self._page, number or place, parent, ImportSentence.NO_NUMBER, self._blog)
        source_id = _text(fields.get("source_id"))[:100]
        status = _text(fields.get("status"))
        known = status in set(Status)
        typed: _Fields = {name: _text(fields.get(there)) for name, there in _AUTHOR}
        return IncomingComment(
            page=self._page,
            blog=self._blog,
            number=number,
            parent=parent,
            status=Status(status) if known else Status.PENDING,
            **typed,
            text=_text(fields.get("text")),
            format="html" if fields.get("format") == "html" else "markdown",
            created_at=created_at,
            notes=() if known else (ImportSentence.UNKNOWN_STATUS,),
            edited_at=_date(fields, "edited_at"),
            source=_text(fields.get("source"))[:20] if source_id else "",
            source_id=source_id or None,
        )


def _lines(text: Text) -> Iterator[str]:
    """The lines of a text. One longer than any comment is cut, so that it is no JSON."""
    rest = ""
    while chunk := text.read(_CHUNK):
        *whole, rest = (rest + chunk).split("\n")
        yield from whole
        rest = rest[:_LONGEST_LINE]
    if rest:
        yield rest


def _object(line: str) -> _Fields:
    """The object that a line holds; empty if it holds none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _id(fields: _Fields, name: str) -> str:
    """An id as text, or empty."""
    value = fields.get(name) if isinstance(fields, dict) else None
    return str(value) if isinstance(value, int) and 0 < value < 2**53 else ""


def _date(fields: _Fields, name: str) -> datetime | None:
    return parse_date(_text(fields.get(name))) if isinstance(fields, dict) else None
