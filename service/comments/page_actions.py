"""What is done with a page as a whole: it is closed, by a moderator or after some days, opened, has a comment pinned,
and is given a title."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from db import tables
from service.action_log import Act, Action, Actor, record
from service.comments.changes import page_changed
from service.comments.events import Key
from service.comments.page_titles import set_title
from service.comments.write_statements import NEXT_VERSION_VALUES

_page, _site, _comment = tables.page.c, tables.site.c, tables.comment.c
AT_ONCE = 500
"""Pages that one job closes."""


def close_page(connection: Connection, page: Key, admin_id: int | None, at: datetime, *, closed: bool) -> bool:
    """Close or reopen a page for new comments. Returns False if it was so already, or does not exist."""
    is_page = (_page.site_id == page[0], _page.id == page[1])
    statement = (
        update(tables.page)
        .where(*is_page, _page.closed.is_(not closed))
        .values(closed=closed, **({} if closed else {"opened_at": at}), **NEXT_VERSION_VALUES)
    )
    page_changed(connection, *page)
    if connection.execute(statement).rowcount != 1:
        return False
    url = connection.execute(select(_page.url).where(*is_page)).scalar_one()
    action = Action.CLOSE if closed else Action.OPEN
    record(connection, page[0], Act(action, at, admin_id, number=0, content={"page": url}))
    return True


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
            act = Act(Action.CLOSE, at, actor=Actor.SERVICE, number=0, content={"page": page.url})
            record(connection, site.id, act)
        closed += len(pages)
    return closed


def rename_page(connection: Connection, page: Key, title: str, admin_id: int | None, at: datetime) -> bool:
    """Give a page a title that a moderator has seen. Returns False if it has that, checked, or does not exist."""
    old = connection.execute(select(_page.title).where(_page.site_id == page[0], _page.id == page[1])).scalar()
    if not title or not set_title(connection, page, title):
        return False
    said = title if old == title else f"{old} → {title}"
    record(connection, page[0], Act(Action.TITLE, at, admin_id, number=0, content={"title": said}))
    return True


def pin_comment(connection: Connection, key: Key, admin_id: int, at: datetime, *, pinned: bool) -> bool:
    """Pin a comment above the others of its page, in place of the one that is, or unpin it. Returns False if nothing
    changed. A comment that answers another one is not pinned: readers would not see what it answers."""
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])
    row = connection.execute(select(_comment.page_id, _comment.parent_id).where(*is_comment)).first()
    if row is None or (pinned and row.parent_id is not None):
        return False
    was = _page.pinned_id.is_distinct_from(key[1]) if pinned else _page.pinned_id == key[1]
    statement = update(tables.page).where(_page.site_id == key[0], _page.id == row.page_id, was)
    values = {"pinned_id": key[1] if pinned else None, **NEXT_VERSION_VALUES}
    page_changed(connection, key[0], row.page_id)
    if connection.execute(statement.values(values)).rowcount != 1:
        return False
    record(connection, key[0], Act(Action.PIN if pinned else Action.UNPIN, at, admin_id, comment_id=key[1]))
    return True
