"""Reads request bodies within limits: URL-encoded, multipart or JSON. Unreadable ones are refused with a sentence.

Every handler reads its body here, so that one time limit protects them all from clients that send slowly.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from starlette.exceptions import HTTPException

from service.web.context import Request, context_of
from service.web.http import form_pairs
from service.web.http.error_handlers import MESSAGES
from service.web.http.form_pairs import Hints, Pairs
from service.web.http.unreadable_body import OtherCharset, UnreadableBody

MAX_BODY = 256 * 1024
"""Bytes. The longest comment has 65,525 bytes, and three times as many when each is written as ``%XX``."""

MAX_SECONDS = 20
"""For the whole body to arrive, counted from the first read."""

_MAX_ON_LOOP = 32 * 1024
"""Bytes of a body that is parsed on the event loop."""

T = TypeVar("T")
P = ParamSpec("P")


class TooLarge(HTTPException):
    """413. The connection stays open and the rest is discarded: closing it at once would reset it, and the client
    would not see the answer."""

    def __init__(self) -> None:
        super().__init__(413, MESSAGES[413])


class TooSlow(HTTPException):
    """408: the body did not arrive in time, or gave up its place. ``headers`` close the connection, since the rest of
    the body would be read as the next request."""

    def __init__(self) -> None:
        super().__init__(408, MESSAGES[408], {"connection": "close"})


async def read_body(request: Request, max_bytes: int = MAX_BODY) -> bytes:
    """The whole body.

    Raises TooLarge above ``max_bytes``, as soon as that is known; TooSlow after ``MAX_SECONDS``, or sooner when there
    are too many requests and this one has waited longest; ClientDisconnect.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise TooLarge
    body = bytearray()
    try:
        # One limit for the whole body: with one per chunk, a client could send a byte a second for ever.
        async with asyncio.timeout(MAX_SECONDS) as limit:
            with context_of(request).admission.waiting(limit):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > max_bytes:
                        raise TooLarge
    except TimeoutError as error:
        raise TooSlow from error
    return bytes(body)


async def read_fields(request: Request) -> dict[str, str]:
    """Field → value, from a URL-encoded or multipart body.

    Raises as ``read_pairs`` does, and Unreadable for a field sent twice, since two programs that read such a form may
    disagree on its value.
    """
    return _unique(await read_pairs(request))


async def read_typed(request: Request) -> tuple[dict[str, str], bool]:
    """The same for a form that can be shown again: field → value, and whether the charset was guessed. What was
    guessed is not to be stored before somebody has looked at it. Raises as ``read_fields`` does but for the charset."""
    try:
        return await read_fields(request), False
    except OtherCharset as other:
        return _unique(other.pairs), True


def _unique(pairs: Pairs) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise UnreadableBody(f"The field “{name[:40]}” was sent twice.")
        fields[name] = value
    return fields


async def read_pairs(request: Request, max_fields: int = form_pairs.MAX_FIELDS, max_files: int = 0) -> Pairs:
    """(field, value) pairs in order, from a URL-encoded or multipart body; names may repeat. The value of a file is its
    text. The charset is UTF-8, or the one that the form or the header states.

    Raises as ``read_body`` does, OtherCharset for a charset that is not stated, and Unreadable for other media types,
    NUL characters, and more than ``max_fields`` fields.
    """
    content_type, hints = media_type(request), Hints.of(request.headers)
    if content_type == "application/x-www-form-urlencoded":
        pairs = await _parsed(request, form_pairs.urlencoded, await read_body(request), max_fields, hints)
    elif content_type == "multipart/form-data":
        body = await read_body(request)
        pairs = await _parsed(request, form_pairs.multipart, body, max_fields, hints, max_files)
    else:
        raise UnreadableBody("Send the form as application/x-www-form-urlencoded or multipart/form-data.")
    return form_pairs.without_nul(pairs)


async def read_pairs_of_any_charset(request: Request, max_fields: int) -> Pairs:
    """Like ``read_pairs``, but a body of any other media type counts as URL-encoded, and bytes that are not UTF-8
    become U+FFFD. Raises as ``read_body`` does, and Unreadable for more than ``max_fields`` fields."""
    if media_type(request) == "multipart/form-data":
        return await read_pairs(request, max_fields)
    return await _parsed(request, form_pairs.of_any_charset, await read_body(request), max_fields)


async def read_object(request: Request) -> dict[str, Any]:
    """Name → value of any type, from a JSON object.

    Raises as ``read_body`` does, and Unreadable for any other JSON, repeated names, lone surrogates and NUL characters.
    """
    return await read_as(request, parse_object)


async def read_as(request: Request, parse: Callable[[bytes], T]) -> T:
    """What ``parse`` makes of the body. Raises as ``read_body`` and ``parse`` do."""
    return await _parsed(request, parse, await read_body(request))


async def _parsed(
    request: Request, parse: Callable[Concatenate[bytes, P], T], body: bytes, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Off the event loop if the body is long: a quarter of a megabyte of ``%XX`` takes ten milliseconds."""
    if len(body) <= _MAX_ON_LOOP:
        return parse(body, *args, **kwargs)
    return await context_of(request).compute(parse, body, *args, **kwargs)


def parse_object(body: bytes) -> dict[str, Any]:
    """Name → value of a JSON object. Raises Unreadable, as ``read_object`` says."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=_unique_names)
        json.dumps(value, ensure_ascii=False).encode()  # raises for lone surrogates, which no database takes
    except UnreadableBody:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableBody('The body is not JSON in UTF-8. Send an object, such as {"text": "…"}.') from error
    if not isinstance(value, dict):
        raise UnreadableBody("The body must be a JSON object.")
    if b"\\u0000" in body and _holds_nul(value):
        raise UnreadableBody("The body holds a NUL character, which no text has.")
    return value


def _holds_nul(value: Any) -> bool:
    """Whether a text anywhere in it holds a NUL character."""
    waiting = [value]
    while waiting:  # not recursive: it may be as deep as the parser allows
        each = waiting.pop()
        if isinstance(each, str) and "\x00" in each:
            return True
        if isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
    return False


def is_json(request: Request) -> bool:
    """Whether the body is declared as JSON."""
    content_type = media_type(request)
    return content_type == "application/json" or content_type.endswith("+json")


def media_type(request: Request) -> str:
    """The body's media type, such as ``text/html``, in lower case and without parameters; empty if not declared."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    by_name = dict(pairs)
    if len(by_name) < len(pairs):
        raise UnreadableBody("A name was said twice.")
    return by_name
