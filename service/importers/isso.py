"""Isso: its database, and the JSON of ``isso import --type generic``.

Isso keeps names and websites as HTML, and texts as typed: in Markdown, or in HTML if they once came from Disqus.
"""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.foreign_database import has_columns, open_sqlite
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Commented, Incoming, IncomingPage, UnreadablePart
from service.importers.json_stream import json_keys, json_values
from service.importers.shown_text import from_either
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import Opening, Source

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
            typed_values.number(row.get("id")): _page(row.get("uri"), row.get("title"))
            for row in database.rows("threads")
        }
        lost = page_at("", trouble=ImportSentence.NO_THREAD)
        for row in database.rows("comments"):
            page = pages.get(typed_values.number(row.get("tid")), lost)
            mode = typed_values.number(row.get("mode"))
            yield _comment(page, row, _STATUSES.get(mode), skip=ImportSentence.DELETED if mode == _DELETED else "")


def _read_json(source: Source) -> Iterator[Incoming]:
    for count, (_, thread) in enumerate(json_values(source, {"[]"}), 1):
        if not isinstance(thread, dict):
            yield UnreadablePart(ImportSentence.VALUE_NO_THREAD, ImportSentence.VALUE % {"number": count})
            continue
        page = _page(thread.get("id"), thread.get("title"))
        for comment in typed_values.objects(thread.get("comments")):
            yield _comment(page, comment, Status.APPROVED)


def _page(uri: Any, title: Any) -> IncomingPage:
    return page_at(typed_values.text(uri), title=typed_values.text(title))


def _comment(page: IncomingPage, row: dict[str, Any], status: Status | None, skip: str = "") -> Commented:
    return typed_values.comment(
        page,
        blog="isso",
        number=typed_values.number(row.get("id")),
        parent=typed_values.number(row.get("parent")),
        status=status or Status.PENDING,
        author=typed_values.unescaped(row.get("author")),
        mail=typed_values.unescaped(row.get("email")),
        site=typed_values.unescaped(row.get("website")),
        words=from_either(typed_values.text(row.get("text"))),
        at=typed_values.date(row.get("created")),
        edited=typed_values.date(row.get("modified")),
        notes=() if status else (ImportSentence.UNKNOWN_STATUS,),
        skip=skip,
    )
