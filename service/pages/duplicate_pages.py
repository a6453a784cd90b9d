"""Pages that are likely one: spelled nearly alike, or with the same title under the same name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import Connection

from service.pages.page_list import PageLine, all_lines, lines_of

MOST_PAGES = 3000
"""The newest pages of a site, among which is searched."""

MOST_GROUPS = 50
_INDEX = re.compile(r"(?:index|default)\.[a-z]{2,5}\Z")
_ENDING = re.compile(r"\.(?:html?|php|aspx?|md)\Z")


class Likeness(StrEnum):
    """Why pages are likely one. ``SPELLING``: scheme, ``www.``, slash, index file, ending or capitals differ alone."""

    SPELLING = "spelling"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class LikelyOne:
    """Pages that are likely one, the one that should stay first."""

    why: Likeness
    pages: Sequence[PageLine]


def likely_duplicates(connection: Connection, site_id: int) -> list[LikelyOne]:
    """Groups of pages of a site that are likely one, those spelled alike first."""
    groups = list(_grouped(all_lines(connection, site_id, MOST_PAGES)))[:MOST_GROUPS]
    counted = lines_of(connection, site_id, {page.id for group in groups for page in group.pages})
    return [LikelyOne(group.why, _best_first([counted[page.id] for page in group.pages])) for group in groups]


def _grouped(pages: Iterable[PageLine]) -> Iterable[LikelyOne]:
    spelled: defaultdict[str, list[PageLine]] = defaultdict(list)
    titled: defaultdict[tuple[str, str], list[PageLine]] = defaultdict(list)
    for page in pages:
        path, query = _loose(page.url)
        spelled[f"{path}?{query}"].append(page)
        if page.title and path:
            titled[page.title.casefold(), path.rpartition("/")[2]].append(page)
    seen = set()
    for why, groups in ((Likeness.SPELLING, spelled.values()), (Likeness.TITLE, titled.values())):
        for group in groups:
            ids = frozenset(page.id for page in group)
            if len(group) > 1 and ids not in seen:
                seen.add(ids)
                yield LikelyOne(why, group)


def _loose(url: str) -> tuple[str, str]:
    """Path and parameters of an address, without what rarely makes another page."""
    parts = urlsplit(url.lower())
    path = _ENDING.sub("", _INDEX.sub("", parts.path).rstrip("/"))
    return path, "&".join(sorted(parts.query.split("&")))


def _best_first(pages: Sequence[PageLine]) -> list[PageLine]:
    return sorted(pages, key=lambda page: (-page.shown, len(page.url), page.id))
