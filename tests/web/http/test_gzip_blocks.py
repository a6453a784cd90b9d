"""Who gets gzip, and what joined blocks decompress to."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.http.gzip_blocks import compressed, deflated, gzip_stream, stored, takes_gzip


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (b"gzip", True),
        (b"gzip, deflate, br, zstd", True),
        (b"br;q=1.0, GZIP;q=0.8, *;q=0.1", True),
        (b"x-gzip", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000, br", False),
        (b"gzip;q=0.001", True),
        (b"notgzip, gzipped", False),
        (b"*", False),
        (b"", False),
    ],
)
def test_accept_encoding_decides(header: bytes, taken: bool) -> None:
    assert takes_gzip([(b"host", b"gzip"), (b"accept-encoding", header)]) is taken


def test_without_the_header_nothing_is_compressed() -> None:
    assert not takes_gzip([(b"host", b"gzip")])


@given(st.lists(st.binary(max_size=300) | st.integers(1, 3).map(lambda number: bytes(70_000 * number)), max_size=6))
def test_joined_blocks_decompress_to_the_texts(texts: list[bytes]) -> None:
    body = b"".join(texts)
    parts = [deflated(text) if at % 2 else stored(text) for at, text in enumerate(texts)]
    first = texts[0] if texts else b""
    assert gzip.decompress(gzip_stream(parts, body)) == body
    assert gzip.decompress(gzip_stream(parts, body[len(first) :], (zlib.crc32(first), len(first)))) == body
    assert gzip.decompress(compressed(body)) == body
