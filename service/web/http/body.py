"""Reads request bodies within limits: URL-encoded, multipart or JSON. Unreadable ones are refused with a sentence.

Every handler reads its body here, so that one time limit protects them all from clients that send slowly.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Coroutine
from itertools import chain
from typing import IO, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from service.web.context import Request, context_of
from service.web.http.errors import MESSAGES

MAX_BODY = 256 * 1024
"""Bytes. The longest comment has 65,525 bytes, and three times as many when each is written as ``%XX``."""

MAX_FIELDS = 100
MAX_SECONDS = 20
"""For the whole body to arrive, counted from the first read."""

_CHARSET = re.compile(r";\s*charset\*?[0-9*]*\s*=[^;]*", re.IGNORECASE)
"""Removed, since only UTF-8 is read: otherwise a client could choose any of Python's codecs, slow ones included."""

_MAX_ON_LOOP = 32 * 1024
"""Bytes of a body that is parsed on the event loop."""

Pairs = list[tuple[str, str]]
T = TypeVar("T")
P = ParamSpec("P")


class Unreadable(HTTPException):
    """400: the body is not in a form that this handler reads."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail)


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
    fields: dict[str, str] = {}
    for name, value in await read_pairs(request):
        if name in fields:
            raise Unreadable(f"The field “{name[:40]}” was sent twice.")
        fields[name] = value
    return fields


async def read_pairs(request: Request, max_fields: int = MAX_FIELDS, max_files: int = 0) -> Pairs:
    """(field, value) pairs in order, from a URL-encoded or multipart body; names may repeat. The value of a file is its
    text.

    Raises as ``read_body`` does, and Unreadable for other media types, for text that is not UTF-8, NUL characters, and
    more than ``max_fields`` fields.
    """
    content_type = media_type(request)
    if content_type == "application/x-www-form-urlencoded":
        pairs = await _parsed(request, parse_urlencoded, await read_body(request), max_fields)
    elif content_type == "multipart/form-data":
        declared = request.headers["content-type"]
        pairs = await _parsed(request, _parse_multipart, await read_body(request), declared, max_fields, max_files)
    else:
        raise Unreadable("Send the form as application/x-www-form-urlencoded or multipart/form-data.")
    if "\x00" in "".join(chain.from_iterable(pairs)):
        raise Unreadable("The form holds a NUL character, which no text has.")
    return pairs


async def read_pairs_of_any_charset(request: Request, max_fields: int) -> Pairs:
    """Like ``read_pairs``, but a body of any other media type counts as URL-encoded, and bytes that are not UTF-8
    become U+FFFD. Raises as ``read_body`` does, and Unreadable for more than ``max_fields`` fields."""
    if media_type(request) == "multipart/form-data":
        return await read_pairs(request, max_fields)
    return await _parsed(request, _parse_of_any_charset, await read_body(request), max_fields)


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
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable('The body is no JSON in UTF-8. Send an object, such as {"text": "…"}.') from error
    if not isinstance(value, dict):
        raise Unreadable("The body must be a JSON object.")
    if b"\\u0000" in body and _holds_nul(value):
        raise Unreadable("The body holds a NUL character, which no text has.")
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


def parse_urlencoded(body: bytes, max_fields: int) -> Pairs:
    """(field, value) pairs in order. Raises Unreadable for text that is not UTF-8, and above ``max_fields`` fields."""
    try:
        return _parse_urlencoded(body.decode("ascii"), max_fields, "strict")
    except UnicodeDecodeError as error:
        raise Unreadable("The form is not in UTF-8.") from error


def _parse_of_any_charset(body: bytes, max_fields: int) -> Pairs:
    return _parse_urlencoded(body.decode("latin-1"), max_fields, "replace")


def _parse_urlencoded(text: str, max_fields: int, errors: str) -> Pairs:
    """As ``urllib.parse.parse_qsl`` does, which takes twice as long for a form."""
    fields = [field for field in text.replace("+", " ").split("&") if field]
    if len(fields) > max_fields:
        raise Unreadable(f"A form may have at most {max_fields} fields.")
    halves = (field.partition("=") for field in fields)
    return [(_unquoted(name, errors), _unquoted(value, errors)) for name, _, value in halves]


def _unquoted(text: str, errors: str) -> str:
    if "%" not in text:
        return text
    return unquote_to_bytes(text).decode(errors=errors) if text.isascii() else unquote(text, errors=errors)


def _parse_multipart(body: bytes, content_type: str, max_fields: int, max_files: int) -> Pairs:
    headers = Headers({"content-type": _CHARSET.sub("", content_type)})
    try:
        body.decode()
        most = {"max_files": max_files, "max_fields": max_fields, "max_part_size": MAX_BODY}
        parser = MultiPartParser(headers, _as_stream(body), **most)
        form = _without_waiting(parser.parse())
    except UnicodeDecodeError as error:
        raise Unreadable("The form is not in UTF-8, or holds a file; it takes text only.") from error
    except MultiPartException as error:
        raise Unreadable(error.message) from error
    return [(name, value if isinstance(value, str) else _text_of(value.file)) for name, value in form.multi_items()]


def _text_of(file: IO[bytes]) -> str:
    with file:
        return file.read().decode()


def _without_waiting(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits, on any thread: the body that it parses is here."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("it waits")


async def _as_stream(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    by_name = dict(pairs)
    if len(by_name) < len(pairs):
        raise Unreadable("A name was said twice.")
    return by_name
