"""The registered sites with their rules, as stored."""

from sqlalchemy import Connection, select

from db import tables
from service.address_rules import KnownSite, KnownSites, PageRules

_site = tables.site.c
SiteRows = list[tuple[int, str, str | None]]
"""The id, the origin and the stored rules of each site."""


def read_site_rows(connection: Connection) -> SiteRows:
    """The rows that ``known_sites`` is made of: cheap to read, and to compare with those of the last time."""
    rows = connection.execute(select(_site.id, _site.origin, _site.page_rules).order_by(_site.id))
    return [(row.id, row.origin, row.page_rules) for row in rows]


def sites_of_rows(rows: SiteRows) -> KnownSites:
    """The sites of these rows."""
    return KnownSites(KnownSite(number, origin, PageRules.read(stored)) for number, origin, stored in rows)


def known_sites(connection: Connection) -> KnownSites:
    """All registered sites."""
    return sites_of_rows(read_site_rows(connection))


def read_site(connection: Connection, site_id: int) -> KnownSite | None:
    """A site with the rules that are in force; None if it does not exist."""
    query = select(_site.origin, _site.page_rules).where(_site.id == site_id)
    row = connection.execute(query).first()
    return KnownSite(site_id, row.origin, PageRules.read(row.page_rules)) if row else None
