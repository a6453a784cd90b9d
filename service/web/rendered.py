"""What was rendered once and is sent again and again, as it is or with a question of its own each time."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, zip_longest
from typing import Any

from anyio import to_thread
from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from service.captcha import Challenge
from service.web.headers import CACHED_FRAGMENT
from service.web.packing import SMALLEST, as_it_is, names_gzip, part, stream
from service.web.ready import RawHeaders, Ready, raw

HTML = "text/html; charset=utf-8"
GZIP: RawHeaders = ((b"content-encoding", b"gzip"),)
_OF_A_BODY = ("content-type", "content-length")
_LONG = 32 * 1024  # bytes that take longer to compress than a thread to wake up
_GAP = re.compile(b"\0(question|spoken|token|decoy|work)\0")

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
    """A fragment or page as bytes, with the entity tag of them. ``texts`` are what stands around the gaps, ``gaps`` the
    names of these; ``parts`` are the texts compressed, once somebody has asked for that.

    ``answer`` is the body as it stands, public and cacheable, ready to be sent.
    """

    body: bytes
    etag: bytes
    texts: Sequence[bytes]
    gaps: Sequence[str]
    answer: Ready
    parts: Sequence[bytes] = ()
    _smaller: Ready | None = None

    @classmethod
    def of(cls, text: str, headers: Mapping[str, str], media_type: str = HTML) -> "Rendered":
        """What was just rendered, with what is to be said of it."""
        body = text.encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        vary = ", ".join(filter(None, ("accept-encoding", headers.get("vary"))))
        # weak, so the same however it is sent
        sent = raw({"content-type": media_type, **CACHED_FRAGMENT, **headers, "vary": vary, "etag": f"W/{etag}"})
        pieces = _GAP.split(body)
        return cls(body, etag.encode(), pieces[::2], [name.decode() for name in pieces[1::2]], Ready(body, sent))

    async def unless_known(self, request: Request[Any]) -> Response:
        """The answer; 304 to whoever says that they have it."""
        packs = False
        for name, value in request.scope["headers"]:
            if name == b"if-none-match" and self.etag in value:
                kept = {name: value for name, value in self.answer.headers.items() if name not in _OF_A_BODY}
                return Response(status_code=304, headers=kept)
            if name == b"accept-encoding":
                packs = names_gzip(value)
        return await self._packed() if packs else self.answer

    async def _packed(self) -> Ready:
        if self._smaller is None and len(self.body) > SMALLEST:
            length = (b"content-length", b"%d" % len(self.body))
            sent = (header for header in self.answer.raw_headers if header != length)
            self._smaller = Ready(await self.fill_packed(None), (*sent, *GZIP))
        return self._smaller or self.answer

    def fill(self, challenge: Challenge | None) -> bytes:
        """The body with a question in its gaps, if there is one: all else is the same for everybody."""
        return self.body if challenge is None else _around(self.texts, self._values(challenge))

    async def fill_packed(self, challenge: Challenge | None) -> bytes:
        """The same, compressed."""
        if not self.parts:
            self.parts = await self._compress()
        values = self._values(challenge) if challenge else []
        return stream([_around(self.parts, map(as_it_is, values))], self.fill(challenge))

    async def _compress(self) -> Sequence[bytes]:
        def compress() -> Sequence[bytes]:
            return [part(text) for text in self.texts]

        return compress() if len(self.body) < _LONG else await to_thread.run_sync(compress)

    def _values(self, challenge: Challenge) -> list[bytes]:
        return [escape(getattr(challenge, name)).encode() for name in self.gaps]


def _around(texts: Iterable[bytes], values: Iterable[bytes]) -> bytes:
    """Texts with a value between each and the next."""
    return b"".join(chain.from_iterable(zip_longest(texts, values, fillvalue=b"")))
