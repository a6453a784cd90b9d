"""Answers in Akismet's words. 200 even for errors; help in headers on errors alone, since a client may raise on it."""

from math import ceil
from typing import Any

from starlette.responses import JSONResponse, Response

THANKS = "Thanks for making the web a better place."
"""Clients compare it to the letter."""

_SENT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def text(body: str, **more: str) -> Response:
    """``true``, ``false``, ``valid`` and their like. ``more`` are headers, with ``_`` for ``-``."""
    sent = {f"X-akismet-{name.replace('_', '-')}": value for name, value in more.items()}
    return Response(body, headers=_SENT | sent, media_type="text/plain")


def invalid(help_text: str = "") -> Response:
    """The key or the site is none."""
    return text("invalid", debug_help=_header(help_text)) if help_text else text("invalid")


def missing(name: str) -> Response:
    """A field that must be there is not."""
    return text(f"Missing required field: {name}.", debug_help=f'Empty "{name}" value')


def failed(sentence: str, wait: float = 0) -> Response:
    """Neither true nor false: clients then hold the comment and ask again."""
    answer = text(sentence, error="true", debug_help=_header(sentence))
    if wait:
        answer.headers["retry-after"] = str(ceil(wait))
    return answer


def json(content: dict[str, Any]) -> Response:
    """For the calls that answer in JSON."""
    return JSONResponse(content, headers=_SENT)


def _header(sentence: str) -> str:
    return "".join(letter for letter in sentence if " " <= letter <= "~")[:300]
