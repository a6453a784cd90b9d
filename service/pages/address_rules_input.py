"""Rules of a site as somebody typed them, for the form and for programs."""

import re
from dataclasses import replace
from enum import StrEnum

from service.known_sites import KnownSite, KnownSites, PageRules
from service.language import N_
from service.web_origin import BadPage, origin_of

MOST_NAMES = 50
_FILE = re.compile(r"[A-Za-z0-9._-]{1,60}")
_LONGEST_PARAMETER = 100


class RulesProblem(StrEnum):
    """Why rules cannot be used."""

    TOO_MANY = N_("At most %(number)s can be named.")
    NO_FILE = N_("“%(name)s” is not a file name such as index.html.")
    PARAMETER = N_("The name of a parameter has at most %(number)s characters.")
    NO_SITE = N_("“%(typed)s” is not the address of a site, such as https://www.example.com.")
    OTHER_SITE = N_("%(origin)s belongs to the site %(site)s.")


class BadRules(ValueError):
    """The rules cannot be used. The message says why, ``field`` where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def checked_rules(rules: PageRules, site: KnownSite, sites: KnownSites) -> PageRules:
    """The rules with each origin as browsers send it, and nothing twice. Raises BadRules."""
    for field in ("origins", "index_files", "names"):
        if len(getattr(rules, field)) > MOST_NAMES:
            raise BadRules(field, RulesProblem.TOO_MANY % {"number": MOST_NAMES})
    if bad := next((name for name in rules.index_files if not _FILE.fullmatch(name)), None):
        raise BadRules("index_files", RulesProblem.NO_FILE % {"name": bad[:60]})
    if any(len(name) > _LONGEST_PARAMETER for name in rules.names):
        raise BadRules("names", RulesProblem.PARAMETER % {"number": _LONGEST_PARAMETER})
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
        raise BadRules("origins", RulesProblem.NO_SITE % {"typed": typed[:100]}) from error
    owner = sites.of(origin)
    if owner is not None and owner.id != site.id:
        raise BadRules("origins", RulesProblem.OTHER_SITE % {"origin": origin, "site": owner.origin})
    return origin
