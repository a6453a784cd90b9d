"""Schnack's SQLite database. A page is known by a slug, which is no address."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.foreign_database import has_columns, open_sqlite
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming
from service.importers.shown_text import from_markdown
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import Opening, Source


def sniff(opening: Opening) -> bool:
    """Whether a source begins as a database of Schnack."""
    return has_columns(opening, "comment.slug", "user.trusted")


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a database. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    with open_sqlite(source) as database:
        users = {typed_values.number(row.get("id")): row for row in database.rows("user")}
        for row in database.rows("comment"):
            yield _comment(row, users.get(typed_values.number(row.get("user_id")), {}))


def _comment(row: dict[str, Any], user: dict[str, Any]) -> Incoming:
    status, blocked = _status(row, user), typed_values.truth(user.get("blocked"))
    return typed_values.comment(
        page_at(typed_values.text(row.get("slug"))),
        blog="schnack",
        number=typed_values.number(row.get("id")),
        parent=typed_values.number(row.get("reply_to")),
        status=Status.PENDING if blocked and status is Status.APPROVED else status,
        author=typed_values.text(user.get("display_name")) or user.get("name"),
        site=user.get("url"),
        words=from_markdown(typed_values.text(row.get("comment"))),
        at=typed_values.date(row.get("created_at")),
        notes=(ImportSentence.BLOCKED_WRITER,) if blocked and status is Status.APPROVED else (),
    )


def _status(row: dict[str, Any], user: dict[str, Any]) -> Status:
    """Nobody has looked at a comment that is neither approved nor rejected; Schnack shows those of trusted writers."""
    if typed_values.truth(row.get("rejected")):
        return Status.TRASH
    is_shown = typed_values.truth(row.get("approved")) or typed_values.truth(user.get("trusted"))
    return Status.APPROVED if is_shown else Status.PENDING
