"""Rendered threads, kept while their page's version stays. There is no flush: a new version is a new key."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import NamedTuple

from service.web.rendered import Rendered

MAX_BYTES = 32 * 1024 * 1024


class _Entry(NamedTuple):
    version: Hashable
    rendered: Rendered


class ThreadCache:
    """The fragments asked for most recently, bounded in bytes."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max = max_bytes
        self._size = 0
        self.hits = 0
        self.misses = 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._under_way: dict[tuple[Hashable, Hashable], asyncio.Future[Rendered]] = {}

    @property
    def size(self) -> int:
        """Bytes, roughly, of what is kept."""
        return self._size

    async def get(self, key: Hashable, version: Hashable, render: Callable[[], Awaitable[Rendered]]) -> Rendered:
        """The fragment of this version. However many ask for one that is missing, it is rendered once."""
        entry = self._entries.get(key)
        if entry is not None and entry.version == version:
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
            future.exception()  # nobody may be waiting, and that is no mistake
            raise
        finally:
            del self._under_way[key, version]
        future.set_result(rendered)
        self._keep(key, _Entry(version, rendered))
        return rendered

    def _keep(self, key: Hashable, entry: _Entry) -> None:
        if (old := self._entries.pop(key, None)) is not None:
            self._size -= _weight(old)
        self._entries[key] = entry
        self._size += _weight(entry)
        while self._size > self._max and len(self._entries) > 1:
            _, oldest = self._entries.popitem(last=False)
            self._size -= _weight(oldest)


def _weight(entry: _Entry) -> int:
    """Bytes, roughly: the body, the texts around its gaps, and both compressed."""
    return 3 * len(entry.rendered.body) + 500
