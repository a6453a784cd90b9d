"""Rules of a site as somebody typed them, for the form and for programs."""

import re
from dataclasses import replace

from service.page_rules import KnownSite, KnownSites, PageRules
from service.urls import BadPage, origin_of

MOST_NAMES = 50
_FILE = re.compile(r"[A-Za-z0-9._-]{1,60}")
_LONGEST_PARAMETER = 100


class BadRules(ValueError):
    """The rules cannot be used. The message says why, ``field`` where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def checked_rules(rules: PageRules, site: KnownSite, sites: KnownSites) -> PageRules:
    """The rules with each origin as browsers send it, and nothing twice. Raises BadRules."""
    for field in ("origins", "index_files", "names"):
        if len(getattr(rules, field)) > MOST_NAMES:
            raise BadRules(field, f"At most {MOST_NAMES} can be named.")
    if bad := next((name for name in rules.index_files if not _FILE.fullmatch(name)), None):
        raise BadRules("index_files", f"“{bad[:60]}” is no name of a file, such as index.html.")
    if any(len(name) > _LONGEST_PARAMETER for name in rules.names):
        raise BadRules("names", f"The name of a parameter has at most {_LONGEST_PARAMETER} characters.")
    origins = dict.fromkeys(_origin(typed, site, sites) for typed in rules.origins)
    return replace(
        rules,
        origins=tuple(origin for origin in origins if origin != site.origin),
        index_files=tuple(dict.fromkeys(rules.index_files)),
        names=tuple(dict.fromkeys(rules.names)),
    )


def _origin(typed: str, site: KnownSite, sites: KnownSites) -> str:
    try:
        origin = origin_of(typed)
    except BadPage as error:
        raise BadRules(
            "origins", f"“{typed[:100]}” is no address of a site, such as https://www.example.com."
        ) from error
    owner = sites.of(origin)
    if owner is not None and owner.id != site.id:
        raise BadRules("origins", f"{origin} belongs to the site {owner.origin}.")
    return origin
