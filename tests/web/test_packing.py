"""Threads come compressed to whoever takes that, and are the same then."""

import pytest
from starlette.testclient import TestClient

from service.web.packing import takes_gzip
from tests.reader import ARTICLE, Reader


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
def test_who_takes_it_says_so(header: bytes, taken: bool) -> None:
    assert takes_gzip([(b"host", b"gzip"), (b"accept-encoding", header)]) is taken


def test_who_says_nothing_gets_it_as_it_is() -> None:
    assert not takes_gzip([(b"host", b"gzip")])


@pytest.mark.parametrize("path", ["comments?", "thread?", "thread?captcha=lazy&", "page?", "feed?", "form?"])
def test_it_is_the_same_and_shorter(reader: Reader, path: str) -> None:
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
    assert len(text.split()) == len(plain.split())  # but for the question
    if etag := plain_headers.get("etag"):
        assert text == plain
        assert headers["etag"] == etag
        known = reader.client.get(address, headers={"if-none-match": etag.removeprefix("W/")})
        assert known.status_code == 304


def test_what_fits_a_packet_is_not_compressed(client: TestClient) -> None:
    answer = client.get("/comments", params={"page": ARTICLE}, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers
