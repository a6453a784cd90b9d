"""What moderators do with a page as a whole: close it for new comments, or open it again."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from db import tables
from service.action_log import Act, Action, record
from service.comments.changes import page_changed
from service.comments.events import Key
from service.comments.statements import NEXT_VERSION_VALUES

_page = tables.page.c


def close_page(connection: Connection, page: Key, admin_id: int | None, at: datetime, *, closed: bool) -> bool:
    """Close or reopen a page for new comments. Returns False if it was so already, or does not exist."""
    is_page = (_page.site_id == page[0], _page.id == page[1])
    statement = (
        update(tables.page).where(*is_page, _page.closed.is_(not closed)).values(closed=closed, **NEXT_VERSION_VALUES)
    )
    page_changed(connection, *page)
    if connection.execute(statement).rowcount != 1:
        return False
    url = connection.execute(select(_page.url).where(*is_page)).scalar_one()
    action = Action.CLOSE if closed else Action.OPEN
    record(connection, page[0], Act(action, at, admin_id, number=0, content={"page": url}))
    return True
