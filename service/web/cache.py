"""Rendered threads, kept while their page's version stays. There is no flush: a new version is a new key."""

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from service.captcha import Challenge
from service.web.headers import CACHED_FRAGMENT
from service.web.packing import SMALLEST, packed_aside, takes_gzip
from service.web.ready import Ready, raw

MAX_BYTES = 32 * 1024 * 1024


HTML = "text/html; charset=utf-8"
_OF_A_BODY = ("content-type", "content-length")
_GAP = re.compile("\0(question|spoken|token|decoy|work)\0")

GAPS = Challenge(
    question="\0question\0",
    spoken="\0spoken\0",
    token="\0token\0",  # noqa: S106 - a place for one
    level=1,
    expires_at=datetime.max.replace(tzinfo=UTC),
    decoy="\0decoy\0",
    work="\0work\0",
)
"""A challenge that leaves gaps where it is drawn. Nothing that anybody typed holds a NUL: the door refuses it."""


@dataclass(slots=True)
class Rendered:
    """A fragment or page as bytes, with the entity tag of them. ``parts`` alternate text and the names of gaps.

    ``answer`` is the body as it stands, public and cacheable, ready to be sent again and again.
    """

    body: bytes
    etag: bytes
    parts: tuple[str, ...]
    answer: Ready
    _smaller: Ready | None = None

    @classmethod
    def of(cls, text: str, headers: Mapping[str, str], media_type: str = HTML) -> "Rendered":
        """What was just rendered, with what is to be said of it."""
        body = text.encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        vary = ", ".join(filter(None, ("accept-encoding", headers.get("vary"))))
        # weak, so the same however it is sent
        sent = raw({"content-type": media_type, **CACHED_FRAGMENT, **headers, "vary": vary, "etag": f"W/{etag}"})
        return cls(body, etag.encode(), tuple(_GAP.split(text)), Ready(body, sent))

    async def unless_known(self, request: Request[Any]) -> Response:
        """The answer; 304 to whoever says that they have it."""
        headers = request.scope["headers"]
        if any(name == b"if-none-match" and self.etag in value for name, value in headers):
            kept = {name: value for name, value in self.answer.headers.items() if name not in _OF_A_BODY}
            return Response(status_code=304, headers=kept)
        return await self._packed() if takes_gzip(headers) else self.answer

    async def _packed(self) -> Ready:
        """The answer compressed, when it is first asked for so."""
        if self._smaller is None and len(self.body) > SMALLEST:
            length = (b"content-length", b"%d" % len(self.body))
            sent = tuple(header for header in self.answer.raw_headers if header != length)
            self._smaller = Ready(await packed_aside(self.body), (*sent, (b"content-encoding", b"gzip")))
        return self._smaller or self.answer

    def fill(self, challenge: Challenge) -> bytes:
        """The body with a question in its gaps: all else is the same for everybody, and was rendered once."""
        texts, names = self.parts[::2], self.parts[1::2]
        values = [escape(getattr(challenge, name)) for name in names]
        return "".join(chain.from_iterable(zip_longest(texts, values, fillvalue=""))).encode()


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
    """Bytes, roughly: the text, its encoding, and that compressed."""
    return 4 * len(entry.rendered.body) + 500
