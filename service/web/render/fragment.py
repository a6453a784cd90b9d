"""Rendered HTML that is sent many times, unchanged or with a fresh captcha question in its gaps.

It is compressed once too: the texts around the gaps are separate deflate blocks, and a question goes in uncompressed.
So no answer is compressed again, and a thread of fifty comments is a fifth as long.
"""

import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from anyio import to_thread
from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from service.captcha import Challenge
from service.captcha.challenge_token import around_gap
from service.escape_braces import escape_braces
from service.web.http.gzip_blocks import SMALLEST, deflated, gzip_stream, names_gzip, stored
from service.web.http.json_answer import JSON, safe
from service.web.http.response_headers import CACHED_FRAGMENT

RawHeaders = tuple[tuple[bytes, bytes], ...]


def raw(headers: Mapping[str, str]) -> RawHeaders:
    """Headers in the form that ASGI requires."""
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


class PreparedResponse(Response):
    """A 200 response of a body and headers that are encoded already; it adds ``content-length``."""

    def __init__(self, body: bytes, headers: RawHeaders) -> None:  # Starlette's would encode them for each response
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


HTML = "text/html; charset=utf-8"
GZIP: RawHeaders = ((b"content-encoding", b"gzip"),)
_BODY_HEADERS = ("content-type", "content-length")
_COMPRESS_IN_THREAD = 32 * 1024  # bytes from which on compressing takes longer than waking a thread
_GAP = re.compile(b"\0(question|before|after|spoken|token|decoy|work|title)\0")
TITLE_GAP = "\0title\0"
"""Renders as a gap for the page's title: a title in the address must not cause another rendering."""


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
"""A challenge that renders as gaps, marked by NUL characters, which are refused in everything that is typed."""


@dataclass(slots=True)
class Fragment:
    """A rendered fragment or page, with its entity tag. ``texts`` are the pieces around the gaps, ``gaps`` the names of
    the gaps; ``blocks`` are the texts compressed, once a client has accepted gzip.

    ``response`` is the unfilled body, public and cacheable.
    """

    body: bytes
    etag: bytes
    texts: Sequence[bytes]
    gaps: Sequence[str]
    response: PreparedResponse
    blocks: Sequence[bytes] = ()
    _first_text: tuple[int, int] | None = None
    _gzipped: PreparedResponse | None = None

    @classmethod
    def of(cls, text: str, headers: Mapping[str, str], media_type: str = HTML) -> "Fragment":
        """A rendered text, with ``headers`` added to those of a cacheable response."""
        body = (safe(text) if media_type == JSON else text).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        vary = ", ".join(filter(None, ("accept-encoding", headers.get("vary"))))
        # weak, since it is the same for all encodings
        sent = raw({"content-type": media_type, **CACHED_FRAGMENT, **headers, "vary": vary, "etag": f"W/{etag}"})
        pieces = _GAP.split(body)
        return cls(
            body, etag.encode(), pieces[::2], [name.decode() for name in pieces[1::2]], PreparedResponse(body, sent)
        )

    async def with_title(self, title: str) -> "Fragment":
        """The fragment with its title filled in, and an entity tag that depends on the title. It has no other gaps."""
        if not self.gaps:
            return self
        if not self.blocks:
            self.blocks = await self._compress()
        values, body = self._values(None, title), self.fill(None, title)
        etag = hashlib.sha256(self.etag + title.encode()).hexdigest()[:20].encode()
        sent = {**dict(self.response.raw_headers), b"etag": b'W/"%b"' % etag}
        del sent[b"content-length"]
        response = PreparedResponse(body, tuple(sent.items()))
        blocks = [b"".join(_interleaved(self.blocks, map(stored, values)))]
        return Fragment(body, b'"%b"' % etag, [body], [], response, blocks)

    async def unless_known(self, request: Request[Any]) -> Response:
        """The response, compressed if accepted; 304 if the client has this version."""
        accepts_gzip = False
        for name, value in request.scope["headers"]:
            if name == b"if-none-match" and self.etag in value:
                kept = {name: value for name, value in self.response.headers.items() if name not in _BODY_HEADERS}
                return Response(status_code=304, headers=kept)
            if name == b"accept-encoding":
                accepts_gzip = names_gzip(value)
        return await self._gzip() if accepts_gzip else self.response

    async def _gzip(self) -> PreparedResponse:
        if self._gzipped is None and len(self.body) > SMALLEST:
            length = (b"content-length", b"%d" % len(self.body))
            sent = (header for header in self.response.raw_headers if header != length)
            self._gzipped = PreparedResponse(await self.fill_compressed(None), (*sent, *GZIP))
        return self._gzipped or self.response

    def fill(self, challenge: Challenge | None, title: str = "") -> bytes:
        """The body with the question and the title in its gaps. Without a question it may have no gaps for one."""
        return b"".join(_interleaved(self.texts, self._values(challenge, title))) if self.gaps else self.body

    async def fill_compressed(self, challenge: Challenge | None, title: str = "") -> bytes:
        """The same as a gzip stream."""
        if not self.blocks:
            self.blocks = await self._compress()
        if self._first_text is None:
            self._first_text = zlib.crc32(self.texts[0]), len(self.texts[0])
        values = self._values(challenge, title)
        # The first text holds the comments of a thread, so their checksum is not computed again for each question.
        rest = b"".join(_interleaved((b"", *self.texts[1:]), values))
        return gzip_stream(_interleaved(self.blocks, map(stored, values)), rest, self._first_text)

    async def _compress(self) -> Sequence[bytes]:
        def compress() -> Sequence[bytes]:
            return [deflated(text) for text in self.texts]

        return compress() if len(self.body) < _COMPRESS_IN_THREAD else await to_thread.run_sync(compress)

    def _values(self, challenge: Challenge | None, title: str) -> list[bytes]:
        filled = {} if challenge is None else _of_challenge(challenge)
        if "title" in self.gaps:
            filled["title"] = escape_braces(escape(title)).encode()
        return [filled[name] for name in self.gaps]


def _of_challenge(challenge: Challenge) -> dict[str, bytes]:
    """Gap → what fills it, of a question."""
    filled = _of_sum(challenge.question, challenge.spoken).copy()
    filled["token"], filled["decoy"] = challenge.token.encode(), challenge.decoy.encode()  # have nothing to escape
    filled["work"] = escape(challenge.work).encode() if challenge.work else b""
    return filled


@lru_cache(maxsize=2048)  # there are some hundred sums
def _of_sum(question: str, spoken: str) -> dict[str, bytes]:
    """Gap → what fills it, of what many questions share."""
    before, after = around_gap(question)
    texts = {"question": question, "before": before, "after": after, "spoken": spoken}
    return {name: escape(text).encode() for name, text in texts.items()}


def _interleaved(texts: Sequence[bytes], values: Iterable[bytes]) -> list[bytes]:
    """The texts with a value between each two of them."""
    parts = [b""] * (2 * len(texts) - 1)
    parts[::2], parts[1::2] = texts, values
    return parts
