"""What this process knows of pages: their id, version and whether they are closed, for one second."""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db import tables
from service.pages import PageRef

FRESH = 1.0
"""Seconds. A change made by another process is seen after this; one made here, at once."""

_MOST = 20_000
_COUNTS = 50_000
_page = tables.page.c
_VERSION = (_page.id, _page.version, _page.closed, _page.title)


@dataclass(frozen=True, slots=True)
class Version:
    """``page_id`` and ``number`` are 0 for a page that has no comments yet."""

    page_id: int
    number: int
    closed: bool
    title: str


UNREAD = Version(0, 0, closed=False, title="")
"""Of a page that has no comments yet, or that cannot be read: enough to give a form back."""


class Versions:
    """The pages asked for most recently. ``changes`` moves with every change that is noticed; what is made of many
    pages is kept for a ``moment()``.
    """

    def __init__(self) -> None:
        self.changes = 0
        self._known: OrderedDict[tuple[int, str], tuple[float, Version]] = OrderedDict()

    def known(self, page: PageRef) -> Version | None:
        """The page's version if it was read within the last second."""
        entry = self._known.get((page.site_id, page.key))
        return entry[1] if entry and time.monotonic() - entry[0] < FRESH else None

    def moment(self) -> tuple[int, int]:
        """The same for a second at most, and until something changes here."""
        return self.changes, int(time.monotonic() / FRESH)

    def last_known(self, page: PageRef) -> Version | None:
        """The page's version as it was read last, however long ago: for when the database does not answer."""
        entry = self._known.get((page.site_id, page.key))
        return entry and entry[1]

    def learn(self, page: PageRef, version: Version) -> None:
        """Remember what was read just now."""
        key = (page.site_id, page.key)
        entry = self._known.get(key)
        if entry is not None and entry[1] != version:
            self.changes += 1
        self._known[key] = (time.monotonic(), version)
        self._known.move_to_end(key)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def forget(self, page: PageRef) -> None:
        """The page has changed here."""
        self.changes += 1
        self._known.pop((page.site_id, page.key), None)

    def forget_all(self) -> None:
        """Many pages may have changed here."""
        self.changes += 1
        self._known.clear()


class Counts:
    """How many comments pages show, each number for a version of its page."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()

    def known(self, site_id: int, version: Version) -> int | None:
        """The number of comments of this version, if it was counted."""
        if not version.page_id:
            return 0
        number, count = self._known.get((site_id, version.page_id), (-1, 0))
        return count if number == version.number else None

    def learn(self, site_id: int, version: Version, count: int) -> None:
        """Remember what was counted just now."""
        key = (site_id, version.page_id)
        self._known[key] = (version.number, count)
        self._known.move_to_end(key)
        if len(self._known) > _COUNTS:
            self._known.popitem(last=False)


def read_version(connection: Connection, page: PageRef) -> Version:
    """The page's version."""
    row = connection.execute(select(*_VERSION).where(_page.site_id == page.site_id, _page.key == page.key)).first()
    return Version(*row) if row else UNREAD


def read_versions(connection: Connection, pages: Sequence[PageRef]) -> dict[PageRef, Version]:
    """The versions of many pages."""
    by_site: defaultdict[int, dict[str, PageRef]] = defaultdict(dict)
    for page in pages:
        by_site[page.site_id][page.key] = page

    found: dict[str, Version] = {}
    for site_id, keys in by_site.items():
        query = select(_page.key, *_VERSION).where(_page.site_id == site_id, _page.key.in_(list(keys)))
        found |= {key: Version(*version) for key, *version in connection.execute(query)}
    return {page: found.get(page.key, UNREAD) for page in pages}
