"""Responses in Akismet's words. Always 200; debug headers on errors only, since some clients raise on them."""

from math import ceil
from typing import Any

from starlette.responses import Response

from service.web.http.json_answer import JsonAnswer

THANKS = "Thanks for making the web a better place."
"""Clients compare this string exactly."""

_SENT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def text(body: str, **more: str) -> Response:
    """``true``, ``false``, ``valid`` and so on. ``more``: X-akismet headers, with ``_`` for ``-``."""
    sent = {f"X-akismet-{name.replace('_', '-')}": value for name, value in more.items()}
    return Response(body, headers=_SENT | sent, media_type="text/plain")


def invalid(help_text: str = "") -> Response:
    """The key or the site's URL is not valid."""
    return text("invalid", debug_help=_header(help_text)) if help_text else text("invalid")


def missing(name: str) -> Response:
    """A required field is missing."""
    return text(f"Missing required field: {name}.", debug_help=f'Empty "{name}" value')


def failed(sentence: str, wait: float = 0) -> Response:
    """Neither ``true`` nor ``false``, so clients hold the comment and retry. ``wait`` is in seconds."""
    answer = text(sentence, error="true", debug_help=_header(sentence))
    if wait:
        answer.headers["retry-after"] = str(ceil(wait))
    return answer


def json(content: dict[str, Any]) -> Response:
    """A JSON response."""
    return JsonAnswer(content, headers=_SENT)


def _header(sentence: str) -> str:
    return "".join(letter for letter in sentence if " " <= letter <= "~")[:300]
