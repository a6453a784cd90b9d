"""Schnack's SQLite database. A page is known by a slug, which is no address."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import fields
from service.importers.addresses import page_at, real_hosts_first
from service.importers.foreign_database import has_columns, open_sqlite
from service.importers.import_sentences import ImportSentence
from service.importers.model import Incoming
from service.importers.shown_text import from_markdown
from service.importers.source import Opening, Source


def sniff(opening: Opening) -> bool:
    """Whether a source begins as a database of Schnack."""
    return has_columns(opening, "comment.slug", "user.trusted")


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a database. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    with open_sqlite(source) as database:
        users = {fields.number(row.get("id")): row for row in database.rows("user")}
        for row in database.rows("comment"):
            yield _comment(row, users.get(fields.number(row.get("user_id")), {}))


def _comment(row: dict[str, Any], user: dict[str, Any]) -> Incoming:
    status, blocked = _status(row, user), fields.truth(user.get("blocked"))
    return fields.comment(
        page_at(fields.text(row.get("slug"))),
        blog="schnack",
        number=fields.number(row.get("id")),
        parent=fields.number(row.get("reply_to")),
        status=Status.PENDING if blocked and status is Status.APPROVED else status,
        author=fields.text(user.get("display_name")) or user.get("name"),
        site=user.get("url"),
        words=from_markdown(fields.text(row.get("comment"))),
        at=fields.date(row.get("created_at")),
        notes=(ImportSentence.BLOCKED_WRITER,) if blocked and status is Status.APPROVED else (),
    )


def _status(row: dict[str, Any], user: dict[str, Any]) -> Status:
    """Nobody has looked at a comment that is neither approved nor rejected; Schnack shows those of trusted writers."""
    if fields.truth(row.get("rejected")):
        return Status.TRASH
    is_shown = fields.truth(row.get("approved")) or fields.truth(user.get("trusted"))
    return Status.APPROVED if is_shown else Status.PENDING
