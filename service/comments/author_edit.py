"""What authors may do to their own comments for a while: edit the text, or delete them.

An edit is no way past moderation. It is judged as a new comment is, publishes nothing that waits, and ends as soon as a
moderator has decided: what was read and approved is what stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update

from db import tables
from db.models import Status
from db.sql import insert_if_absent
from db.types import new_id
from service.comment_row import CommentRow, select_comments
from service.comments import events
from service.comments.events import Audience, Key
from service.comments.statements import fingerprints

_comment, _change, _decision = tables.comment.c, tables.author_change.c, tables.decision.c


class EditRefusal(StrEnum):
    """Why an own comment stays as it is."""

    GONE = "gone"
    LATE = "late"
    MODERATED = "moderated"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class OwnComment(CommentRow):
    """A comment as its author has a right to see it. ``moderated``: a moderator has decided on it."""

    moderated: bool
    edited: bool

    def refusal(self, now: datetime, minutes: int, *, editing: bool) -> EditRefusal | None:
        """Why it cannot be edited, or deleted, if it cannot."""
        if self.status is Status.TRASH:
            return EditRefusal.GONE
        if self.source or now >= self.created_at + timedelta(minutes=minutes):
            return EditRefusal.LATE
        return EditRefusal.MODERATED if editing and self.moderated else None


@dataclass(frozen=True, slots=True)
class Edit:
    """A new text that was judged: ``status`` is what a new comment with it would get. ``minutes``: how long one may."""

    text: str
    status: Status
    score: float
    reasons: list[dict[str, Any]]
    at: datetime
    minutes: int
    audience: Audience


def find_own_comment(connection: Connection, key: Key) -> OwnComment | None:
    """The comment, for whoever has shown a proof of it."""
    return _find(connection, key, lock=False)


def edit_own_comment(connection: Connection, key: Key, new: Edit) -> Status | EditRefusal:
    """Replace the text. Gives the status that the comment has now. May raise IntegrityError, when the same
    is said elsewhere at this very moment."""
    own = _find(connection, key, lock=True)
    if own is None:
        return EditRefusal.GONE
    if refusal := own.refusal(new.at, new.minutes, editing=True):
        return refusal
    if own.text == new.text:
        return own.status
    by_author, by_email = fingerprints(own.page_id, own.parent_id, own.author, own.email, new.text)
    if _is_said(connection, own, by_author, by_email):
        return EditRefusal.DUPLICATE
    status = _after(own.status, new.status)
    values = {"text": new.text, "status": status, "score": new.score, "reasons": new.reasons}
    _set(connection, own, {**values, "said_by_author": by_author, "said_by_email": by_email})
    _note(connection, own, {"edited_at": new.at}, first_text=own.text)
    events.edited_by_author(connection, (own.site_id, own.page_id), own.status, status, new.audience, new.at)
    return status


def delete_own_comment(connection: Connection, key: Key, at: datetime, minutes: int) -> OwnComment | EditRefusal:
    """Put the comment into the trash, where an admin finds it and may restore it. Gives it as it was."""
    own = _find(connection, key, lock=True)
    if own is None:
        return EditRefusal.GONE
    if refusal := own.refusal(at, minutes, editing=False):
        return refusal
    _set(connection, own, {"status": Status.TRASH, "said_by_author": None, "said_by_email": None})
    row = {"site_id": own.site_id, "id": new_id(), "comment_id": own.id, "batch": new_id(), "admin_id": None}
    moved = {"before": own.status, "after": Status.TRASH, "at": at}
    connection.execute(tables.decision.insert(), {**row, **moved})
    _note(connection, own, {"deleted_at": at})
    events.deleted_by_author(connection, key, (own.site_id, own.page_id), own.status)
    return own


def _find(connection: Connection, key: Key, *, lock: bool) -> OwnComment | None:
    moderated = exists().where(
        _decision.site_id == _comment.site_id, _decision.comment_id == _comment.id, _decision.undone_at.is_(None)
    )
    edited = exists().where(
        _change.site_id == _comment.site_id, _change.comment_id == _comment.id, _change.edited_at.is_not(None)
    )
    query = select_comments(moderated.label("moderated"), edited.label("edited")).where(
        _comment.site_id == key[0], _comment.id == key[1]
    )
    row = connection.execute(query.with_for_update(of=tables.comment) if lock else query).first()
    return OwnComment(**row._mapping) if row else None


def _after(before: Status, judged: Status) -> Status:
    """Spam stays spam, and what waits goes on waiting, unless it is spam now."""
    if Status.SPAM in (before, judged):
        return Status.SPAM
    return Status.PENDING if before is Status.PENDING else judged


def _is_said(connection: Connection, own: OwnComment, by_author: int, by_email: int) -> bool:
    same = (_comment.said_by_author == by_author) | (_comment.said_by_email == by_email)
    query = select(_comment.id).where(_comment.site_id == own.site_id, same, _comment.id != own.id)
    return connection.execute(query).first() is not None


def _set(connection: Connection, own: OwnComment, values: dict[str, Any]) -> None:
    here = (_comment.site_id == own.site_id, _comment.id == own.id)
    connection.execute(update(tables.comment).where(*here).values(values))


def _note(connection: Connection, own: OwnComment, values: dict[str, Any], first_text: str | None = None) -> None:
    """What was posted first is kept from the first edit on; later ones leave it."""
    row = {"site_id": own.site_id, "comment_id": own.id, "page_id": own.page_id, "parent_id": own.parent_id}
    fresh = {**row, "created_at": own.created_at, "first_text": first_text, "edited_at": None, "deleted_at": None}
    insert_if_absent(connection, tables.author_change, {**fresh, **values})
    here = (_change.site_id == own.site_id, _change.comment_id == own.id)
    connection.execute(update(tables.author_change).where(*here).values(values))


@dataclass(frozen=True, slots=True)
class DeletedComment:
    """A comment that its author deleted: where it stood, and nothing of what it said."""

    id: int
    parent_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorChanges:
    """A page's edited comments, and its deleted ones in order of time."""

    edited: frozenset[int]
    deleted: list[DeletedComment]

    def placeholders(self, parents: Iterable[int | None]) -> list[DeletedComment]:
        """The deleted comments that stand above others, given the parents of all that is shown."""
        wanted = set(parents)
        found = []
        for each in reversed(self.deleted):  # a reply comes after what it answers, so one pass finds whole chains
            if each.id in wanted:
                wanted.add(each.parent_id)
                found.append(each)
        return found


def read_changes(connection: Connection, site_id: int, page_id: int) -> AuthorChanges:
    """What a page's authors changed: few rows, by an index of their own."""
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
