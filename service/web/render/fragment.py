"""What was rendered once and is sent again and again, as it is or with a question of its own each time."""

import hashlib
import re
import zlib
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
from service.web.http.headers import CACHED_FRAGMENT

SMALLEST = 1400
"""Bytes that go out in one packet anyhow."""

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END = b"\x03\x00"  # an empty last block
_MOST = 0xFFFF  # bytes in a block that is not compressed
_GZIP = re.compile(rb"(?:^|[,\s])(?:x-)?gzip\s*(?:$|,|;\s*q=(?!0(?:\.0*)?\s*(?:$|[,;])))")

RawHeader = tuple[bytes, bytes]


def takes_gzip(headers: Iterable[RawHeader]) -> bool:
    """Whether the request says so in ``Accept-Encoding``."""
    return any(name == b"accept-encoding" and names_gzip(value) for name, value in headers)


def names_gzip(value: bytes) -> bool:
    """Whether this ``Accept-Encoding`` does."""
    return _GZIP.search(value.lower()) is not None


def part(text: bytes) -> bytes:
    """A part of a stream, compressed."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(text) + deflate.flush(zlib.Z_FULL_FLUSH)


def as_it_is(text: bytes) -> bytes:
    """A part of a stream, not compressed."""
    blocks = (text[at : at + _MOST] for at in range(0, len(text), _MOST))
    return b"".join(b"\x00%b%b%b" % (_two(len(block)), _two(len(block) ^ _MOST), block) for block in blocks)


def stream(parts: Iterable[bytes], body: bytes) -> bytes:
    """The parts as one stream; ``body`` is what they are all together."""
    tail = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join((_HEAD, *parts, _END, tail))


def compressed(body: bytes) -> bytes:
    """All of it as one stream."""
    return stream([part(body)], body)


def _two(number: int) -> bytes:
    return number.to_bytes(2, "little")


RawHeaders = tuple[tuple[bytes, bytes], ...]


def raw(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI wants them."""
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


class PreparedResponse(Response):
    """``body`` and headers as they are sent."""

    def __init__(self, body: bytes, headers: RawHeaders) -> None:  # Starlette's would encode again
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


HTML = "text/html; charset=utf-8"
GZIP: RawHeaders = ((b"content-encoding", b"gzip"),)
_OF_A_BODY = ("content-type", "content-length")
_LONG = 32 * 1024  # bytes that take longer to compress than a thread to wake up
_GAP = re.compile(b"\0(question|before|after|spoken|token|decoy|work)\0")


class _Gaps(Challenge):
    @property
    def before(self) -> str:
        return "\0before\0"

    @property
    def after(self) -> str:
        return "\0after\0"


GAPS = _Gaps(
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
class Fragment:
    """A fragment or page as bytes, with the entity tag of them. ``texts`` are what stands around the gaps, ``gaps`` the
    names of these; ``parts`` are the texts compressed, once somebody has asked for that.

    ``answer`` is the body as it stands, public and cacheable, ready to be sent.
    """

    body: bytes
    etag: bytes
    texts: Sequence[bytes]
    gaps: Sequence[str]
    answer: PreparedResponse
    parts: Sequence[bytes] = ()
    _smaller: PreparedResponse | None = None

    @classmethod
    def of(cls, text: str, headers: Mapping[str, str], media_type: str = HTML) -> "Fragment":
        """What was just rendered, with what is to be said of it."""
        body = text.encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        vary = ", ".join(filter(None, ("accept-encoding", headers.get("vary"))))
        # weak, so the same however it is sent
        sent = raw({"content-type": media_type, **CACHED_FRAGMENT, **headers, "vary": vary, "etag": f"W/{etag}"})
        pieces = _GAP.split(body)
        return cls(
            body, etag.encode(), pieces[::2], [name.decode() for name in pieces[1::2]], PreparedResponse(body, sent)
        )

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

    async def _packed(self) -> PreparedResponse:
        if self._smaller is None and len(self.body) > SMALLEST:
            length = (b"content-length", b"%d" % len(self.body))
            sent = (header for header in self.answer.raw_headers if header != length)
            self._smaller = PreparedResponse(await self.fill_packed(None), (*sent, *GZIP))
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
