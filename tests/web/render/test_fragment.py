"""Threads are compressed for clients that accept gzip, and decompress to the same HTML."""

import pytest
from starlette.testclient import TestClient

from tests.reader import ARTICLE, Reader, hidden_fields, shown_question, solve

GZIP = {"accept-encoding": "gzip"}


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


def test_each_reader_gets_their_own_question(reader: Reader) -> None:
    reader.post(comment="Words of a comment, " * 20)
    asked = {reader.client.get("/thread", params={"page": ARTICLE}, headers=GZIP).text for _ in range(3)}
    tokens = {hidden_fields(text)["captcha_token"] for text in asked}
    assert len(tokens) == 3
    assert all(solve(shown_question(text)) for text in asked)
