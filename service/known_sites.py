"""The registered sites, with the rules that their owners set: which spellings of an address are one page."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from db import tables
from service.web_origin import is_this_machine

Resolved = tuple[int, str, str]
"""The id of the site, the address as given, and the key of a page."""

_MOST_RESOLVED = 4096


@dataclass(frozen=True, slots=True)
class PageRules:
    """What makes no difference. The defaults are how all sites were treated before there were rules.

    ``any_scheme``: http and https; ``any_www``: a host with and without ``www.``; ``origins``: further origins of the
    site; ``index_files``: names of files that are their folder. ``slash``: a slash at the end makes another page;
    ``case``: so do capitals in the path. ``parameters``: all make another page, except ``names``; if False, no
    parameter does, except ``names``. ``any_port``: every origin of this machine that no other site has, by any name and
    port; it counts only for a site of this machine itself. ``demo``: the site was made for the demo article, and gets
    the address of the service when that changes; it ends when somebody sets other rules.
    """

    any_scheme: bool = False
    any_www: bool = False
    origins: tuple[str, ...] = ()
    index_files: tuple[str, ...] = ()
    slash: bool = False
    case: bool = True
    parameters: bool = True
    names: tuple[str, ...] = ()
    any_port: bool = False
    demo: bool = False

    @classmethod
    def read(cls, stored: str | None) -> "PageRules":
        """The rules of a site as stored. What a newer version has added is left out."""
        if stored is None:
            return AS_BEFORE
        values: dict[str, Any] = json.loads(stored)
        known = {each.name for each in fields(cls)}
        return cls(**{name: _fixed(value) for name, value in values.items() if name in known})

    @property
    def stored(self) -> str:
        """The rules as they are stored."""
        return json.dumps(asdict(self), sort_keys=True)

    def keeps(self, parameter: str) -> bool:
        """Whether a parameter of this name makes another page."""
        return (parameter in self.names) != self.parameters

    def is_index(self, name: str) -> bool:
        """Whether a file of this name is its folder."""
        return name in self.index_files or (not self.case and name.lower() in map(str.lower, self.index_files))


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


AS_BEFORE = PageRules()
FOR_NEW_SITES = PageRules(any_scheme=True, any_www=True, index_files=("index.html", "index.htm", "index.php"))
FOR_DEV_SERVERS = replace(FOR_NEW_SITES, any_port=True)
FOR_DEMO = replace(FOR_NEW_SITES, demo=True)


def spellings(origin: str, rules: PageRules) -> Iterator[str]:
    """All origins that are a site's, its registered one first."""
    for each in (origin, *rules.origins):
        scheme, _, host = each.partition("://")
        hosts = (host, _other_www(host)) if rules.any_www else (host,)
        schemes = dict.fromkeys((scheme, "https", "http")) if rules.any_scheme else (scheme,)
        yield from (f"{one}://{name}" for name in hosts if name for one in schemes)


def _other_www(host: str) -> str:
    """``www.a.example`` for ``a.example``, and the other way round; empty for what is no name, such as 127.0.0.1."""
    if host.startswith("www."):
        return host.removeprefix("www.")
    name = host.partition(":")[0]
    return "" if "." not in name or name.rpartition(".")[2].isdigit() or host.startswith("[") else f"www.{host}"


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A registered site with its rules."""

    id: int
    origin: str
    rules: PageRules = AS_BEFORE

    @property
    def is_for_dev_servers(self) -> bool:
        """Whether the pages of this machine's dev servers are this site's."""
        return self.rules.any_port and is_this_machine(urlsplit(self.origin).hostname or "")


class KnownSites:
    """The registered sites, by every origin that is theirs.

    An origin that is registered is a site of its own, whatever another site's rules say. The pages of recent addresses
    are kept, so that each is parsed once.
    """

    def __init__(self, sites: Iterable[KnownSite]) -> None:
        self.all = tuple(sites)
        self._by_origin = {site.origin: site for site in self.all}
        for site in self.all:
            for origin in spellings(site.origin, site.rules):
                self._by_origin.setdefault(origin, site)
        self._dev_servers = next((site for site in self.all if site.is_for_dev_servers), None)
        self._resolved: dict[str, Resolved] = {}

    @classmethod
    def plain(cls, sites: Mapping[str, int]) -> "KnownSites":
        """Sites without rules, from origin → id."""
        return cls(KnownSite(number, origin) for origin, number in sites.items())

    @property
    def ids(self) -> frozenset[int]:
        """The ids of all sites."""
        return frozenset(site.id for site in self.all)

    def __contains__(self, origin: str) -> bool:
        return self.of(origin) is not None

    def of(self, origin: str) -> KnownSite | None:
        """The site of an origin; None for an unknown one."""
        site = self._by_origin.get(origin)
        if site is None and self._dev_servers and is_this_machine(urlsplit(origin).hostname or ""):
            return self._dev_servers
        return site

    def may_be_asked(self, origin: str) -> bool:
        """Whether the service may fetch pages of an origin: those of a site that is for any port would be every program
        on this machine."""
        site = self._by_origin.get(origin)
        return site is not None and not site.is_for_dev_servers

    def by_id(self, site_id: int) -> KnownSite | None:
        """The site with this id; None if it does not exist."""
        return next((site for site in self.all if site.id == site_id), None)

    def resolved(self, address: str) -> Resolved | None:
        """The page of an address that was kept; None for others."""
        return self._resolved.get(address)

    def keep(self, address: str, found: Resolved) -> None:
        """Keep the page of an address. When full, all are dropped."""
        if len(self._resolved) >= _MOST_RESOLVED:
            self._resolved.clear()
        self._resolved[address] = found


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
