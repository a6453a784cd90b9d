"""A page is merged into another of its site: its comments go there, and its address leads there.

Each slice is one job of the writer, so that no comment that is posted waits long. While a large page is merged, both
are there, with a part of the comments each; a merge that was interrupted goes on when it is begun again.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from db import tables
from service.action_log import Act, ActKind, record
from service.comments import side_effects
from service.comments.find_page import add_alias
from service.comments.write_statements import NEXT_VERSION_VALUES
from service.page_change_hashes import one_note
from service.pages.move_page import Address, alias_row, name_posts_again
from service.pages.page_changes import ChangeKind, Click, is_noted, note, note_comments, snapshot
from service.pages.page_locks import lock_site, lock_whole_pages

AT_ONCE = 1000
"""Comments that one job moves."""

_page, _comment, _change = tables.page.c, tables.comment.c, tables.author_change.c
_moved, _post = tables.moved_comment.c, tables.wordpress_post.c


class Progress(StrEnum):
    """``MORE``: another slice is to follow. ``GONE``: one of the pages is not there any more."""

    MORE = "more"
    DONE = "done"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Merge:
    """The page ``page_id`` is to be merged into ``into_id``. ``change_id`` is new, and the same for all slices."""

    site_id: int
    change_id: int
    page_id: int
    into_id: int


def merge_slice(connection: Connection, merge: Merge, click: Click) -> Progress:
    """Move up to ``AT_ONCE`` comments. With the last ones the page goes, and its address leads to the other.

    Numbers, parents, subscriptions and decisions of comments stay. The other page keeps its state, and gets the pinned
    comment if it has none, and the title if that is checked and its own is not.
    """
    with one_note(connection):
        return _merge_slice(connection, merge, click)


def _merge_slice(connection: Connection, merge: Merge, click: Click) -> Progress:
    lock_site(connection, merge.site_id)
    pages = lock_whole_pages(connection, merge.site_id, (merge.page_id, merge.into_id))
    if len(pages) != 2:
        return Progress.GONE
    old, into = pages[merge.page_id], pages[merge.into_id]
    if not is_noted(connection, merge.site_id, merge.change_id):
        numbers = select(_post.post_id).where(_post.site_id == merge.site_id, _post.page_key == old.key)
        before = snapshot(old) | {"posts": list(connection.execute(numbers).scalars()), "into": into.url}
        note(
            *(connection, merge.site_id, merge.change_id, ChangeKind.MERGE, click, before),
            page_id=old.id,
            other_id=into.id,
        )
    if _take_comments(connection, merge, click) == AT_ONCE:
        side_effects.pages_moved(connection, [(merge.site_id, old.id), (merge.site_id, into.id)], click.at)
        return Progress.MORE
    _take_the_rest(connection, merge, old, into, click)
    if not click.quiet:
        count = select(func.count()).where(_moved.site_id == merge.site_id, _moved.change_id == merge.change_id)
        number, content = connection.execute(count).scalar_one(), {"page": f"{old.url} → {into.url}"}
        act = Act(ActKind.MERGE, click.at, click.admin_id, batch=click.batch, number=number, content=content)
        record(connection, merge.site_id, act)
    return Progress.DONE


def _take_comments(connection: Connection, merge: Merge, click: Click) -> int:
    """Move the next comments, and note which. Returns their number."""
    on_page = (_comment.site_id == merge.site_id, _comment.page_id == merge.page_id)
    query = select(_comment.id).where(*on_page).order_by(_comment.id).limit(AT_ONCE)
    ids = list(connection.execute(query).scalars())
    if ids:
        note_comments(connection, merge.site_id, merge.change_id, ids, click)
        these = update(tables.comment).where(*on_page, _comment.id <= ids[-1])
        connection.execute(these.values(page_id=merge.into_id))
    return len(ids)


def _take_the_rest(connection: Connection, merge: Merge, old: Any, into: Any, click: Click) -> None:
    site_id = merge.site_id
    _take_author_changes(connection, merge, click)
    to = Address(into.url, into.key)
    name_posts_again(connection, site_id, old.key, to)
    connection.execute(delete(tables.page).where(_page.site_id == site_id, _page.id == old.id))
    add_alias(connection, alias_row(site_id, Address(old.url, old.key), to, click))
    titled = old if old.title and (not into.title or (old.title_checked and not into.title_checked)) else into
    values: dict[Any, Any] = {name: titled._mapping[name] for name in ("title", "title_checked", "title_from")}
    values |= {"pinned_id": into.pinned_id or old.pinned_id, **NEXT_VERSION_VALUES}
    connection.execute(update(tables.page).where(_page.site_id == site_id, _page.id == into.id).values(values))
    side_effects.pages_moved(connection, [(site_id, old.id), (site_id, into.id)], click.at)


def _take_author_changes(connection: Connection, merge: Merge, click: Click) -> None:
    """What authors changed, and the places of comments that they deleted."""
    on_page = (_change.site_id == merge.site_id, _change.page_id == merge.page_id)
    known = select(_moved.comment_id).where(_moved.site_id == merge.site_id, _moved.change_id == merge.change_id)
    others = select(_change.comment_id).where(*on_page, _change.comment_id.not_in(known)).distinct()
    if ids := list(connection.execute(others).scalars()):
        note_comments(connection, merge.site_id, merge.change_id, ids, click)
    connection.execute(update(tables.author_change).where(*on_page).values(page_id=merge.into_id))
