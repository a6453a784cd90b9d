"""Where the pages of an import go, as its owner types it: by command, or in the admin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.importers.incoming_comments import PageMappings
from service.importers.page_moves import moved_pages, read_redirects
from service.known_sites import KnownSite


@dataclass(frozen=True, slots=True)
class Places:
    """``pages`` are POST=URL, ``moved`` OLD=NEW, ``hosts`` the blog's other hosts, ``slugs`` a path with ``{slug}``;
    ``redirects`` is the place of a CSV, ``called`` its name with its owner if that is another."""

    pages: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    redirects: str = ""
    hosts: tuple[str, ...] = ()
    slugs: str = ""
    called: str = ""

    @classmethod
    def of(cls, options: Mapping[str, Any], redirects: str = "") -> "Places":
        """What ``as_options`` made, with the file ``redirects`` if they name one."""
        pages, moved, hosts = (tuple(options.get(name, ())) for name in ("pages", "moved", "hosts"))
        called = options.get("redirects", "")
        return cls(pages, moved, redirects if called else "", hosts, options.get("slugs", ""), called)

    def as_options(self) -> dict[str, Any]:
        """As values for JSON. Of the CSV only its name."""
        lists = {"pages": list(self.pages), "moved": list(self.moved), "hosts": list(self.hosts)}
        return {**lists, "slugs": self.slugs, "redirects": self.redirects}

    def read(self, site: KnownSite) -> PageMappings:
        """What it says, for a site. Raises BadPage for what cannot be understood."""
        moved = moved_pages(self.moved, site.origin)
        if self.redirects:
            moved += read_redirects(self.redirects, site.origin, self.called)
        return PageMappings.of(
            site.id, site.origin, self.pages, rules=site.rules, moved=moved, hosts=self.hosts, slugs=self.slugs
        )
