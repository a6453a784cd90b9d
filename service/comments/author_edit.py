"""Edits and deletions by authors, by a private link and for a limited time.

Only the text can be edited: others know the author by the name. An edit does not bypass moderation. The spam check
judges it like a new comment, a pending comment stays pending, and after a moderator's decision no edit is accepted:
otherwise an approved comment could be replaced, and the spam check would learn from words that nobody has read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update

from db import tables
from db.column_types import new_id
from db.dialect_sql import insert_if_absent
from db.models import Status
from service.action_log import Act, ActKind, Actor, record
from service.comment_row import CommentRow, select_comments
from service.comments import side_effects
from service.comments.side_effects import Audience, Key, Place
from service.comments.write_statements import fingerprints, lock_pages_of

_comment, _change, _decision = tables.comment.c, tables.author_change.c, tables.decision.c


class EditRefusal(StrEnum):
    """Why an author cannot change a comment."""

    GONE = "gone"
    LATE = "late"
    MODERATED = "moderated"
    DUPLICATE = "duplicate"


@dataclass(slots=True)
class OwnComment(CommentRow):
    """A comment as its author sees it. ``moderated``: a moderator has decided about it."""

    moderated: bool
    edited: bool

    @property
    def place(self) -> Place:
        """Which comment it is, and where it stands."""
        return Place(self.site_id, self.page_id, self.id)

    def refusal(self, now: datetime, minutes: int, *, editing: bool) -> EditRefusal | None:
        """Why it cannot be edited (or deleted), or None. ``minutes``: how long after posting this is possible."""
        if self.status is Status.TRASH:
            return EditRefusal.GONE
        if self.source or now >= self.created_at + timedelta(minutes=minutes):
            return EditRefusal.LATE
        return EditRefusal.MODERATED if editing and self.moderated else None


@dataclass(frozen=True, slots=True)
class Edit:
    """A new text and its verdict: ``status`` is that of a new comment with this text. ``minutes``: how long after
    posting edits are accepted."""

    text: str
    status: Status
    score: float
    reasons: list[dict[str, Any]]
    at: datetime
    minutes: int
    audience: Audience


def find_own_comment(connection: Connection, key: Key) -> OwnComment | None:
    """The comment, for a request that has proved to be its author's. None if there is no such comment."""
    return _read_own_comment(connection, key, lock=False)


def edit_own_comment(connection: Connection, key: Key, new: Edit) -> Status | EditRefusal:
    """Replace the text. Returns the comment's status after it, or why nothing was changed.

    Raises IntegrityError if a duplicate of the new text is written at the same time.
    """
    own = _read_own_comment(connection, key, lock=True)
    if own is None:
        return EditRefusal.GONE
    if refusal := own.refusal(new.at, new.minutes, editing=True):
        return refusal
    if own.text == new.text:
        return own.status
    by_author, by_email = fingerprints(own.page_id, own.parent_id, own.author, own.email, new.text)
    if _is_duplicate(connection, own, by_author, by_email):
        return EditRefusal.DUPLICATE
    status = _status_after_edit(own.status, new.status)
    values = {"text": new.text, "status": status, "score": new.score, "reasons": new.reasons}
    _update_comment(connection, own, {**values, "said_by_author": by_author, "said_by_email": by_email})
    _record_change(connection, own, {"edited_at": new.at}, first_text=own.text)
    content = {"before": {"text": own.text}, "after": {"text": new.text}, "statuses": [own.status, status]}
    act = Act(ActKind.AUTHOR_EDIT, new.at, actor=Actor.AUTHOR, comment_id=own.id, content=content)
    record(connection, own.site_id, act)
    side_effects.edited_by_author(connection, own.place, own.status, status, new.audience, new.at)
    return status


def delete_own_comment(connection: Connection, key: Key, at: datetime, minutes: int) -> OwnComment | EditRefusal:
    """Move the comment to the trash, from which an admin can restore it. Returns the comment before that, or why
    nothing was changed.

    Trash is an existing status, so lists, feeds and APIs need no rule for deleted comments. The row in
    ``author_change`` remembers where the comment stood; the thread shows a placeholder there as long as it has
    replies.
    """
    own = _read_own_comment(connection, key, lock=True)
    if own is None:
        return EditRefusal.GONE
    if refusal := own.refusal(at, minutes, editing=False):
        return refusal
    _update_comment(connection, own, {"status": Status.TRASH, "said_by_author": None, "said_by_email": None})
    batch = new_id()
    decision = {"site_id": own.site_id, "id": new_id(), "comment_id": own.id, "batch": batch, "admin_id": None}
    statuses = {"before": own.status, "after": Status.TRASH, "at": at}
    connection.execute(tables.decision.insert(), {**decision, **statuses})
    _record_change(connection, own, {"deleted_at": at})
    act = Act(ActKind.AUTHOR_DELETE, at, actor=Actor.AUTHOR, comment_id=own.id, batch=batch)
    record(connection, own.site_id, act)
    side_effects.deleted_by_author(connection, own.place, own.status, at)
    return own


def _read_own_comment(connection: Connection, key: Key, *, lock: bool) -> OwnComment | None:
    moderated = exists().where(
        _decision.site_id == _comment.site_id, _decision.comment_id == _comment.id, _decision.undone_at.is_(None)
    )
    edited = exists().where(
        _change.site_id == _comment.site_id, _change.comment_id == _comment.id, _change.edited_at.is_not(None)
    )
    query = select_comments(moderated.label("moderated"), edited.label("edited")).where(
        _comment.site_id == key[0], _comment.id == key[1]
    )
    if lock:
        lock_pages_of(connection, [key])
        query = query.with_for_update(of=tables.comment)
    row = connection.execute(query).first()
    return OwnComment(**row._mapping) if row else None


def _status_after_edit(before: Status, judged: Status) -> Status:
    """Spam stays spam. A pending comment stays pending unless its new text is spam."""
    if Status.SPAM in (before, judged):
        return Status.SPAM
    return Status.PENDING if before is Status.PENDING else judged


def _is_duplicate(connection: Connection, own: OwnComment, by_author: int, by_email: int) -> bool:
    has_same_words = (_comment.said_by_author == by_author) | (_comment.said_by_email == by_email)
    query = select(_comment.id).where(_comment.site_id == own.site_id, has_same_words, _comment.id != own.id)
    return connection.execute(query).first() is not None


def _update_comment(connection: Connection, own: OwnComment, values: dict[str, Any]) -> None:
    is_own = (_comment.site_id == own.site_id, _comment.id == own.id)
    connection.execute(update(tables.comment).where(*is_own).values(values))


def _record_change(
    connection: Connection, own: OwnComment, values: dict[str, Any], first_text: str | None = None
) -> None:
    """Record an edit or a deletion. The text as first posted is kept for moderators; later edits do not replace it."""
    row = {"site_id": own.site_id, "comment_id": own.id, "page_id": own.page_id, "parent_id": own.parent_id}
    first_change = {
        **row,
        "created_at": own.created_at,
        "first_text": first_text,
        "edited_at": None,
        "deleted_at": None,
    }
    insert_if_absent(connection, tables.author_change, {**first_change, **values})
    is_change = (_change.site_id == own.site_id, _change.comment_id == own.id)
    connection.execute(update(tables.author_change).where(*is_change).values(values))


@dataclass(frozen=True, slots=True)
class DeletedComment:
    """The position of a comment that its author deleted, without its words."""

    id: int
    parent_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorChanges:
    """The ids of a page's edited comments, and its deleted ones in order of time."""

    edited: frozenset[int]
    deleted: list[DeletedComment]

    def placeholders(self, parents: Iterable[int | None]) -> list[DeletedComment]:
        """The deleted comments that have replies, given the parent ids of all comments shown."""
        wanted = set(parents)
        placeholders = []
        for comment in reversed(self.deleted):  # replies are newer than their parents, so one pass finds whole chains
            if comment.id in wanted:
                wanted.add(comment.parent_id)
                placeholders.append(comment)
        return placeholders


def read_changes(connection: Connection, site_id: int, page_id: int) -> AuthorChanges:
    """The edits and deletions by authors on a page."""
    rows = connection.execute(_CHANGES, {"b_site": site_id, "b_page": page_id}).all()
    return AuthorChanges(
        frozenset(row.comment_id for row in rows if not row.deleted),
        [DeletedComment(row.comment_id, row.parent_id, row.created_at) for row in rows if row.deleted],
    )


_IS_DELETED = and_(_change.deleted_at.is_not(None), or_(_comment.id.is_(None), _comment.status == Status.TRASH))
_CHANGES = (
    select(_change.comment_id, _change.parent_id, _change.created_at, _IS_DELETED.label("deleted"))
    .select_from(tables.author_change)
    .outerjoin(tables.comment, and_(_comment.site_id == _change.site_id, _comment.id == _change.comment_id))
    .where(
        _change.site_id == bindparam("b_site"),
        _change.page_id == bindparam("b_page"),
        or_(_IS_DELETED, _change.edited_at.is_not(None)),
    )
    .order_by(_change.created_at, _change.comment_id)
)
