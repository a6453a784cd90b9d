"""Edits and permanent deletions by moderators."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from db import tables
from db.models import Status
from service.comments import events
from service.comments.events import Key, Place

_comment, _decision = tables.comment.c, tables.decision.c


def edit_comment(connection: Connection, key: Key, words: Mapping[str, str], at: datetime) -> bool:
    """Change ``text``, ``author``, ``email`` or ``url``. Returns False if there is no such comment.

    Its fingerprints are cleared, so a comment with the original words is no duplicate of it.
    """
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])
    values = dict(words) | {"said_by_author": None, "said_by_email": None}

    if connection.execute(update(tables.comment).where(*is_comment).values(values)).rowcount == 0:
        return False
    row = connection.execute(select(_comment.page_id, _comment.status).where(*is_comment)).one()
    events.edited_by_moderator(connection, Place(key[0], row.page_id, key[1]), Status(row.status), at)
    return True


def delete_comment(connection: Connection, key: Key, at: datetime) -> bool:
    """Delete a comment and the decisions about it permanently. Returns False if there is no such comment.

    Its replies become replies to its parent (WordPress: ``wp_delete_comment``).
    """
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])

    row = connection.execute(select(_comment.page_id, _comment.parent_id).where(*is_comment)).first()
    if row is None:
        return False
    replies = update(tables.comment).where(
        _comment.site_id == key[0], _comment.page_id == row.page_id, _comment.parent_id == key[1]
    )
    connection.execute(replies.values(parent_id=row.parent_id))
    connection.execute(delete(tables.decision).where(_decision.site_id == key[0], _decision.comment_id == key[1]))
    connection.execute(delete(tables.comment).where(*is_comment))
    events.deleted_for_good(connection, Place(key[0], row.page_id, key[1]), at)
    return True
