"""Threads are compressed for clients that accept gzip, and decompress to the same HTML."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.web.render.fragment import compressed, deflated, gzip_stream, stored, takes_gzip
from tests.reader import ARTICLE, Reader, hidden_fields, shown_question, solve

GZIP = {"accept-encoding": "gzip"}


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


@pytest.mark.parametrize("path", ["comments?", "thread?", "thread?captcha=lazy&", "page?", "feed?", "form?"])
def test_the_answer_is_the_same_and_shorter(reader: Reader, path: str) -> None:
    address = f"/{path}page={ARTICLE}"
    for number in range(3):
        assert reader.post(comment=f"Words of comment {number}, " * 20).status_code == 303

    def ask(encoding: str) -> tuple[str, int, dict[str, str]]:
        answer = reader.client.get(address, headers={"accept-encoding": encoding})
        return answer.text, int(answer.headers["content-length"]), dict(answer.headers)

    plain, plain_length, plain_headers = ask("identity")
    text, length, headers = ask("gzip")
    assert headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain_headers
    assert length < plain_length / 2
    assert "accept-encoding" in headers["vary"]
    assert len(text.split()) == len(plain.split())  # all but the question is equal
    etag = plain_headers.get("etag", "")
    assert bool(etag) == (path not in ("thread?", "page?", "form?")), "answers with a question differ each time"
    if etag:
        assert text == plain
        assert headers["etag"] == etag
        known = reader.client.get(address, headers={"if-none-match": etag.removeprefix("W/")})
        assert known.status_code == 304


def test_a_body_that_fits_into_a_packet_is_not_compressed(client: TestClient) -> None:
    answer = client.get("/comments", params={"page": ARTICLE}, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers


@given(st.lists(st.binary(max_size=300) | st.integers(1, 3).map(lambda number: bytes(70_000 * number)), max_size=6))
def test_joined_blocks_decompress_to_the_texts(texts: list[bytes]) -> None:
    body = b"".join(texts)
    parts = [deflated(text) if at % 2 else stored(text) for at, text in enumerate(texts)]
    first = texts[0] if texts else b""
    assert gzip.decompress(gzip_stream(parts, body)) == body
    assert gzip.decompress(gzip_stream(parts, body[len(first) :], (zlib.crc32(first), len(first)))) == body
    assert gzip.decompress(compressed(body)) == body


def test_each_reader_gets_their_own_question(reader: Reader) -> None:
    reader.post(comment="Words of a comment, " * 20)
    asked = {reader.client.get("/thread", params={"page": ARTICLE}, headers=GZIP).text for _ in range(3)}
    tokens = {hidden_fields(text)["captcha_token"] for text in asked}
    assert len(tokens) == 3
    assert all(solve(shown_question(text)) for text in asked)
