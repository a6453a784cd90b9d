"""Edits and permanent deletions by moderators, and what owners correct about pages."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, or_, select, update

from db import tables
from db.models import Status
from service.comments import events
from service.comments.changes import page_changed
from service.comments.events import Key
from service.comments.statements import NEXT_VERSION_VALUES, lock_pages_of

_comment, _decision, _page = tables.comment.c, tables.decision.c, tables.page.c


def edit_comment(connection: Connection, key: Key, words: Mapping[str, str]) -> bool:
    """Change ``text``, ``author``, ``email`` or ``url``. Returns False if there is no such comment.

    Its fingerprints are cleared, so a comment with the original words is no duplicate of it.
    """
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])
    values = dict(words) | {"said_by_author": None, "said_by_email": None}

    lock_pages_of(connection, [key])
    if connection.execute(update(tables.comment).where(*is_comment).values(values)).rowcount == 0:
        return False
    row = connection.execute(select(_comment.page_id, _comment.status).where(*is_comment)).one()
    events.edited_by_moderator(connection, (key[0], row.page_id), Status(row.status))
    return True


def correct_page(connection: Connection, page: Key, title: str, url: str) -> bool:
    """Give a page the title and the spelling of its address that it has itself. Returns False if it has them."""
    this = (_page.site_id == page[0], _page.id == page[1], or_(_page.title != title, _page.url != url))
    values = {"title": title, "url": url, **NEXT_VERSION_VALUES}

    page_changed(connection, *page)
    return connection.execute(update(tables.page).where(*this).values(values)).rowcount == 1


def delete_comment(connection: Connection, key: Key) -> bool:
    """Delete a comment and the decisions about it permanently. Returns False if there is no such comment.

    Its replies become replies to its parent (WordPress: ``wp_delete_comment``).
    """
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])

    lock_pages_of(connection, [key])
    row = connection.execute(select(_comment.page_id, _comment.parent_id).where(*is_comment)).first()
    if row is None:
        return False
    replies = update(tables.comment).where(
        _comment.site_id == key[0], _comment.page_id == row.page_id, _comment.parent_id == key[1]
    )
    connection.execute(replies.values(parent_id=row.parent_id))
    connection.execute(delete(tables.decision).where(_decision.site_id == key[0], _decision.comment_id == key[1]))
    connection.execute(delete(tables.comment).where(*is_comment))
    events.deleted_for_good(connection, (key[0], row.page_id))
    return True
