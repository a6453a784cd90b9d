"""Edits and permanent deletions by moderators."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, select, update

from db import tables
from db.models import Status
from service import action_log
from service.action_log import Act, ActKind, record
from service.author_fields import AUTHOR_NAMES
from service.comments import side_effects
from service.comments.side_effects import Key, Place
from service.comments.validation import WORDS
from service.comments.write_statements import lock_pages_of

_comment, _decision = tables.comment.c, tables.decision.c
_change = tables.author_change.c


class Edited(StrEnum):
    """What became of an edit. ``CHANGED``: somebody else has changed the words meanwhile, so nothing was done."""

    DONE = "done"
    SAME = "same"
    GONE = "gone"
    CHANGED = "changed"


def fingerprint(words: Mapping[str, str]) -> str:
    """What tells whether words are still those that a moderator was shown."""
    return hashlib.sha256("\x00".join(words[name] for name in WORDS).encode("utf-8", "replace")).hexdigest()[:24]


def edit_comment(
    connection: Connection,
    key: Key,
    words: Mapping[str, str],
    admin_id: int | None,
    at: datetime,
    seen: str = "",
    *,
    undoes: int | None = None,
) -> Edited:
    """Change some of ``WORDS``. The words before and after go to the log.

    ``seen``: the ``fingerprint`` of the words that the moderator was shown. ``undoes``: the entry of the log that this
    takes back. The comment's own fingerprints are cleared, so a comment with the original words is no duplicate of it.
    """
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])
    lock_pages_of(connection, [key])
    columns = (_comment[name] for name in (*WORDS, "page_id", "status"))
    row = connection.execute(select(*columns).where(*is_comment).with_for_update()).first()
    if row is None:
        return Edited.GONE
    before: dict[str, Any] = {name: row._mapping[name] for name in WORDS}
    if seen and seen != fingerprint(before):
        return Edited.CHANGED
    changed = {name: value for name, value in words.items() if value != before[name]}
    if not changed:
        return Edited.SAME
    values = changed | {"said_by_author": None, "said_by_email": None}
    connection.execute(update(tables.comment).where(*is_comment).values(values))
    content = {"before": {name: before[name] for name in changed}, "after": changed}
    record(connection, key[0], Act(ActKind.EDIT, at, admin_id, comment_id=key[1], batch=undoes, content=content))
    side_effects.edited_by_moderator(connection, Place(key[0], row.page_id, key[1]), Status(row.status), at)
    return Edited.DONE


def undo_edit(connection: Connection, site_id: int, entry_id: int, admin_id: int, at: datetime) -> Edited:
    """Put back the words from before an edit, unless they have been changed again since."""
    found = action_log.read_words(connection, site_id, entry_id)
    if found is None or not (found.words.keys() >= {"before", "after"}):
        return Edited.GONE
    key, words = (site_id, found.comment_id), found.words
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])
    columns = (_comment[name] for name in WORDS)
    lock_pages_of(connection, [key])
    row = connection.execute(select(*columns).where(*is_comment).with_for_update()).first()
    if row is None:
        return Edited.GONE
    if any(row._mapping[name] != value for name, value in words["after"].items()):
        return Edited.CHANGED
    return edit_comment(connection, key, words["before"], admin_id, at, undoes=entry_id)


def delete_comment(connection: Connection, key: Key, admin_id: int | None, at: datetime) -> bool:
    """Delete a comment permanently and log that. Returns False if there is no such comment."""
    if not remove_comment(connection, key, at):
        return False
    record(connection, key[0], Act(ActKind.DELETE, at, admin_id, comment_id=key[1]))
    return True


def remove_comment(connection: Connection, key: Key, at: datetime) -> bool:
    """Delete a comment, the decisions about it and all words about it in the log. Returns False if it does not exist.

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
    _forget_earlier_words(connection, key, at)
    side_effects.deleted_for_good(connection, Place(key[0], row.page_id, key[1]), at)
    return True


def anonymise_comment(connection: Connection, key: Key, name: str, at: datetime) -> bool:
    """Remove what says who wrote a comment, and keep its text under ``name``. Returns False if it does not exist.

    Every field but the text, the network's hash, the subscription and all earlier words go; no digest of them stays.
    """
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])

    lock_pages_of(connection, [key])
    row = connection.execute(select(_comment.page_id, _comment.status).where(*is_comment)).first()
    if row is None:
        return False
    nobody = dict.fromkeys(AUTHOR_NAMES, "") | {"author": name}
    hashes = dict.fromkeys(("client", "said_by_author", "said_by_email"))
    connection.execute(update(tables.comment).where(*is_comment).values(**nobody, **hashes))
    subscription = tables.subscription.c
    of_comment = (subscription.site_id == key[0], subscription.comment_id == key[1])
    connection.execute(delete(tables.subscription).where(*of_comment))
    _forget_earlier_words(connection, key, at)
    side_effects.edited_by_moderator(connection, Place(key[0], row.page_id, key[1]), Status(row.status), at)
    return True


def _forget_earlier_words(connection: Connection, key: Key, at: datetime) -> None:
    """Erase what a comment said before it was edited."""
    this_change = (_change.site_id == key[0], _change.comment_id == key[1])
    connection.execute(update(tables.author_change).where(*this_change).values(first_text=None))
    action_log.erase(connection, key[0], [key[1]], at)
