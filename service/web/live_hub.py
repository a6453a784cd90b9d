"""Who has a page open and hears of its new comments, and what they were told last.

One query a second asks the database for the versions of all these pages together, so comments stored by other processes
are noticed too, and a thousand open pages cost no more than one. A connection costs memory, and time only when it is
told something.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.comments.changes_for_caches import Changes
from service.comments.thread_tree import count_shown
from service.page_address import PageRef
from service.web.render.thread_cache import PageVersion

SILENCE = 45.0
"""Seconds after which a connection is sent a line without meaning: proxies close one that is silent for a minute."""

STILL_HERE = b":\n\n"

_comment = tables.comment.c


class Listener(Protocol):
    """What is used of a connection. It is hashed by identity."""

    def tell(self, event: bytes) -> None:
        """Send an event, in place of one that is not on its way yet."""


@dataclass(frozen=True, slots=True)
class PageNews:
    """How many comments a page shows, and which is the newest, 0 for none. It was read after ``version`` was."""

    version: PageVersion
    count: int
    newest: int

    @property
    def event(self) -> bytes:
        """What a browser is sent. With the version it knows when its page is newer than this: it may have been loaded
        before the next look at the database, or from another process."""
        said = {"count": self.count, "newest": str(self.newest), "version": self.version.tag}
        return b"data: %b\n\n" % json.dumps(said, separators=(",", ":")).encode()


@dataclass(slots=True)
class _OpenPage:
    """``news``: what was told last; None before the first look."""

    news: PageNews | None = None
    listeners: dict[Listener, None] = field(default_factory=dict)


class LiveHub:
    """The pages that somebody has open. All of it runs on the event loop."""

    def __init__(self) -> None:
        self._pages: dict[PageRef, _OpenPage] = {}
        self._written: OrderedDict[Listener, float] = OrderedDict()  # → loop time of the last line, the oldest first
        self.wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._written)

    @contextmanager
    def joined(self, page: PageRef, listener: Listener) -> Iterator[None]:
        """Tell ``listener`` of a page's comments, at once and whenever they change."""
        opened = self._pages.setdefault(page, _OpenPage())
        opened.listeners[listener] = None
        self._written[listener] = asyncio.get_running_loop().time()
        if opened.news:
            listener.tell(opened.news.event)
        else:
            self.wake.set()
        try:
            yield
        finally:
            del self._written[listener], opened.listeners[listener]
            if not opened.listeners and self._pages.get(page) is opened:
                del self._pages[page]

    @property
    def pages(self) -> list[PageRef]:
        """The pages that are open somewhere."""
        return list(self._pages)

    def changes_seen(self, changes: Changes) -> None:
        """This process has changed something: look now, not in a second."""
        if self._pages and (changes.page_ids or changes.page_keys):
            self.wake.set()

    def changed(self, versions: Mapping[PageRef, PageVersion]) -> dict[PageRef, PageVersion]:
        """Those of ``versions`` that were sent to nobody."""
        return {page: new for page, new in versions.items() if page in self._pages and self._version(page) != new}

    def _version(self, page: PageRef) -> PageVersion | None:
        news = self._pages[page].news
        return news.version if news else None

    def tell(self, news: Mapping[PageRef, PageNews]) -> None:
        """Send what is new to everybody who has the page open. A version that shows nothing new is told to nobody."""
        now = asyncio.get_running_loop().time()
        for page, new in news.items():
            opened = self._pages.get(page)
            if opened is None:
                continue
            old, opened.news = opened.news, new
            if old and (old.count, old.newest) == (new.count, new.newest):
                continue
            for listener in opened.listeners:
                self._tell(listener, new.event, now)

    def break_silence(self) -> None:
        """Send a line to every connection that has heard nothing for ``SILENCE`` seconds."""
        now = asyncio.get_running_loop().time()
        while self._written:
            listener, written = next(iter(self._written.items()))
            if written > now - SILENCE:
                return
            self._tell(listener, STILL_HERE, now)

    def _tell(self, listener: Listener, event: bytes, now: float) -> None:
        self._written[listener] = now
        self._written.move_to_end(listener)
        listener.tell(event)


def read_news(connection: Connection, pages: Iterable[tuple[PageRef, PageVersion]]) -> dict[PageRef, PageNews]:
    """The news of each page."""
    return {page: _news(connection, page.site_id, version) for page, version in pages}


def _news(connection: Connection, site_id: int, version: PageVersion) -> PageNews:
    page_id = version.page_id
    is_shown = (_comment.site_id == site_id, _comment.page_id == page_id, _comment.status == Status.APPROVED)
    newest = select(_comment.id).where(*is_shown).order_by(_comment.created_at.desc(), _comment.id.desc()).limit(1)
    found = connection.execute(newest).scalar() or 0
    return PageNews(version, count_shown(connection, site_id, page_id) if found else 0, found)
