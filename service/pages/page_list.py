"""The pages of sites as admins see them: with their comments counted, searched, and some at a time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, tuple_

from db import tables
from db.models import Status
from service.comments.side_effects import Key

PER_PAGE = 50
_page, _comment, _alias = tables.page.c, tables.comment.c, tables.page_alias.c


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page in a list. ``shown`` are its approved comments, ``others`` those of any other status; ``last_at`` is when
    the last approved one was written."""

    site_id: int
    id: int
    key: str
    url: str
    title: str
    closed: bool
    pinned: bool
    created_at: datetime
    shown: int = 0
    others: int = 0
    last_at: datetime | None = None

    @property
    def name(self) -> str:
        """What people call the page: its title, or its address without one."""
        return self.title or self.url


@dataclass(frozen=True, slots=True)
class AdminPageList:
    """Some pages, and the key of the last one where there are more; None at the end."""

    pages: Sequence[PageLine]
    older: Key | None = None


def list_pages(
    connection: Connection,
    sites: Collection[int] | None,
    words: str = "",
    before: Key | None = None,
    most: int = PER_PAGE,
) -> AdminPageList:
    """The newest pages of some ``sites`` (None: all), or those behind one, whose address or title has ``words``.

    They come by their ids, and those with equal ids by their sites.
    """
    query = select(tables.page).order_by(_page.id.desc(), _page.site_id).limit(most + 1)
    if sites is not None:
        query = query.where(_page.site_id.in_(sites))
    if before is not None:
        query = query.where(or_(_page.id < before[1], and_(_page.id == before[1], _page.site_id > before[0])))
    for word in words.lower().split()[:10]:
        found = (func.lower(column).contains(word, autoescape=True) for column in (_page.url, _page.title))
        query = query.where(or_(*found))
    rows = connection.execute(query).all()
    lines = _with_counts(connection, rows[:most])
    last = (lines[-1].site_id, lines[-1].id) if len(rows) > most else None
    return AdminPageList(lines, last)


def lines_of(connection: Connection, site_id: int, page_ids: Collection[int]) -> dict[int, PageLine]:
    """Page id → the page, of those that exist."""
    ids = list(page_ids)
    lines: dict[int, PageLine] = {}
    for start in range(0, len(ids), 500):
        query = select(tables.page).where(_page.site_id == site_id, _page.id.in_(ids[start : start + 500]))
        lines |= {line.id: line for line in _with_counts(connection, connection.execute(query).all())}
    return lines


def find_page_line(connection: Connection, page: Key) -> PageLine | None:
    """A page; None if it does not exist."""
    return lines_of(connection, page[0], [page[1]]).get(page[1])


def page_line_at(connection: Connection, site_id: int, key: str) -> PageLine | None:
    """The page with this key; None if it does not exist."""
    query = select(tables.page).where(_page.site_id == site_id, _page.key == key)
    return next(iter(_with_counts(connection, connection.execute(query).all())), None)


def all_lines(connection: Connection, site_id: int, most: int) -> list[PageLine]:
    """The newest pages of a site, uncounted."""
    query = select(tables.page).where(_page.site_id == site_id).order_by(_page.id.desc()).limit(most)
    return [_line(row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class AliasLine:
    """An address that leads to a page. ``key`` is what takes it off."""

    key: str
    url: str
    at: datetime


MOST_ALIASES = 200


def aliases_of(connection: Connection, site_id: int, key: str) -> list[AliasLine]:
    """The addresses that lead to the page with this key, also by way of others."""
    found: dict[str, AliasLine] = {}
    ends = [key]
    while ends and len(found) < MOST_ALIASES:
        leads = (_alias.site_id == site_id, _alias.to_key.in_(ends), _alias.expires_at.is_(None))
        query = select(_alias.key, _alias.url, _alias.at).where(*leads).order_by(_alias.url).limit(MOST_ALIASES)
        new = {row.key: AliasLine(*row) for row in connection.execute(query) if row.key not in found}
        found |= new
        ends = list(new)
    return list(found.values())


def _with_counts(connection: Connection, rows: Iterable[Row[Any]]) -> list[PageLine]:
    lines = [_line(row) for row in rows]
    of_page = (_comment.site_id, _comment.page_id)
    query = select(*of_page, _comment.status, func.count(), func.max(_comment.created_at)).group_by(
        *of_page, _comment.status
    )
    counts: dict[tuple[int, int], dict[str, Any]] = {}
    keys = [(line.site_id, line.id) for line in lines]
    for site_id, page_id, status, number, last in connection.execute(query.where(tuple_(*of_page).in_(keys))):
        count = counts.setdefault((site_id, page_id), {"shown": 0, "others": 0})
        count["shown" if status == Status.APPROVED else "others"] += number
        if status == Status.APPROVED:
            count["last_at"] = last
    return [replace(line, **counts.get((line.site_id, line.id), {})) for line in lines]


def _line(row: Row[Any]) -> PageLine:
    names = ("site_id", "id", "key", "url", "title", "closed", "created_at")
    return PageLine(**{name: row._mapping[name] for name in names}, pinned=row.pinned_id is not None)
