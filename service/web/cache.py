"""Rendered threads, kept while their page's version stays. There is no flush: a new version is a new key."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rendered:
    """A fragment as text, as bytes, and the entity tag of them."""

    html: Markup
    body: bytes
    etag: str

    @classmethod
    def of(cls, html: Markup) -> "Rendered":
        """A fragment just rendered."""
        body = html.encode()
        return cls(html, body, f'"{hashlib.sha256(body).hexdigest()[:20]}"')


class _Entry(NamedTuple):
    version: int
    rendered: Rendered


class ThreadCache:
    """The fragments asked for most recently, bounded in bytes."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max = max_bytes
        self._size = 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._under_way: dict[tuple[Hashable, int], asyncio.Future[Rendered]] = {}

    async def get(self, key: Hashable, version: int, render: Callable[[], Awaitable[Markup]]) -> Rendered:
        """The fragment of this version. However many ask for one that is missing, it is rendered once."""
        entry = self._entries.get(key)
        if entry is not None and entry.version == version:
            self._entries.move_to_end(key)
            return entry.rendered
        under_way = self._under_way.get((key, version))
        if under_way is not None:
            return await asyncio.shield(under_way)
        future = self._under_way[key, version] = asyncio.get_running_loop().create_future()
        try:
            rendered = Rendered.of(await render())
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
    """Bytes, roughly: the text and its encoding."""
    return 3 * len(entry.rendered.body) + 500
