"""The site of the demo article, which gets the address of the service when that changes."""

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, or_, select, update

from db import tables
from service.comments.write_statements import NEXT_VERSION_VALUES
from service.known_sites import FOR_DEMO, KnownSite, known_sites
from service.page_address import key_on
from service.pages.page_locks import lock_site
from service.sites import register
from service.web_origin import origin_of, site_origin

log = logging.getLogger(__name__)

_page, _alias, _site = tables.page.c, tables.page_alias.c, tables.site.c


def register_demo(connection: Connection, public_url: str, listed: Collection[str], at: datetime) -> None:
    """Register the origin of the demo article, unless it is a site's already. A site that was made for the demo at
    another address gets this one and keeps its comments, unless it has another use or is ``listed`` in the settings.
    """
    origin = origin_of(public_url)
    if urlsplit(public_url).path.strip("/"):  # a path of the owner's own site
        register(connection, origin, at)
        return
    known, kept = known_sites(connection), set(map(site_origin, listed))
    owner = known.of(origin)
    if owner is not None and (owner.origin == origin or not owner.rules.demo):
        return
    for found in [owner] if owner else reversed(known.all):
        site = lock_site(connection, found.id)
        if site.origin == origin:  # another process was first
            return
        if site.rules.demo and site.origin not in kept and _shows_only_the_demo(connection, site):
            _rename(connection, site, origin)
            return
    register(connection, origin, at, FOR_DEMO)


def _shows_only_the_demo(connection: Connection, site: KnownSite) -> bool:
    others = select(_page.id).where(_page.site_id == site.id, _page.key != key_on(site, f"{site.origin}/"))
    aliases = select(_alias.key).where(_alias.site_id == site.id)
    return not connection.execute(select(or_(others.exists(), aliases.exists()))).scalar_one()


def _rename(connection: Connection, site: KnownSite, origin: str) -> None:
    """The address before stays the site's, too: forms that are open there, and another process that listens there."""
    rules = replace(site.rules, origins=(site.origin,))
    url = f"{origin}/"
    moved = {"url": url, "key": key_on(KnownSite(site.id, origin, rules), url), **NEXT_VERSION_VALUES}
    connection.execute(update(tables.page).where(_page.site_id == site.id).values(moved))
    connection.execute(update(tables.site).where(_site.id == site.id).values(origin=origin, page_rules=rules.stored))
    log.info("the demo has another address", extra={"site": site.id, "origin": origin})
