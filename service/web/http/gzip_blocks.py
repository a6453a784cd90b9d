"""Compresses an answer by gzip in blocks that can be joined, so that a part of it can stay as it is."""

import re
import zlib
from collections.abc import Iterable
from functools import lru_cache

SMALLEST = 1400
"""Bytes up to which a body is not compressed: it fits into one packet anyway."""

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952
_LAST_BLOCK = b"\x03\x00"  # empty (RFC 1951)
_LONG_ENCODING = 200  # bytes; longer ones are not remembered
_MAX_STORED = 0xFFFF  # bytes in an uncompressed block
_GZIP = re.compile(rb"(?:^|[,\s])(?:x-)?gzip\s*(?:$|,|;\s*q=(?!0(?:\.0*)?\s*(?:$|[,;])))")

RawHeader = tuple[bytes, bytes]


def takes_gzip(headers: Iterable[RawHeader]) -> bool:
    """Whether a request's ``Accept-Encoding`` allows gzip."""
    return any(name == b"accept-encoding" and names_gzip(value) for name, value in headers)


def names_gzip(value: bytes) -> bool:
    """Whether this value of ``Accept-Encoding`` allows gzip."""
    return _known_gzip(value) if len(value) < _LONG_ENCODING else _GZIP.search(value.lower()) is not None


@lru_cache(maxsize=128)  # browsers have a dozen
def _known_gzip(value: bytes) -> bool:
    return _GZIP.search(value.lower()) is not None


def deflated(text: bytes) -> bytes:
    """Compressed blocks that can be joined with others into a stream."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(text) + deflate.flush(zlib.Z_FULL_FLUSH)


def stored(text: bytes) -> bytes:
    """Uncompressed blocks that can be joined with others into a stream."""
    if len(text) < len(_STORED):
        return _STORED[len(text)] + text
    blocks = (text[at : at + _MAX_STORED] for at in range(0, len(text), _MAX_STORED))
    return b"".join(_stored_head(len(block)) + block for block in blocks)


def _stored_head(length: int) -> bytes:
    """What precedes an uncompressed block of this many bytes (RFC 1951, 3.2.4)."""
    return b"\x00" + length.to_bytes(2, "little") + (length ^ _MAX_STORED).to_bytes(2, "little")


_STORED = (b"", *map(_stored_head, range(1, 512)))
"""The heads of short blocks, such as a question's; nothing for an empty text."""


def gzip_stream(blocks: Iterable[bytes], body: bytes, before: tuple[int, int] = (0, 0)) -> bytes:
    """The blocks as one gzip stream; ``body`` is the text that they decompress to, or its end: ``before`` then holds
    checksum and length of what precedes it."""
    checksum, length = before
    trailer = zlib.crc32(body, checksum).to_bytes(4, "little") + (length + len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join((_GZIP_HEADER, *blocks, _LAST_BLOCK, trailer))


def compressed(body: bytes) -> bytes:
    """The body as a gzip stream."""
    return gzip_stream([deflated(body)], body)
