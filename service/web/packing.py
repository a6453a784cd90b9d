"""Compressed answers, for who takes them: a thread of fifty comments is a quarter as long then.

A stream of gzip (RFC 1952) may be put together of parts that were compressed before, if each ends at a whole byte and
refers to no other: then only what differs from answer to answer, such as a question, is put in as it is. A proxy in
front may compress as well; what comes to it compressed it leaves alone.
"""

import re
import zlib
from collections.abc import Iterable

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


def packed(body: bytes) -> bytes:
    """All of it as one stream."""
    return stream([part(body)], body)


def _two(number: int) -> bytes:
    return number.to_bytes(2, "little")
