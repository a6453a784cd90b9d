"""Pages as moderators see them: listed newest first, and given another title."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from db import tables
from db.models import Status
from service.action_log import Act, Action, record
from service.comments.admin_edit import correct_page
from service.comments.events import Key

_page, _comment = tables.page.c, tables.comment.c
_ORDER = (_page.id.desc(), _page.site_id)


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page that has, or had, comments. ``count``: the approved ones."""

    site_id: int
    id: int
    url: str
    title: str
    closed: bool
    created_at: datetime
    count: int


def list_pages(
    connection: Connection, sites: Collection[int] | None, *, before: Key | None = None, url_key: str = "", most: int
) -> list[ListedPage]:
    """Pages of some sites, or of all (None), newest first: by their ids, and of equal ones by their sites. ``before``:
    those behind this page. ``url_key``: of one address alone."""
    query = select(_page.site_id, _page.id).order_by(*_ORDER).limit(most)
    if sites is not None:
        query = query.where(_page.site_id.in_(sites))
    if before is not None:
        query = query.where(or_(_page.id < before[1], and_(_page.id == before[1], _page.site_id > before[0])))
    if url_key:
        query = query.where(_page.key == url_key)
    shown = query.subquery("shown")  # comments are counted of these alone
    on_page = and_(_page.site_id == shown.c.site_id, _page.id == shown.c.id)
    return _listed(connection.execute(_SELECT.join(shown, on_page).order_by(*_ORDER)))


def find_page(connection: Connection, key: Key) -> ListedPage | None:
    """A page; None if there is none."""
    query = _SELECT.where(_page.site_id == key[0], _page.id == key[1])
    return next(iter(_listed(connection.execute(query))), None)


def rename_page(connection: Connection, page: ListedPage, title: str, admin_id: int, at: datetime) -> bool:
    """Give a page another title, and log that. Returns False if it has it already."""
    if not correct_page(connection, (page.site_id, page.id), title, page.url):
        return False
    content = {"entry": f"title of {page.url}"}
    record(connection, page.site_id, Act(Action.SETTINGS, at, admin_id, number=0, content=content))
    return True


def _listed(rows: Iterable[Any]) -> list[ListedPage]:
    return [ListedPage(**row._mapping) for row in rows]


_COUNT = (
    select(func.count())
    .where(_comment.site_id == _page.site_id, _comment.page_id == _page.id, _comment.status == Status.APPROVED)
    .scalar_subquery()
)
_SELECT = select(
    _page.site_id, _page.id, _page.url, _page.title, _page.closed, _page.created_at, _COUNT.label("count")
).select_from(tables.page)
