"""A page gets another address, and its old one leads to it; an address without a page is made to lead to one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update

from db import tables
from db.column_types import new_id
from service.action_log import Act, ActKind, record
from service.comments import side_effects
from service.comments.find_page import add_alias, follow, remove_alias
from service.comments.side_effects import Key
from service.comments.write_statements import NEXT_VERSION_VALUES
from service.known_sites import KnownSite, KnownSites
from service.page_address import PageRef, resolve
from service.pages.page_changes import ChangeKind, Click, note, snapshot
from service.pages.page_locks import lock_site, lock_whole_pages, page_at

_page, _alias, _post = tables.page.c, tables.page_alias.c, tables.wordpress_post.c


class MoveOutcome(StrEnum):
    """What came of an act. ``TAKEN``: another page has the address. ``CIRCLE``: it would lead back to itself."""

    DONE = "done"
    SAME = "same"
    GONE = "gone"
    TAKEN = "taken"
    CIRCLE = "circle"


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a site as given, and its key."""

    url: str
    key: str


def address_on(site: KnownSite, typed: str) -> Address:
    """An address of a site, whole or as a path such as ``/one/``. Raises BadPage, also for one of another site."""
    typed = typed.strip()
    page = resolve(site.origin + typed if typed.startswith("/") else typed, KnownSites([site]))
    return Address(page.url, page.key)


def move_page(connection: Connection, page: Key, typed: str, click: Click) -> MoveOutcome:
    """Give a page another address of its site. Comments, their numbers and all else stay. Raises BadPage."""
    site = lock_site(connection, page[0])
    to = address_on(site, typed)
    row = lock_whole_pages(connection, site.id, [page[1]]).get(page[1])
    if row is None:
        return MoveOutcome.GONE
    if row.url == to.url:
        return MoveOutcome.SAME
    if row.key != to.key and page_at(connection, site.id, to.key):
        return MoveOutcome.TAKEN
    led = alias_at(connection, site.id, to.key)
    before = snapshot(row) | {"to": to.url, "alias": led}
    note(connection, site.id, new_id(), ChangeKind.MOVE, click, before, page_id=page[1])
    set_address(connection, site.id, row, to, click)
    if not click.quiet:
        content = {"page": f"{row.url} → {to.url}"}
        record(connection, site.id, Act(ActKind.MOVE, click.at, click.admin_id, batch=click.batch, content=content))
    return MoveOutcome.DONE


def set_address(connection: Connection, site_id: int, row: Any, to: Address, click: Click) -> None:
    """Write a page's new address. ``row`` is as it was before; the address in it leads to the page from now on."""
    is_page = (_page.site_id == site_id, _page.id == row.id)
    remove_alias(connection, site_id, to.key)
    values = {"key": to.key, "url": to.url, **NEXT_VERSION_VALUES}
    connection.execute(update(tables.page).where(*is_page).values(values))
    name_posts_again(connection, site_id, row.key, to)
    if row.key != to.key:
        add_alias(connection, alias_row(site_id, Address(row.url, row.key), to, click))
    side_effects.pages_moved(connection, [(site_id, row.id)], click.at)


def give_alias(connection: Connection, site_id: int, old: str, new: str, click: Click) -> MoveOutcome:
    """Let an address without a page lead to another one, which need not have comments yet. Raises BadPage."""
    site = lock_site(connection, site_id)
    from_, to = address_on(site, old), address_on(site, new)
    if from_.key == to.key:
        return MoveOutcome.SAME
    if page_at(connection, site_id, from_.key):
        return MoveOutcome.TAKEN
    end = follow(connection, PageRef(site_id, to.url, to.key))
    if end is not None and end.key == from_.key:
        return MoveOutcome.CIRCLE
    led = alias_at(connection, site_id, from_.key)
    if led and led["to_key"] == to.key:
        return MoveOutcome.SAME
    note(connection, site_id, new_id(), ChangeKind.ALIAS, click, {"url": from_.url, "to": to.url, "alias": led})
    add_alias(connection, alias_row(site_id, from_, to, click))
    side_effects.pages_moved(connection, (), click.at, site_id)
    return MoveOutcome.DONE


def take_alias(connection: Connection, site_id: int, key: str, click: Click) -> bool:
    """Take off an alias by its key. Returns False without one. The next comment at the address makes a page."""
    lock_site(connection, site_id)
    led = alias_at(connection, site_id, key)
    if led is None:
        return False
    remove_alias(connection, site_id, key)
    side_effects.pages_moved(connection, (), click.at, site_id)
    note(connection, site_id, new_id(), ChangeKind.ALIAS, click, {"url": led["url"], "to": "", "alias": led})
    act = Act(ActKind.ALIAS_REMOVED, click.at, click.admin_id, batch=click.batch, content={"page": led["url"]})
    record(connection, site_id, act)
    return True


def alias_row(site_id: int, old: Address, to: Address, click: Click) -> dict[str, Any]:
    """The row of an alias."""
    row = {"site_id": site_id, "key": old.key, "url": old.url, "to_key": to.key, "to_url": to.url}
    return row | {"at": click.at, "expires_at": None}


def alias_at(connection: Connection, site_id: int, key: str) -> dict[str, str] | None:
    """Where an address leads, as JSON values; None if nowhere."""
    query = select(_alias.url, _alias.to_key, _alias.to_url).where(_alias.site_id == site_id, _alias.key == key)
    row = connection.execute(query).first()
    return dict(row._mapping) if row else None


def name_posts_again(connection: Connection, site_id: int, old_key: str, to: Address) -> list[int]:
    """Give the numbers of a WordPress post to another address. Returns the numbers."""
    of_page = (_post.site_id == site_id, _post.page_key == old_key)
    numbers = list(connection.execute(select(_post.post_id).where(*of_page)).scalars())
    if numbers:
        connection.execute(update(tables.wordpress_post).where(*of_page).values(page_key=to.key, page_url=to.url))
    return numbers
