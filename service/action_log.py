"""The log of actions: what moderators, programs, authors and the service itself did. Entries are never changed.

``record`` is called in the transaction of the action. Joining the entry to the site's chain needs the secret, and
follows in the same transaction: see ``service.log_chain``.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, select

from db import tables
from db.column_types import new_id
from service.logged_change import LoggedChange

INSTALLATION = 0
"""The site of entries that concern no single site."""

_UNJOINED = "sites with new entries of the log"
_PROGRAM = "program that acts"
_ERASED = "entries of the log whose words were erased"
_content, _admin = tables.log_content.c, tables.admin.c


class ActKind(StrEnum):
    """What was done. Entries from before the log have ``MODERATE``."""

    MODERATE = "moderate"
    APPROVE = "approved"
    HOLD = "pending"
    SPAM = "spam"
    TRASH = "trash"
    RESTORE = "restore"
    KEEP = "keep"
    UNDO = "undo"
    EDIT = "edit"
    REPLY = "reply"
    DELETE = "delete"
    EMPTY = "empty"
    PURGE = "purge"
    ERASE = "erase"
    CLOSE = "close"
    OPEN = "open"
    PIN = "pin"
    UNPIN = "unpin"
    TITLE = "title"
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
    IMPORT = "import"
    IMPORT_UNDONE = "import undone"
    MOVE = "page moved"
    MERGE = "pages merged"
    REDIRECTS = "redirects"
    ALIAS_REMOVED = "alias removed"
    PAGES_UNDO = "pages undo"
    LOG_BEGUN = "log begun"
    WORDS_ERASED = "words erased"
    CHANGES_NOTED = "changes noted"
    REDO = "redo"
    SITE_ADDED = "site added"
    WEBHOOK_ADDED = "webhook added"
    WEBHOOK_REMOVED = "webhook removed"
    WEBHOOK_STOPPED = "webhook stopped"
    WEBHOOK_STARTED = "webhook started"
    WEBHOOK_REPLAYED = "webhook replayed"
    TOKEN_ADDED = "token added"  # noqa: S105 - a word, no password
    TOKEN_REVOKED = "token revoked"  # noqa: S105 - a word, no password


class Actor(StrEnum):
    """Who did it; a program may act for an admin."""

    ADMIN = "admin"
    PROGRAM = "program"
    AUTHOR = "author"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Act:
    """An action to be logged. ``admin_id`` None: a program, unless ``actor`` says otherwise. ``content``: words that
    can be erased later, as JSON values by name; ``change`` is kept among them. ``batch``: that of its decisions, the
    entry that it takes back, or the site whose log is meant."""

    action: ActKind
    at: datetime
    admin_id: int | None = None
    actor: Actor | None = None
    comment_id: int | None = None
    batch: int | None = None
    number: int = 1
    content: Mapping[str, Any] | None = None
    change: LoggedChange | None = None

    @property
    def words(self) -> dict[str, Any]:
        """The content with the change."""
        return {**(self.content or {}), **({"change": self.change.stored} if self.change else {})}


def record(connection: Connection, site_id: int, act: Act) -> int:
    """Add an entry to a site's log. Returns its id."""
    entry_id = new_id()
    actor = act.actor or (Actor.PROGRAM if act.admin_id is None else Actor.ADMIN)
    row = {"site_id": site_id, "id": entry_id, "at": act.at, "actor": actor, "admin_id": act.admin_id}
    row["by_name"] = connection.execute(select(_admin.name).where(_admin.id == act.admin_id)).scalar()
    if program := connection.info.get(_PROGRAM):
        row |= {"actor": Actor.PROGRAM, "program": program}
    row |= {"action": act.action, "comment_id": act.comment_id, "batch": act.batch, "number": act.number}
    connection.execute(tables.log_entry.insert(), row)
    if words := act.words:
        content = json.dumps(words, ensure_ascii=False, sort_keys=True)
        key = {"site_id": site_id, "entry_id": entry_id, "comment_id": act.comment_id, "at": act.at}
        salt = secrets.token_bytes(16)
        connection.execute(tables.log_content.insert(), key | {"content": content, "salt": salt})
    connection.info.setdefault(_UNJOINED, set()).add(site_id)
    return entry_id


@contextmanager
def acting_program(connection: Connection, name: str) -> Iterator[None]:
    """Log what is done on this connection under the name of an admin's token, besides that of the admin."""
    info = connection.info  # kept, since a connection that is lost meanwhile no longer gives it
    info[_PROGRAM] = name
    try:
        yield
    finally:
        del info[_PROGRAM]


def take_unjoined(connection: Connection) -> set[int]:
    """The sites with entries that were recorded on this connection since the last call."""
    sites: set[int] = connection.info.pop(_UNJOINED, set())
    return sites


def erase(connection: Connection, site_id: int, comment_ids: Sequence[int], at: datetime) -> None:
    """Erase all words about comments from the log. The entries stay, and their chain stays whole; a further one says
    whose words were erased, so that those that somebody else removes are missed."""
    these = (_content.site_id == site_id, _content.comment_id.in_(comment_ids))
    erase_words(connection, site_id, connection.execute(select(_content.entry_id).where(*these)).scalars().all(), at)


def erase_words(connection: Connection, site_id: int, entry_ids: Sequence[int], at: datetime) -> None:
    """Erase the words of entries."""
    if not entry_ids:
        return
    these = (_content.site_id == site_id, _content.entry_id.in_(entry_ids))
    connection.execute(delete(tables.log_content).where(*these))
    gathered: dict[int, list[int]] | None = connection.info.get(_ERASED)
    if gathered is None:
        _note_erased(connection, site_id, entry_ids, at)
    else:
        gathered.setdefault(site_id, []).extend(entry_ids)


@contextmanager
def one_erasure(connection: Connection, at: datetime) -> Iterator[None]:
    """Log what is erased meanwhile as one entry a site."""
    info, gathered = connection.info, dict[int, list[int]]()
    info[_ERASED] = gathered
    try:
        yield
    finally:
        del info[_ERASED]
    for site_id, entry_ids in gathered.items():
        _note_erased(connection, site_id, entry_ids, at)


def _note_erased(connection: Connection, site_id: int, entry_ids: Sequence[int], at: datetime) -> None:
    act = Act(ActKind.WORDS_ERASED, at, actor=Actor.SERVICE, number=0, content={"entries": [*entry_ids]})
    record(connection, site_id, act)


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
