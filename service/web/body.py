"""A request's body as fields, within bounds. What cannot be read is refused with a sentence."""

import asyncio
import re
from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from service.web.state import Request

MAX_BODY = 256 * 1024
"""Bytes. The longest comment, 65,525 bytes, is three times that when every byte is written as ``%XX``."""

MAX_FIELDS = 100
MAX_SECONDS = 20
"""For a body to arrive."""

_CHARSET = re.compile(r";\s*charset\*?[0-9*]*\s*=[^;]*", re.IGNORECASE)
"""We read UTF-8; else a stranger could choose any of Python's codecs, slow and odd ones too."""


class Unreadable(HTTPException):
    """400: the body is no form that we can read."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail)


async def read_fields(request: Request) -> dict[str, str]:
    """Field → value, from a URL-encoded or multipart body.

    Raises Unreadable as ``read_pairs`` does, and for a field that is sent twice, since two readers of such a form may
    disagree on what it says.
    """
    fields: dict[str, str] = {}
    for name, value in await read_pairs(request):
        if name in fields:
            raise Unreadable(f"The field “{name[:40]}” was sent twice.")
        fields[name] = value
    return fields


async def read_pairs(request: Request, most: int = MAX_FIELDS) -> list[tuple[str, str]]:
    """Fields and values in their order, from a URL-encoded or multipart body; names may repeat.

    Raises Unreadable for other types, for text that is not UTF-8, NUL characters, and more than ``most`` fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        pairs = _parse_urlencoded(await _read_body(request), most)
    elif kind == "multipart/form-data":
        pairs = await _parse_multipart(request, most)
    else:
        raise Unreadable("Send the form as application/x-www-form-urlencoded or multipart/form-data.")
    if any("\x00" in text for pair in pairs for text in pair):
        raise Unreadable("The form holds a NUL character, which no text has.")
    return pairs


def _parse_urlencoded(body: bytes, most: int) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=most)
    except UnicodeDecodeError as error:
        raise Unreadable("The form is not in UTF-8.") from error
    except ValueError as error:
        raise Unreadable(f"A form may have at most {most} fields.") from error


async def _parse_multipart(request: Request, most: int) -> list[tuple[str, str]]:
    body = await _read_body(request)
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


async def _read_body(request: Request) -> bytes:
    """The body; 413 when it is too long, as soon as that is known.

    Starlette's own limit answers before our error pages can, and without a word of what to do.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MAX_BODY:
        raise HTTPException(413)
    body = bytearray()
    try:
        async with asyncio.timeout(MAX_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    raise HTTPException(413)
    except TimeoutError as error:
        raise HTTPException(408) from error
    return bytes(body)


async def _stream(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
