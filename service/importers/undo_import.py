"""Takes an import back as a whole: deletes the comments that it added, and the pages that it made for them.

What somebody here did something with is kept: a comment that was moderated, edited, pinned or replied to since, and the
comments that it answers. That is the rule of every undo: what was changed again since is left alone.

Each step is a job of the writer. An undo that is cut off is begun again, and finds what is left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, or_, select, update

from db import tables
from service import action_log
from service.action_log import Act, ActKind, record
from service.comments import report_rows, side_effects
from service.comments.write_statements import lock_pages, lock_pages_of
from service.importers import import_run_rows
from service.importers.import_run_rows import Key, RunState
from service.importers.prepare_page import RunJob

AT_ONCE = 500
_TOUCHES = (ActKind.EDIT, ActKind.AUTHOR_EDIT, ActKind.REPLY, ActKind.PIN)
"""Besides decisions, which are looked for in their own table: one that was undone does not count."""
_LEVELS = 200
"""Parents above one another that one job looks at."""

_comment, _page, _post = tables.comment.c, tables.page.c, tables.wordpress_post.c
_decision, _entry, _change = tables.decision.c, tables.log_entry.c, tables.author_change.c


@dataclass(slots=True)
class Undo:
    """The undo of one import. ``kept`` and ``removed`` count comments, and go on from where an earlier try ended."""

    key: Key
    admin_id: int | None
    run: RunJob
    at: datetime
    kept: int = 0
    removed: int = 0

    def work(self) -> Iterator[int]:
        """Do it, and yield after each step how many comments were looked at or deleted."""
        yield from self._release_touched()
        while found := self.run(_delete_slice, self.key, self.at):
            self.removed += found[0]
            self.kept += found[1]
            yield sum(found)
        while self.run(_delete_pages, self.key):
            yield 0
        self.run(_finish, self)

    def _release_touched(self) -> Iterator[int]:
        """What is to be kept gets out of the import, so that the deletion does not find it."""
        after: int | None = None
        while True:
            seen, touched, after = self.run(_touched_slice, self.key, after)
            self.kept += len(touched)
            while touched:
                count, touched = self.run(_release_parents, self.key, touched)
                self.kept += count
            yield seen
            if after is None:
                return


def _touched_slice(connection: Connection, key: Key, after: int | None) -> tuple[int, list[int], int | None]:
    """Release those of the next comments that somebody did something with. Returns how many were looked at, the
    released ones, and where the next slice begins; None at the end."""
    query = select(_comment.id).where(*_of(_comment, key)).order_by(_comment.id).limit(AT_ONCE)
    if after is not None:
        query = query.where(_comment.id > after)
    ids = list(connection.execute(query).scalars())
    touched = list(connection.execute(select(_comment.id).where(*_these(key, ids), _is_touched(key))).scalars())
    _release(connection, key, touched)
    return len(ids), touched, ids[-1] if len(ids) == AT_ONCE else None


def _is_touched(key: Key) -> Any:
    reply = tables.comment.alias("reply")
    same = (_decision.site_id == key[0], _decision.comment_id == _comment.id)
    logged = (_entry.site_id == key[0], _entry.comment_id == _comment.id, _entry.action.in_(_TOUCHES))
    answers = (reply.c.site_id == key[0], reply.c.parent_id == _comment.id)
    return or_(
        exists().where(*same, _decision.undone_at.is_(None)),
        exists().where(*logged),
        exists().where(*answers, reply.c.page_id == _comment.page_id, reply.c.import_id.is_distinct_from(key[1])),
    )


def _release_parents(connection: Connection, key: Key, ids: list[int]) -> tuple[int, list[int]]:
    """Release what these comments answer, and what that answers. Returns how many, and what to go on with."""
    released = 0
    for _ in range(_LEVELS):
        parents = select(_comment.parent_id).where(_comment.site_id == key[0], _comment.id.in_(ids))
        above = {parent for parent in connection.execute(parents).scalars() if parent}
        ids = list(connection.execute(select(_comment.id).where(*_these(key, above))).scalars())
        if not ids:
            break
        _release(connection, key, ids)
        released += len(ids)
    return released, ids


def _release(connection: Connection, key: Key, ids: list[int]) -> None:
    if ids:
        lock_pages_of(connection, [(key[0], each) for each in ids])
        connection.execute(update(tables.comment).where(*_these(key, ids)).values(import_id=None))


def _delete_slice(connection: Connection, key: Key, at: datetime) -> tuple[int, int] | None:
    """Delete the newest comments of the import, so that most are deleted after what answers them; what was touched
    only now is released. Returns how many of both; None at the end."""
    query = select(_comment.id).where(*_of(_comment, key)).order_by(_comment.id.desc()).limit(AT_ONCE)
    ids = list(connection.execute(query).scalars())
    if not ids:
        return None
    lock_pages_of(connection, [(key[0], each) for each in ids])
    touched = list(connection.execute(select(_comment.id).where(*_these(key, ids), _is_touched(key))).scalars())
    _release(connection, key, touched)
    rows = connection.execute(select(_comment.id, _comment.page_id, _comment.parent_id).where(*_these(key, ids))).all()
    _move_replies_up(connection, key, {row.id: row.parent_id for row in rows})
    found = [row.id for row in rows]
    connection.execute(delete(tables.decision).where(_decision.site_id == key[0], _decision.comment_id.in_(found)))
    connection.execute(delete(tables.author_change).where(_change.site_id == key[0], _change.comment_id.in_(found)))
    connection.execute(delete(tables.comment).where(*_these(key, found)))
    action_log.erase(connection, key[0], found, at)
    report_rows.forget(connection, key[0], found)
    side_effects.pages_changed(connection, {(key[0], row.page_id) for row in rows}, at)
    return len(found), len(touched)


def _move_replies_up(connection: Connection, key: Key, parents: dict[int, int | None]) -> None:
    """Replies to what is about to go answer what that answers, as when one comment is deleted."""
    ids = list(parents)
    query = select(_comment.id, _comment.parent_id).where(_comment.site_id == key[0], _comment.parent_id.in_(ids))
    for row in connection.execute(query.where(_comment.id.not_in(ids))).all():
        above = row.parent_id
        while above in parents:
            above = parents[above]
        this = (_comment.site_id == key[0], _comment.id == row.id)
        connection.execute(update(tables.comment).where(*this).values(parent_id=above))


def _delete_pages(connection: Connection, key: Key) -> int:
    """Delete pages that the import made and that have no comments, and the numbers that it brought of pages that are
    not here. The other pages stay, and are no longer the import's. Returns how many rows that were."""
    pages = select(_page.id).where(*_of(_page, key)).order_by(_page.id).limit(AT_ONCE)
    ids = list(connection.execute(pages).scalars())
    lock_pages(connection, key[0], ids)
    on_page = (_comment.site_id == key[0], _comment.page_id == _page.id)
    these = and_(_page.site_id == key[0], _page.id.in_(ids))
    empty = list(connection.execute(select(_page.id).where(these, ~exists().where(*on_page))).scalars())
    connection.execute(delete(tables.author_change).where(_change.site_id == key[0], _change.page_id.in_(empty)))
    connection.execute(delete(tables.page).where(_page.site_id == key[0], _page.id.in_(empty)))
    connection.execute(update(tables.page).where(these).values(import_id=None))
    if ids:
        return len(ids)
    posts = list(connection.execute(select(_post.post_id).where(*_of(_post, key)).limit(AT_ONCE)).scalars())
    is_here = exists().where(_page.site_id == key[0], _page.key == _post.page_key)
    of_posts = and_(_post.site_id == key[0], _post.post_id.in_(posts))
    connection.execute(delete(tables.wordpress_post).where(of_posts, ~is_here))
    connection.execute(update(tables.wordpress_post).where(of_posts).values(import_id=None))
    return len(posts)


def _finish(connection: Connection, undo: Undo) -> None:
    run = import_run_rows.find(connection, undo.key)
    values = {"removed": undo.removed, "kept": undo.kept, "finished_at": undo.at}
    if import_run_rows.change(connection, undo.key, [RunState.UNDO], RunState.UNDONE, undo.at, **values):
        content = {"name": run.file} if run and run.file else None
        act = Act(
            ActKind.IMPORT_UNDONE, undo.at, undo.admin_id, batch=undo.key[1], number=undo.removed, content=content
        )
        record(connection, undo.key[0], act)


def _of(columns: Any, key: Key) -> tuple[Any, ...]:
    return columns.site_id == key[0], columns.import_id == key[1]


def _these(key: Key, ids: Any) -> tuple[Any, ...]:
    return (*_of(_comment, key), _comment.id.in_(ids))
