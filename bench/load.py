"""The requests: what a reader's browser sends, and real answers to real questions."""

import json
from urllib.parse import quote, urlencode

from bench import client
from bench.client import Load, Result
from bench.servers import SITE, Server

_SIGN = {"+": 1, "−": -1}
_TEXT = """Thank you for *this* article, it says what I have long thought about.

> A quotation of a sentence that somebody else has written.

I would only add that `the second point` depends on **how** it is measured: what is true of a small site need not be
true of a large one. Number {number} of these thoughts."""


def get(path: str) -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html\r\n\r\n".encode()


def page(number: int) -> str:
    """An article's address."""
    return f"{SITE}/articles/{number}"


def at_page(path: str, number: int = 0) -> bytes:
    """A GET request that names a page."""
    joint = "&" if "?" in path else "?"
    return get(f"{path}{joint}page={quote(page(number), safe='')}")


def prepare_posts(server: Server, first: int, count: int, pages: int) -> list[bytes]:
    """Whole POST requests of different comments by different people. The questions are fetched and answered here."""
    requests = [at_page("/captcha", number % pages) for number in range(first, first + count)]
    questions = client.run(Load(server.port, requests, connections=1, keep_bodies=True)).bodies
    return [_post(number, pages, json.loads(question)) for number, question in enumerate(questions, first)]


def solve(question: str) -> int:
    """The answer to ``4 × 2 =``."""
    left, operation, right, _ = question.split()
    if operation == "×":
        return int(left) * int(right)
    return int(left) + _SIGN[operation] * int(right)


def _post(number: int, pages: int, question: dict[str, str]) -> bytes:
    fields = {
        "comment": _TEXT.format(number=number),
        "author": f"Reader {number}",
        "email": f"reader{number}@example.org",
        "url": "",
        question["decoy"]: "",
        "captcha": solve(question["question"]),
        "captcha_token": question["token"],
        "comment_parent": 0,
        "page": page(number % pages),
        "title": "An article",
        "lang": "en",
        "frame": "",
    }
    body = urlencode(fields)
    head = (
        "POST /comments HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html\r\n"
        f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def expect(result: Result, status: int) -> Result:
    """The result, if every answer has this status. Raises RuntimeError."""
    if set(result.statuses) != {status}:
        raise RuntimeError(f"expected {status} throughout, got {dict(result.statuses)}")
    return result
