"""Akismet's messages: requests with their key, and answers in its words.

Answers are always 200, with debug headers on errors only, since some clients raise on them.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from db.writer import NotWritten
from service.ratelimit import Bucket
from service.sites import SiteAccess, by_check_key
from service.web.context import AppContext, Request, context_of
from service.web.http.json_answer import JsonAnswer
from service.web.http.reader_params import Handler
from service.web.http.request_body import TooSlow, read_pairs_of_any_charset
from service.web.http.request_client import client_of
from service.web_origin import BadPage, origin_of

MOST = 600
"""Most fields: the plugin forwards the form's, and one for each header of the commenter's request."""

_KEY = re.compile(r"^[0-9A-Za-z]{12}\Z")

Fields = Mapping[str, str]


async def read_request(request: Request) -> dict[str, str]:
    """Name → value of query and form; the last value of a repeated name wins. Raises HTTPException for too much."""
    pairs = [*request.query_params.multi_items()]
    if request.method == "POST":
        pairs += await read_pairs_of_any_charset(request, MOST)
    return {name.replace("\x00", ""): value.replace("\x00", "") for name, value in pairs}


def key_of(request: Request, fields: Fields) -> str:
    """The key: ``api_key``, ``key``, or the first label of the Host (``0123456789ab.rest.akismet.com``)."""
    label, dot, _ = request.headers.get("host", "").partition(".")
    return fields.get("api_key") or fields.get("key") or (label if dot and _KEY.match(label) else "")


def is_true(text: str) -> bool:
    """Whether a flag is set. Some clients send ``is_test=False`` with every request, so presence is not enough."""
    return text.strip().lower() in ("1", "true", "yes", "on")


log = logging.getLogger("service.protocols.akismet")


@dataclass(frozen=True, slots=True)
class AkismetRequest:
    """A call with a valid key."""

    context: AppContext
    site: SiteAccess
    fields: Fields

    def get(self, name: str) -> str:
        """A field's value; empty if it was not sent."""
        return self.fields.get(name, "")


Handling = Callable[[AkismetRequest], Awaitable[Response]]


def with_key(handle: Handling, *required: str) -> Handler:
    """A handler that requires a valid key and these fields. Our own failures answer neither ``true`` nor ``false``."""

    async def handler(request: Request) -> Response:
        try:
            return await _handle(request, handle, required)
        except TooSlow as error:
            answer = failed(error.detail)
            answer.status_code = error.status_code  # 408: the connection closes, so no client reads on
            answer.headers.update(error.headers or {})
            return answer
        except HTTPException as error:
            return failed(error.detail)
        except (SQLAlchemyError, NotWritten):
            log.exception("the database did not answer")
            return failed("The service cannot answer right now. Please try again in a moment.", 30)

    return handler


async def _handle(request: Request, handle: Handling, required: tuple[str, ...]) -> Response:
    context = context_of(request)
    fields = await read_request(request)
    site = await context.read(by_check_key, key_of(request, fields))
    if wait := await context.wait(*check_buckets(request, site)):
        return failed("Too many requests. Please wait a moment.", wait)
    if site is None:
        return invalid("No site has this key." if key_of(request, fields) else 'Empty "key" value')
    for name in required:
        if not fields.get(name, "").strip():
            return missing(name)
    return await handle(AkismetRequest(context, site, fields))


def check_buckets(request: Request, site: SiteAccess | None) -> list[Bucket]:
    """The rate limit buckets of a call: the client's, and the site's if the key is valid."""
    of_site: list[Bucket] = [] if site is None else [("check", b"%d" % site.id)]
    return [("check", client_of(request)), *of_site]


def is_blog(address: str) -> bool:
    """Whether it is a site's URL; older clients omit the scheme."""
    try:
        origin_of(address if "://" in address else f"http://{address}")
    except BadPage:
        return False
    return True


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
