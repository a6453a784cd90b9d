"""The log of actions: what moderators, programs, authors and the service itself did. Entries are never changed.

``record`` is called in the transaction of the action. Joining the entry to the site's chain needs the secret, and
follows in the same transaction: see ``service.log_chain``.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select

from db import tables
from db.models import Status
from db.types import new_id

INSTALLATION = 0
"""The site of entries that concern no single site."""

PER_PAGE = 50
_UNJOINED = "sites with new entries of the log"
_entry, _content, _admin = tables.log_entry.c, tables.log_content.c, tables.admin.c
_decision, _comment = tables.decision.c, tables.comment.c


class Action(StrEnum):
    """What was done. Entries from before the log have ``MODERATE``."""

    MODERATE = "moderate"
    APPROVE = "approved"
    HOLD = "pending"
    SPAM = "spam"
    TRASH = "trash"
    RESTORE = "restore"
    UNDO = "undo"
    EDIT = "edit"
    REPLY = "reply"
    DELETE = "delete"
    EMPTY = "empty"
    PURGE = "purge"
    CLOSE = "close"
    OPEN = "open"
    PIN = "pin"
    UNPIN = "unpin"
    BLOCK = "block"
    UNBLOCK = "unblock"
    SETTINGS = "settings"
    AUTHOR_EDIT = "author edit"
    AUTHOR_DELETE = "author delete"
    ADMIN_ADDED = "admin added"
    ADMIN_REMOVED = "admin removed"
    ROLE = "role"
    SECOND_STEP_ON = "two-step on"
    SECOND_STEP_OFF = "two-step off"
    PASSKEY_ADDED = "passkey added"
    PASSKEY_REMOVED = "passkey removed"
    SITE_REMOVED = "site removed"
    LOG_BEGUN = "log begun"


class Actor(StrEnum):
    """Who did it; a program may act for an admin."""

    ADMIN = "admin"
    PROGRAM = "program"
    AUTHOR = "author"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Act:
    """An action to be logged. ``admin_id`` None: a program, unless ``actor`` says otherwise. ``content``: words that
    can be erased later, as JSON values by name. ``batch``: that of its decisions, or the site whose log is meant."""

    action: Action
    at: datetime
    admin_id: int | None = None
    actor: Actor | None = None
    comment_id: int | None = None
    batch: int | None = None
    number: int = 1
    content: Mapping[str, Any] | None = None


def record(connection: Connection, site_id: int, act: Act) -> int:
    """Add an entry to a site's log. Returns its id."""
    entry_id = new_id()
    actor = act.actor or (Actor.PROGRAM if act.admin_id is None else Actor.ADMIN)
    row = {"site_id": site_id, "id": entry_id, "at": act.at, "actor": actor, "admin_id": act.admin_id}
    row["by_name"] = connection.execute(select(_admin.name).where(_admin.id == act.admin_id)).scalar()
    row |= {"action": act.action, "comment_id": act.comment_id, "batch": act.batch, "number": act.number}
    connection.execute(tables.log_entry.insert(), row)
    if act.content:
        content = json.dumps(act.content, ensure_ascii=False, sort_keys=True)
        key = {"site_id": site_id, "entry_id": entry_id, "comment_id": act.comment_id, "at": act.at}
        salt = secrets.token_bytes(16)
        connection.execute(tables.log_content.insert(), key | {"content": content, "salt": salt})
    connection.info.setdefault(_UNJOINED, set()).add(site_id)
    return entry_id


def take_unjoined(connection: Connection) -> set[int]:
    """The sites with entries that were recorded on this connection since the last call."""
    sites: set[int] = connection.info.pop(_UNJOINED, set())
    return sites


def erase(connection: Connection, site_id: int, comment_ids: Sequence[int]) -> None:
    """Erase all words about comments from the log. The entries stay, and their chain stays whole."""
    these = (_content.site_id == site_id, _content.comment_id.in_(comment_ids))
    connection.execute(delete(tables.log_content).where(*these))


@dataclass(frozen=True, slots=True)
class LoggedWords:
    """The words of an entry about one comment."""

    comment_id: int
    words: Mapping[str, Any]


def read_words(connection: Connection, site_id: int, entry_id: int) -> LoggedWords | None:
    """The words of an entry about one comment; None if there are none, or none any more."""
    query = select(_content.comment_id, _content.content)
    row = connection.execute(query.where(_content.site_id == site_id, _content.entry_id == entry_id)).first()
    return LoggedWords(row.comment_id, json.loads(row.content)) if row and row.comment_id else None


@dataclass(slots=True)
class LogEntry:
    """What one click, or one call of a program, did.

    ``by`` names the admin, as the name was then; None if nobody did, or the admin is gone and the entry is older than
    version 0.2. ``outcomes`` counts the comments by their new
    status, ``undone`` those whose decision was taken back since. ``authors`` are some of the comments' authors.
    ``words`` is the content, unless it was erased.
    """

    id: int
    site_id: int
    at: datetime
    actor: Actor
    by: str | None
    action: Action
    comment_id: int | None
    batch: int | None
    number: int
    words: Mapping[str, Any]
    outcomes: dict[Status, int] = field(default_factory=dict)
    undone: int = 0
    authors: list[str] = field(default_factory=list)

    @property
    def can_undo(self) -> bool:
        """Whether there is something that still stands, and can be taken back."""
        if self.action is Action.EDIT:
            return bool(self.words)
        return self.undone < sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, and the id below which the next one begins; None on the last page."""

    entries: Sequence[LogEntry]
    older: int | None


def read_log(
    connection: Connection,
    before: int | None = None,
    per_page: int = PER_PAGE,
    *,
    sites: Sequence[int] | None = None,
    comment: tuple[int, int] | None = None,
) -> LogPage:
    """The newest entries, or those before an id; of some ``sites`` only, or about one ``comment`` (site, id) only."""
    query = (
        select(
            *(_entry[name] for name in ("id", "site_id", "at", "actor", "action", "comment_id", "batch", "number")),
            func.coalesce(_entry.by_name, _admin.name).label("by"),
            _content.content,
        )
        .select_from(tables.log_entry)
        .outerjoin(tables.admin, _admin.id == _entry.admin_id)
        .outerjoin(tables.log_content, and_(_content.site_id == _entry.site_id, _content.entry_id == _entry.id))
        .where(_entry.action != Action.LOG_BEGUN)  # that is for the audit alone
        .order_by(_entry.id.desc())
        .limit(per_page + 1)
    )
    if before is not None:
        query = query.where(_entry.id < before)
    if sites is not None:
        query = query.where(_entry.site_id.in_(sites))
    if comment is not None:
        query = query.where(_entry.site_id == comment[0], _entry.comment_id == comment[1])
    entries = [_read(row._mapping) for row in connection.execute(query)]
    _add_outcomes(connection, entries[:per_page])
    return LogPage(entries[:per_page], entries[per_page - 1].id if len(entries) > per_page else None)


def _read(row: Mapping[Any, Any]) -> LogEntry:
    fields = {name: value for name, value in row.items() if name != "content"}
    words = json.loads(row["content"]) if row["content"] else {}
    known = {"actor": Actor(row["actor"]), "action": Action(row["action"]), "words": words}
    return LogEntry(**fields | known)


def _add_outcomes(connection: Connection, entries: Sequence[LogEntry]) -> None:
    by_batch = {(entry.site_id, entry.batch): entry for entry in entries if entry.batch}
    query = (
        select(
            _decision.site_id,
            _decision.batch,
            _decision.after,
            func.count(),
            func.count(_decision.undone_at),
            func.min(_comment.author),
        )
        .select_from(tables.decision)
        .outerjoin(tables.comment, and_(_comment.site_id == _decision.site_id, _comment.id == _decision.comment_id))
        .where(_decision.batch.in_({batch for _, batch in by_batch}))
        .group_by(_decision.site_id, _decision.batch, _decision.after)
    )
    for site_id, batch, after, number, undone, author in connection.execute(query):
        if (entry := by_batch.get((site_id, batch))) is None:
            continue
        entry.outcomes[Status(after)] = number
        entry.undone += undone
        if author is not None:
            entry.authors.append(author)
