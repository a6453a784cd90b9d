"""A request's body, within bounds: as a form, as multipart, as JSON. What cannot be read is refused with a sentence.

Every handler that takes a body reads it here, so that none can be held up by a client that sends it slowly.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from service.web.context import Request, context_of
from service.web.http.errors import MESSAGES

MAX_BODY = 256 * 1024
"""Bytes. The longest comment, 65,525 bytes, is three times that when every byte is written as ``%XX``."""

MAX_FIELDS = 100
MAX_SECONDS = 20
"""For the whole body to arrive, from when it is asked for."""

_CHARSET = re.compile(r";\s*charset\*?[0-9*]*\s*=[^;]*", re.IGNORECASE)
"""We read UTF-8; else a stranger could choose any of Python's codecs, slow and odd ones too."""

Pairs = list[tuple[str, str]]


class Unreadable(HTTPException):
    """400: the body is not what can be read here."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail)


class TooLarge(HTTPException):
    """413. The connection stays open, and what still comes is thrown away: closed at once, it would be reset, and the
    client would not see the answer."""

    def __init__(self) -> None:
        super().__init__(413, MESSAGES[413])


class TooSlow(HTTPException):
    """408: the body did not arrive in time, or made room for others. ``headers`` close the connection, on which the
    rest of it would be taken for a request."""

    def __init__(self) -> None:
        super().__init__(408, MESSAGES[408], {"connection": "close"})


async def read_body(request: Request, most: int = MAX_BODY) -> bytes:
    """All of it.

    Raises TooLarge above ``most`` bytes, as soon as that is known; TooSlow after ``MAX_SECONDS``, or sooner when there
    are too many requests and this one has waited for longest; ClientDisconnect.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > most:
        raise TooLarge
    body = bytearray()
    try:
        # One limit for all of it: with one for each chunk, a byte a second would go on for ever.
        async with asyncio.timeout(MAX_SECONDS) as limit:
            with context_of(request).admission.waiting(limit):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > most:
                        raise TooLarge
    except TimeoutError as error:
        raise TooSlow from error
    return bytes(body)


async def read_fields(request: Request) -> dict[str, str]:
    """Field → value, from a URL-encoded or multipart body.

    Raises as ``read_pairs`` does, and Unreadable for a field that is sent twice, since two readers of such a form may
    disagree on what it says.
    """
    fields: dict[str, str] = {}
    for name, value in await read_pairs(request):
        if name in fields:
            raise Unreadable(f"The field “{name[:40]}” was sent twice.")
        fields[name] = value
    return fields


async def read_pairs(request: Request, most: int = MAX_FIELDS) -> Pairs:
    """Fields and values in their order, from a URL-encoded or multipart body; names may repeat.

    Raises as ``read_body`` does, and Unreadable for other types, for text that is not UTF-8, NUL characters, and more
    than ``most`` fields.
    """
    kind = media_type(request)
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_urlencoded(await read_body(request), most)
    elif kind == "multipart/form-data":
        pairs = await _parse_multipart(request, await read_body(request), most)
    else:
        raise Unreadable("Send the form as application/x-www-form-urlencoded or multipart/form-data.")
    if any("\x00" in text for pair in pairs for text in pair):
        raise Unreadable("The form holds a NUL character, which no text has.")
    return pairs


async def read_pairs_of_any_charset(request: Request, most: int) -> Pairs:
    """As ``read_pairs``, but a body that says nothing of its type is URL-encoded, and bytes that are no UTF-8 become
    U+FFFD. Raises as ``read_body`` does, and Unreadable for more than ``most`` fields."""
    if media_type(request) == "multipart/form-data":
        return await read_pairs(request, most)
    return _parse_urlencoded((await read_body(request)).decode("latin-1"), most, "replace")


async def read_object(request: Request) -> dict[str, Any]:
    """Name → value, of whatever type, from JSON.

    Raises as ``read_body`` does, and Unreadable for anything but an object, for a name said twice, for text that is
    none and NUL characters.
    """
    body = await read_body(request)
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once)
        json.dumps(found, ensure_ascii=False).encode()  # lone surrogates, which no store takes
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable('The body is no JSON in UTF-8. Send an object, such as {"text": "…"}.') from error
    if not isinstance(found, dict):
        raise Unreadable("The body must be a JSON object.")
    if any("\x00" in text for text in (*found, *found.values()) if isinstance(text, str)):
        raise Unreadable("The body holds a NUL character, which no text has.")
    return found


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    kind = media_type(request)
    return kind == "application/json" or kind.endswith("+json")


def media_type(request: Request) -> str:
    """``text/html`` and the like, without parameters; empty if the request does not say."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_urlencoded(body: bytes, most: int) -> Pairs:
    """Fields and values in their order. Raises Unreadable for what is not UTF-8, and for more than ``most`` fields."""
    try:
        return _parse_urlencoded(body.decode("ascii"), most, "strict")
    except UnicodeDecodeError as error:
        raise Unreadable("The form is not in UTF-8.") from error


def _parse_urlencoded(text: str, most: int, errors: str) -> Pairs:
    try:
        return parse_qsl(text, keep_blank_values=True, errors=errors, max_num_fields=most)
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise Unreadable(f"A form may have at most {most} fields.") from error


async def _parse_multipart(request: Request, body: bytes, most: int) -> Pairs:
    try:
        body.decode()
        kind = Headers({"content-type": _CHARSET.sub("", request.headers["content-type"])})
        parser = MultiPartParser(kind, _stream(body), max_files=0, max_fields=most, max_part_size=MAX_BODY)
        form = await parser.parse()
    except UnicodeDecodeError as error:
        raise Unreadable("The form is not in UTF-8, or holds a file; it takes text only.") from error
    except MultiPartException as error:
        raise Unreadable(error.message) from error
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def _stream(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("A name was said twice.")
    return found
