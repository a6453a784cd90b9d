"""What is done with a page as a whole: it is closed, by a moderator or after some days, opened, has a comment pinned,
and is given a title."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from db import tables
from service.action_log import Act, ActKind, Actor, record
from service.comments.changes_for_caches import page_changed
from service.comments.page_titles import read_title, set_title
from service.comments.side_effects import Key
from service.comments.write_statements import NEXT_VERSION_VALUES
from service.logged_change import LoggedChange, Subject

_page, _site, _comment = tables.page.c, tables.site.c, tables.comment.c
AT_ONCE = 500
"""Pages that one job closes."""


def close_page(connection: Connection, page: Key, admin_id: int | None, at: datetime, *, closed: bool) -> bool:
    """Close or reopen a page for new comments. Returns False if it was so already, or does not exist."""
    if not set_closed(connection, page, at, closed=closed):
        return False
    url = connection.execute(select(_page.url).where(_page.site_id == page[0], _page.id == page[1])).scalar_one()
    action, change = ActKind.CLOSE if closed else ActKind.OPEN, _closing(page[1], closed=closed)
    record(connection, page[0], Act(action, at, admin_id, number=0, content={"page": url}, change=change))
    return True


def set_closed(connection: Connection, page: Key, at: datetime, *, closed: bool) -> bool:
    """Close or reopen a page, without a word in the log. Returns False if it was so, or does not exist."""
    statement = (
        update(tables.page)
        .where(_page.site_id == page[0], _page.id == page[1], _page.closed.is_(not closed))
        .values(closed=closed, **({} if closed else {"opened_at": at}), **NEXT_VERSION_VALUES)
    )
    page_changed(connection, *page)
    return connection.execute(statement).rowcount == 1


def _closing(page_id: int, *, closed: bool) -> LoggedChange:
    return LoggedChange(Subject.PAGE_CLOSED, str(page_id), not closed, closed)


def close_old_pages(connection: Connection, at: datetime) -> int:
    """Close pages whose site closes them after some days, counted from their first comment, or from when a moderator
    opened them again. At most ``AT_ONCE``; returns their number."""
    closed = 0
    for site in connection.execute(select(_site.id, _site.close_days).where(_site.close_days.is_not(None))).all():
        since = func.coalesce(_page.opened_at, _page.created_at, type_=_page.created_at.type)
        is_old = (_page.site_id == site.id, _page.closed.is_(False), since < at - timedelta(days=site.close_days))
        pages = connection.execute(select(_page.id, _page.url).where(*is_old).limit(AT_ONCE - closed)).all()
        for page in pages:
            is_page = (_page.site_id == site.id, _page.id == page.id)
            connection.execute(update(tables.page).where(*is_page).values(closed=True, **NEXT_VERSION_VALUES))
            page_changed(connection, site.id, page.id)
            act = Act(ActKind.CLOSE, at, actor=Actor.SERVICE, number=0, content={"page": page.url})
            record(connection, site.id, replace(act, change=_closing(page.id, closed=True)))
        closed += len(pages)
    return closed


def rename_page(connection: Connection, page: Key, title: str, admin_id: int | None, at: datetime) -> bool:
    """Give a page a title that a moderator has seen. Returns False if it has that, checked, or does not exist."""
    old = read_title(connection, page)
    if not old or not title or not set_title(connection, page, title):
        return False
    said = title if old[0] == title else f"{old[0]} → {title}"
    change = LoggedChange(Subject.PAGE_TITLE, str(page[1]), old, read_title(connection, page))
    record(connection, page[0], Act(ActKind.TITLE, at, admin_id, number=0, content={"title": said}, change=change))
    return True


def pin_comment(connection: Connection, key: Key, admin_id: int, at: datetime, *, pinned: bool) -> bool:
    """Pin a comment above the others of its page, in place of the one that is, or unpin it. Returns False if nothing
    changed. A comment that answers another one is not pinned: readers would not see what it answers."""
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])
    row = connection.execute(select(_comment.page_id, _comment.parent_id).where(*is_comment)).first()
    if row is None or (pinned and row.parent_id is not None):
        return False
    page, after = (key[0], row.page_id), key[1] if pinned else None
    before = read_pinned(connection, page)
    if (before == key[1]) == pinned:
        return False
    set_pinned(connection, page, after)
    change = LoggedChange(Subject.PAGE_PINNED, str(row.page_id), before, after)
    action = ActKind.PIN if pinned else ActKind.UNPIN
    record(connection, key[0], Act(action, at, admin_id, comment_id=key[1], change=change))
    return True


def read_pinned(connection: Connection, page: Key) -> int | None:
    """The comment that is pinned on a page, which is locked until the transaction ends."""
    query = select(_page.pinned_id).where(_page.site_id == page[0], _page.id == page[1]).with_for_update()
    return connection.execute(query).scalar()


def set_pinned(connection: Connection, page: Key, comment_id: int | None) -> None:
    """Pin a comment, or none, without a word in the log."""
    is_page = (_page.site_id == page[0], _page.id == page[1])
    page_changed(connection, *page)
    connection.execute(update(tables.page).where(*is_page).values(pinned_id=comment_id, **NEXT_VERSION_VALUES))
