"""``/pages``: the pages that have comments."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy import Connection

from service.comments.page_actions import close_page, rename_page
from service.comments.side_effects import Key as PageKey
from service.comments.validation import LONGEST_TITLE, page_title
from service.comments.write_statements import lock_page
from service.pages.page_list import AdminPageList as FoundPages
from service.pages.page_list import PageLine, find_page_line, list_pages, page_line_at
from service.protocols.api.api_call import ApiAnswer, Call, Changed, if_unchanged, tagged, there
from service.protocols.api.common_shapes import (
    Key,
    Limit,
    NoBody,
    NoQuery,
    PageAddress,
    QuerySite,
    Shape,
    key_of,
    key_text,
)


class Page(Shape):
    """A page. ``count``: its approved comments."""

    untagged: ClassVar[set[str]] = {"count"}
    id: Key
    site: int
    url: str
    title: str
    closed: bool
    created_at: datetime
    count: int

    @classmethod
    def of(cls, page: PageLine) -> "Page":
        """As a list has it."""
        values = {name: getattr(page, name) for name in ("url", "title", "closed", "created_at")}
        return cls(id=key_text(page.site_id, page.id), site=page.site_id, count=page.shown, **values)


class PageQuery(Shape):
    """``url``: any spelling of a page's address. ``before``: the value of ``next``."""

    site: QuerySite | None = None
    url: PageAddress | None = None
    before: Key | None = None
    limit: Limit = 25


class PageList(Shape):
    """A part of the pages, newest first."""

    items: list[Page]
    next: Key | None


class PageChange(Shape):
    """The changes; members that are missing or null stay."""

    closed: Annotated[bool | None, Field(description="Whether new comments are refused.")] = None
    title: Annotated[str | None, Field(min_length=1, max_length=LONGEST_TITLE)] = None


async def list_pages_of_sites(call: Call[PageQuery, NoBody]) -> ApiAnswer:
    """Pages of the admin's sites, newest first."""
    query, sites = call.query, call.admin.sites
    if query.site is not None:
        sites = frozenset({query.site}) & (sites if sites is not None else {query.site})
    if query.url is not None:
        page = await call.context.page(query.url)
        line = await call.context.read(page_line_at, page.site_id, page.key)
        is_seen = line is not None and (sites is None or line.site_id in sites)
        return ApiAnswer(PageList(items=[Page.of(line)] if line is not None and is_seen else [], next=None))
    before = key_of(query.before) if query.before else None
    found: FoundPages = await call.context.search(list_pages, sites, before=before, most=query.limit)
    last = None if found.older is None else key_text(*found.older)
    return ApiAnswer(PageList(items=[Page.of(line) for line in found.pages], next=last))


async def read_page(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """A page, with its ETag."""
    return tagged(Page.of(there(await call.context.read(find_page_line, call.key))))


async def change_page(call: Call[NoQuery, PageChange]) -> ApiAnswer:
    """Close a page, open it, or give it another title."""
    key, body, if_match, admin_id = call.key, call.body, call.if_match, call.admin.id

    def change(connection: Connection) -> Page | None:
        current = _locked(connection, key)
        if current is None:
            return None
        if not if_match.allows(Page.of(current)):
            raise Changed
        if body.title is not None:
            rename_page(connection, key, page_title(body.title), admin_id, call.now)
        if body.closed is not None:
            close_page(connection, key, admin_id, call.now, closed=body.closed)
        return Page.of(there(find_page_line(connection, key)))

    return tagged(there(await if_unchanged(call.write(change))))


def _locked(connection: Connection, key: PageKey) -> PageLine | None:
    lock_page(connection, *key)
    return find_page_line(connection, key)
