"""Caches of rendered threads, page versions and comment counts.

Entries are valid for one version of a page. Each visible change increments the version, so nothing has to be flushed.
"""

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select

from db import tables
from service.comment_row import SHOWN_TITLE
from service.comments.changes_for_caches import Changes
from service.comments.find_page import follow, follow_all
from service.page_address import PageRef
from service.web.render.fragment import Fragment

MAX_BYTES = 32 * 1024 * 1024


class _CachedFragment(NamedTuple):
    version: Hashable
    rendered: Fragment


class ThreadCache:
    """The most recently requested fragments, limited by their size in bytes."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._size = 0
        self.hits = 0
        self.misses = 0
        self._entries: OrderedDict[Hashable, _CachedFragment] = OrderedDict()
        self._under_way: dict[tuple[Hashable, Hashable], asyncio.Future[Fragment]] = {}

    @property
    def size(self) -> int:
        """The approximate size in bytes."""
        return self._size

    def has(self, key: Hashable, version: Hashable) -> bool:
        """Whether the fragment is there, or being rendered."""
        entry = self._entries.get(key)
        return (entry is not None and entry.version == version) or (key, version) in self._under_way

    async def get(self, key: Hashable, version: Hashable, render: Callable[[], Awaitable[Fragment]]) -> Fragment:
        """The fragment for this version, by ``render`` if it is missing. Concurrent requests share one rendering."""
        entry = self._entries.get(key)
        if entry is not None and entry.version == version:
            if 2 * self._size > self._max_bytes:  # before, nothing is about to go; and to hash the key again takes time
                self._entries.move_to_end(key)
            self.hits += 1
            return entry.rendered
        under_way = self._under_way.get((key, version))
        if under_way is not None:
            self.hits += 1
            return await asyncio.shield(under_way)
        self.misses += 1
        future = self._under_way[key, version] = asyncio.get_running_loop().create_future()
        try:
            rendered = await render()
        except BaseException as error:
            future.set_exception(error)
            future.exception()  # otherwise asyncio warns if nobody else waits
            raise
        finally:
            del self._under_way[key, version]
        future.set_result(rendered)
        self._keep(key, _CachedFragment(version, rendered))
        return rendered

    def _keep(self, key: Hashable, entry: _CachedFragment) -> None:
        if (old := self._entries.pop(key, None)) is not None:
            self._size -= _weight(old)
        self._entries[key] = entry
        self._size += _weight(entry)
        while self._size > self._max_bytes and len(self._entries) > 1:
            _, oldest = self._entries.popitem(last=False)
            self._size -= _weight(oldest)


def _weight(entry: _CachedFragment) -> int:
    """The approximate size in bytes: the body, the texts around its gaps, and both compressed."""
    return 3 * len(entry.rendered.body) + 500


FRESH_SECONDS = 1.0
"""How long a version is believed. A change by another process is seen after this; one made here, at once."""

_MAX_VERSIONS = 20_000
_MAX_COUNTS = 50_000
_page = tables.page.c
_VERSION = (_page.id, _page.version, _page.closed, SHOWN_TITLE, _page.language)


@dataclass(frozen=True, slots=True)
class PageVersion:
    """``page_id`` and ``number`` are 0 for a page that has no comments yet. ``title`` is empty unless it is checked;
    ``language`` is what the page itself said when it was asked."""

    page_id: int
    number: int
    closed: bool
    title: str
    language: str = ""

    @property
    def tag(self) -> str:
        """What a stored thread says which version it is; another page, and any visible change, has another."""
        return f"{self.page_id}-{self.number}"


NO_VERSION = PageVersion(0, 0, closed=False, title="")
"""For a page without comments, or one that cannot be read: enough to render a form."""


class PageVersions:
    """Versions of the most recently requested pages. ``changes`` counts the changes seen by this process."""

    def __init__(self) -> None:
        self.changes = 0
        self._known: OrderedDict[tuple[int, str], tuple[float, PageVersion]] = OrderedDict()

    def known(self, page: PageRef) -> PageVersion | None:
        """The page's version if it was read within ``FRESH_SECONDS``."""
        entry = self._known.get((page.site_id, page.key))
        return entry[1] if entry and time.monotonic() - entry[0] < FRESH_SECONDS else None

    def site_version(self) -> tuple[int, int]:
        """A version for what is made of many pages: it changes each second, and with each change seen here."""
        return self.changes, int(time.monotonic() / FRESH_SECONDS)

    def last_known(self, page: PageRef) -> PageVersion | None:
        """The page's version as last read, however old. Used while the database does not answer, for reading only."""
        entry = self._known.get((page.site_id, page.key))
        return entry and entry[1]

    def learn(self, page: PageRef, version: PageVersion) -> None:
        """Remember a version that was just read."""
        key = (page.site_id, page.key)
        entry = self._known.get(key)
        if entry is not None and entry[1] != version:
            self.changes += 1
        self._known[key] = (time.monotonic(), version)
        self._known.move_to_end(key)
        if len(self._known) > _MAX_VERSIONS:
            self._known.popitem(last=False)

    def forget_changed(self, changes: Changes) -> None:
        """Forget the versions of pages that this process has just changed."""
        self.changes += 1
        if changes.page_ids:  # rather than an index by id, since a version is believed for a second only
            self.forget_all()
        for key in changes.page_keys:
            self._known.pop(key, None)

    def forget_all(self) -> None:
        """Forget all versions."""
        self.changes += 1
        self._known.clear()


class CommentCounts:
    """The number of comments of each page, valid for one version of it."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()

    def known(self, site_id: int, version: PageVersion) -> int | None:
        """The number of comments of this version; None if it has not been counted."""
        if not version.page_id:
            return 0
        number, count = self._known.get((site_id, version.page_id), (-1, 0))
        return count if number == version.number else None

    def learn(self, site_id: int, version: PageVersion, count: int) -> None:
        """Remember a number that was just counted."""
        key = (site_id, version.page_id)
        self._known[key] = (version.number, count)
        self._known.move_to_end(key)
        if len(self._known) > _MAX_COUNTS:
            self._known.popitem(last=False)


def read_version(connection: Connection, page: PageRef) -> PageVersion:
    """The page's current version in the database; that of the page which its address leads to, if it has moved."""
    row = connection.execute(select(*_VERSION).where(_page.site_id == page.site_id, _page.key == page.key)).first()
    if row is not None:
        return PageVersion(*row)
    moved = follow(connection, page)
    return read_version(connection, moved) if moved else NO_VERSION


def read_versions(connection: Connection, pages: Sequence[PageRef]) -> dict[PageRef, PageVersion]:
    """The current versions of many pages, by one query per site, and more where addresses lead elsewhere."""
    keys_of_site: defaultdict[int, list[str]] = defaultdict(list)
    for page in pages:
        keys_of_site[page.site_id].append(page.key)

    version_of: dict[tuple[int, str], PageVersion] = {}
    for site_id, keys in keys_of_site.items():
        found = _versions_by_key(connection, site_id, keys)
        leads = follow_all(connection, site_id, missing) if (missing := set(keys) - found.keys()) else {}
        if leads:
            there = _versions_by_key(connection, site_id, set(leads.values()))
            found |= {key: there[target] for key, target in leads.items() if target in there}
        version_of |= {(site_id, key): version for key, version in found.items()}
    return {page: version_of.get((page.site_id, page.key), NO_VERSION) for page in pages}


def _versions_by_key(connection: Connection, site_id: int, keys: Collection[str]) -> dict[str, PageVersion]:
    query = select(_page.key, *_VERSION).where(_page.site_id == site_id, _page.key.in_(keys))
    return {key: PageVersion(*version) for key, *version in connection.execute(query)}
