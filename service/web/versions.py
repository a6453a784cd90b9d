"""What this process knows of pages: their id, version and whether they are closed, for one second."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db import tables
from service.pages import PageRef

FRESH = 1.0
"""Seconds. A change made by another process is seen after this; one made here, at once."""

_MOST = 20_000
_page = tables.page.c


@dataclass(frozen=True, slots=True)
class Version:
    """``page_id`` and ``number`` are 0 for a page that has no comments yet."""

    page_id: int
    number: int
    closed: bool
    title: str


UNREAD = Version(0, 0, closed=False, title="")
"""What is taken for true of a page that cannot be read: enough to give a form back."""


class Versions:
    """The pages asked for most recently."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str], tuple[float, Version]] = OrderedDict()

    def known(self, page: PageRef) -> Version | None:
        """The page's version if it was read within the last second."""
        entry = self._known.get((page.site_id, page.key))
        return entry[1] if entry and time.monotonic() - entry[0] < FRESH else None

    def last_known(self, page: PageRef) -> Version | None:
        """The page's version as it was read last, however long ago: for when the database does not answer."""
        entry = self._known.get((page.site_id, page.key))
        return entry and entry[1]

    def learn(self, page: PageRef, version: Version) -> None:
        """Remember what was read just now."""
        key = (page.site_id, page.key)
        self._known[key] = (time.monotonic(), version)
        self._known.move_to_end(key)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def forget(self, page: PageRef) -> None:
        """The page has changed here."""
        self._known.pop((page.site_id, page.key), None)

    def forget_all(self) -> None:
        """Many pages may have changed here."""
        self._known.clear()


def read_version(page: PageRef) -> Callable[[Connection], Version]:
    """A question to the database: the page's version."""

    def read(connection: Connection) -> Version:
        row = connection.execute(
            select(_page.id, _page.version, _page.closed, _page.title).where(
                _page.site_id == page.site_id, _page.key == page.key
            )
        ).first()
        return Version(*row) if row else UNREAD

    return read
