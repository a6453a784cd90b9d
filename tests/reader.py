"""A reader for tests, who fetches the question, does the sum and fills in the form."""

import html
import re
from collections.abc import Callable
from typing import Any

from num2words import num2words

ARTICLE = "https://blog.example/post"

_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "−": lambda a, b: a - b,
    "×": lambda a, b: a * b,
}


_WORDS = {num2words(number): number for number in range(100)}


def solve(question: str) -> str:
    """The answer to ``4 × 2 =`` or ``seven + ? = 15``."""
    sum_, _, result = question.partition(" =")
    left, operation, right = (_number(each) for each in re.split(r" ([+−×]) ", sum_))
    if not result:
        return str(_OPERATIONS[operation](left, right))
    return next(
        str(number)
        for number in range(100)
        if _OPERATIONS[operation](*(number if each == "?" else each for each in (left, right))) == int(result)
    )


def _number(term: str) -> Any:
    return int(term) if term.isdigit() else _WORDS.get(term, term)


class Reader:
    """``client`` has the interface of an httpx client; ``clock`` is advanced by the time that typing takes."""

    def __init__(self, client: Any, clock: Any = None) -> None:
        self.client = client
        self._clock = clock

    def question(self, page: str = ARTICLE) -> dict[str, Any]:
        return dict(self.client.get("/captcha", params={"page": page}).json())

    def fields(
        self, page: str = ARTICLE, question: dict[str, Any] | None = None, **changes: str | None
    ) -> dict[str, str]:
        """The fields of a valid form, with changes. None leaves a field out."""
        question = question or self.question(page)
        if self._clock:
            self._clock.advance(seconds=20)
        fields: dict[str, str | None] = {
            "page": page,
            "comment": "A thought of my own.",
            "author": "Ada",
            "email": "ada@example.org",
            "url": "",
            "comment_parent": "0",
            "captcha": solve(question["question"]),
            "captcha_token": question["token"],
        }
        return {name: value for name, value in (fields | changes).items() if value is not None}

    def send(self, fields: dict[str, str], *, json: bool = False, **more: Any) -> Any:
        headers = {"accept": "application/json" if json else "text/html"} | more.pop("headers", {})
        return self.client.post("/comments", data=fields, headers=headers, **more)

    def post(self, page: str = ARTICLE, *, json: bool = False, **changes: str | None) -> Any:
        """Fill in the form and send it."""
        return self.send(self.fields(page, **changes), json=json)

    def read(self, page: str = ARTICLE) -> str:
        """The comments as the page shows them."""
        return str(self.client.get("/comments", params={"page": page}).text)


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a rendered form."""
    found = re.findall(r'<input type="hidden" name="([^"]+)"[^>]*? value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def shown_question(page: str) -> str:
    """The sum of a rendered form."""
    match = re.search(r'class="captcha-question"[^>]*>([^<]+)<', page)
    assert match, page
    return html.unescape(match[1])
