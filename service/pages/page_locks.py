"""Locks for what changes the addresses of pages.

A post that creates a page shares the lock of its site (``comments.aliases.settle``), and one to a page that is there
locks it. So no page is created at an address that is given to another one, and no comment is left on a page that goes.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, collate, select

from db import tables
from service.known_sites import KnownSite, read_site

_page, _site = tables.page.c, tables.site.c


class NoSuchSite(LookupError):
    """The site was removed meanwhile."""


def lock_site(connection: Connection, site_id: int) -> KnownSite:
    """Lock the addresses of a site's pages until the transaction ends. Returns the site with the rules in force.

    Raises NoSuchSite. SQLite's writer has locked the whole file already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(_site.id).where(_site.id == site_id).with_for_update(key_share=True))
    site = read_site(connection, site_id)
    if site is None:
        raise NoSuchSite(site_id)
    return site


def lock_whole_pages(connection: Connection, site_id: int, page_ids: Collection[int]) -> Mapping[int, Row[Any]]:
    """The rows of these pages by id, of those that exist, locked in the order in which all transactions lock them."""
    query = select(tables.page).where(_page.site_id == site_id, _page.id.in_(page_ids))
    if connection.dialect.name == "postgresql":
        query = query.order_by(collate(_page.key, "C")).with_for_update()
    return {row.id: row for row in connection.execute(query)}


def page_at(connection: Connection, site_id: int, key: str) -> int | None:
    """The id of the page with this key; None if it does not exist."""
    found = connection.execute(select(_page.id).where(_page.site_id == site_id, _page.key == key)).scalar()
    return None if found is None else int(found)
