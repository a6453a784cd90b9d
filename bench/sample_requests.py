"""The requests: what a reader's browser sends, and real answers to real questions."""

import json
import random
import re
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote, urlencode

from bench import load_client
from bench.load_client import Load, LoadResult
from bench.servers import SITE


class Listening(Protocol):
    """Whatever has a port."""

    @property
    def port(self) -> int: ...


_SIGN = {"+": 1, "−": -1}
_WORDS = re.findall(
    r"\w+",
    """
about above after again against almost along although always among another answer around asked away
because become been before began behind being believe below best better between book both bridge bring brought build
came cannot certain change child city clear close cold coming common could country course cover cross dark door down
draw during each early earth easy either empty enough even evening every example eyes face fact fall family farm father
field figure find fire first five follow food force found four friend from front full garden gave give glass going gone
good great green ground group half hand happen hard head hear heart heavy held help high hold home horse hour house
idea inside island just keep kept kind knew know land language large last late laugh learn least leave left less letter
life light line listen little live long look made make many mark matter mean measure might mile mind minute moment
money month moon more morning most mother mountain move much music must name near need never next night north nothing
notice number often once only open order other over page paper part pass people perhaps person picture piece place
plain plant point possible power present problem question quick quiet rain reach read ready real reason remember rest
right river road rock room round said same school second seem seen sentence several shape ship short should side since
six sleep slow small snow some song soon sound south space speak stand start state step still stone stood stop story
street strong study such summer sure surface table take talk teach tell than that their them then there these they
thing think those though thought three through time together told took town travel tree true turn under until upon
usual very voice wait walk want warm watch water weather week well went were what wheel when where which while white
whole whose wind winter with without wonder wood word work world would write year young
""",
)
_SENTENCES = range(3, 7)
_LENGTHS = range(7, 16)


def get(path: str) -> bytes:
    """A GET request. Like every browser it takes compressed answers."""
    head = "host: 127.0.0.1\r\naccept: text/html\r\naccept-encoding: gzip, deflate, br\r\n"
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


def page(number: int) -> str:
    """An article's address."""
    return f"{SITE}/articles/{number}"


def path_at_page(path: str, number: int = 0) -> str:
    """A path that names a page."""
    joint = "&" if "?" in path else "?"
    return f"{path}{joint}page={quote(page(number), safe='')}"


def at_page(path: str, number: int = 0) -> bytes:
    """A GET request that names a page."""
    return get(path_at_page(path, number))


def prepare_posts(
    server: Listening,
    first: int,
    count: int,
    pages: int,
    first_page: int = 0,
    make: Callable[[int, int, dict[str, str]], bytes] | None = None,
) -> list[bytes]:
    """Whole POST requests of different comments by different people, made by ``post`` unless ``make`` is given. The
    questions are fetched and answered here."""
    numbers = [(number, first_page + number % pages) for number in range(first, first + count)]
    requests = [at_page("/captcha", at) for _, at in numbers]
    questions = load_client.run(Load(server.port, requests, connections=1, keep_bodies=True)).bodies
    made = make or post
    return [made(*each, json.loads(question)) for each, question in zip(numbers, questions, strict=True)]


def solve(question: str) -> int:
    """The answer to ``4 × 2 =``."""
    left, operation, right, _ = question.split()
    if operation == "×":
        return int(left) * int(right)
    return int(left) + _SIGN[operation] * int(right)


def text_of(number: int) -> str:
    """A comment of about 300 characters, the same for the same number, and like no other: no two share a sentence."""
    pick = random.Random(number)
    sentences = [pick.choices(_WORDS, k=pick.choice(_LENGTHS)) for _ in range(pick.choice(_SENTENCES))]
    return "\n\n".join(" ".join(words).capitalize() + "." for words in sentences)


def post(number: int, page_number: int, question: dict[str, str]) -> bytes:
    """The request of one comment, its question answered."""
    fields = {
        "comment": text_of(number),
        "author": f"Reader {number}",
        "email": f"reader{number}@example.org",
        "url": "",
        question["decoy"]: "",
        "captcha": solve(question["question"]),
        "captcha_token": question["token"],
        "comment_parent": 0,
        "page": page(page_number),
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


def api_post(number: int, page_number: int, question: dict[str, str]) -> bytes:
    """The same by the JSON API."""
    author = {"author": f"Reader {number}", "email": f"reader{number}@example.org"}
    answer = {"token": question["token"], "answer": str(solve(question["question"]))}
    comment = {"page": page(page_number), "title": "An article", "text": text_of(number), "lang": "en"}
    return _api("public/comments", {**comment, **author, **answer})


def check(key: str, number: int) -> bytes:
    """A request to judge a comment."""
    author = {"author": f"Reader {number}", "email": f"reader{number}@example.org"}
    return _api("check", {"key": key, "text": text_of(number), "page_url": page(0), **author})


def _api(path: str, members: dict[str, str]) -> bytes:
    body = json.dumps(members)
    head = (
        f"POST /api/v1/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def expect(result: LoadResult, status: int) -> LoadResult:
    """The result, if every answer has this status. Raises RuntimeError."""
    if set(result.statuses) != {status}:
        raise RuntimeError(f"expected {status} throughout, got {dict(result.statuses)}")
    return result
