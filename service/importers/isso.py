"""Isso: its database, and the JSON of ``isso import --type generic``.

Isso keeps names and websites as HTML, and texts as typed: in Markdown, or in HTML if they once came from Disqus.
"""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import fields
from service.importers.addresses import page_at, real_hosts_first
from service.importers.foreign_database import has_columns, open_sqlite
from service.importers.import_sentences import ImportSentence
from service.importers.json_stream import json_keys, json_values
from service.importers.model import Commented, Incoming, IncomingPage, Unreadable
from service.importers.shown_text import from_either
from service.importers.source import Opening, Source

_STATUSES = {"1": Status.APPROVED, "2": Status.PENDING}
_DELETED = "4"  # and answered; others that were deleted are gone


def sniff(opening: Opening) -> bool:
    """Whether a source begins as one of the two."""
    return has_columns(opening, "threads.uri", "comments.tid") or {"comments", "remote_addr", "created"} <= json_keys(
        opening
    )


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a database or of a JSON file. Raises BadSource."""
    is_database = source.opening().data.startswith(b"SQLite")
    return real_hosts_first(_read_database(source) if is_database else _read_json(source))


def _read_database(source: Source) -> Iterator[Incoming]:
    with open_sqlite(source) as database:
        pages = {
            fields.number(row.get("id")): _page(row.get("uri"), row.get("title")) for row in database.rows("threads")
        }
        lost = page_at("", trouble=ImportSentence.NO_THREAD)
        for row in database.rows("comments"):
            page = pages.get(fields.number(row.get("tid")), lost)
            mode = fields.number(row.get("mode"))
            yield _comment(page, row, _STATUSES.get(mode), skip=ImportSentence.DELETED if mode == _DELETED else "")


def _read_json(source: Source) -> Iterator[Incoming]:
    for count, (_, thread) in enumerate(json_values(source, {"[]"}), 1):
        if not isinstance(thread, dict):
            yield Unreadable(ImportSentence.VALUE_NO_THREAD, ImportSentence.VALUE % {"number": count})
            continue
        page = _page(thread.get("id"), thread.get("title"))
        for comment in fields.objects(thread.get("comments")):
            yield _comment(page, comment, Status.APPROVED)


def _page(uri: Any, title: Any) -> IncomingPage:
    return page_at(fields.text(uri), title=fields.text(title))


def _comment(page: IncomingPage, row: dict[str, Any], status: Status | None, skip: str = "") -> Commented:
    return fields.comment(
        page,
        blog="isso",
        number=fields.number(row.get("id")),
        parent=fields.number(row.get("parent")),
        status=status or Status.PENDING,
        author=fields.unescaped(row.get("author")),
        mail=fields.unescaped(row.get("email")),
        site=fields.unescaped(row.get("website")),
        words=from_either(fields.text(row.get("text"))),
        at=fields.date(row.get("created")),
        edited=fields.date(row.get("modified")),
        notes=() if status else (ImportSentence.UNKNOWN_STATUS,),
        skip=skip,
    )
