"""The page of an address: its own; the one to which it leads, such as the old address of a page that has moved; or else
a new one, which the first comment creates."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from db import tables
from db.column_types import new_id
from db.dialect_sql import insert_if_absent
from db.job_steps import Step, Steps
from db.prepared_statements import Prepared, Row
from service.comments import write_statements
from service.comments.changes_for_caches import page_changed, page_posted_to
from service.known_sites import read_site
from service.page_address import PageRef, key_on

MOST_STEPS = 10
"""Moves of one page that an address is followed through; ``add_alias`` makes no circle."""

_alias, _site = tables.page_alias.c, tables.site.c
_FIND = Prepared(
    select(_alias.to_key, _alias.to_url).where(_alias.site_id == bindparam("b_site"), _alias.key == bindparam("b_key"))
)


def find_or_create_page(connection: Connection, page: PageRef, at: datetime, *, advance: bool) -> Steps[Row]:
    """The page, created with its first comment: id, version, closed, title, whether that is checked, and
    whether its site has webhooks. An old address leads to the page that its comments went to.

    ``advance``: for an approved comment the version is advanced here. It stays so if the comment is refused later: the
    unchanged thread is then rendered once more.
    """
    find_page = write_statements.ADVANCE_PAGE_BY_KEY if advance else write_statements.FIND_PAGE
    found: list[Row] = yield Step(find_page, {"b_site": page.site_id, "b_key": page.key})
    page_posted_to(connection, page.site_id, page.key)
    if found:
        return found[0]
    there = settle(connection, page)
    page_key = {"b_site": there.site_id, "b_key": there.key}
    row = find_page.first(connection, page_key)
    if row is None:
        address = {"site_id": there.site_id, "id": new_id(), "key": there.key, "url": there.url}
        new_page = {"title": "", "closed": False, "version": 1, "created_at": at}
        insert_if_absent(connection, tables.page, address | new_page)
        (row,) = find_page.rows(connection, page_key)
    if there.key != page.key:
        page_changed(connection, page.site_id, row[0])
    return row


def follow(connection: Connection, page: PageRef) -> PageRef | None:
    """Where an address leads that is not a page's own; None if it leads nowhere."""
    found = None
    for _ in range(MOST_STEPS):
        row = _FIND.first(connection, {"b_site": page.site_id, "b_key": (found or page).key})
        if row is None:
            return found
        found = PageRef(page.site_id, row[1], row[0])
    return found


def follow_all(connection: Connection, site_id: int, keys: Collection[str]) -> dict[str, str]:
    """Key → the key of the page that it leads to, of those that lead somewhere."""
    leads = {key: key for key in keys}
    for _ in range(MOST_STEPS):
        query = select(_alias.key, _alias.to_key)
        query = query.where(_alias.site_id == site_id, _alias.key.in_(set(leads.values())))
        steps = {key: to_key for key, to_key in connection.execute(query)}  # noqa: C416 - rows
        if not steps:
            break
        leads = {key: steps.get(now, now) for key, now in leads.items()}
    return {key: now for key, now in leads.items() if now != key}


def settle(connection: Connection, page: PageRef) -> PageRef:
    """The page that an address means by the rules in force and the aliases of now.

    To be called where no page has the key, before one is created: the process may not know the newest rules yet. No
    page moves until the transaction ends: see ``page_locks.lock_site``.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(_site.id).where(_site.id == page.site_id).with_for_update(read=True))
    site = read_site(connection, page.site_id)
    now = PageRef(page.site_id, page.url, key_on(site, page.url)) if site else page
    return follow(connection, now) or now


def add_alias(connection: Connection, row: dict[str, object]) -> None:
    """Let an address lead to another; ``row`` is that of ``page_alias``. It replaces what the address led to."""
    remove_alias(connection, row["site_id"], row["key"])
    connection.execute(tables.page_alias.insert(), row)


def remove_alias(connection: Connection, site_id: object, key: object) -> bool:
    """Take an alias off. Returns False if it does not exist."""
    gone = delete(tables.page_alias).where(_alias.site_id == site_id, _alias.key == key)
    return connection.execute(gone).rowcount == 1
