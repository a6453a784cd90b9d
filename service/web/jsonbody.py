"""A request's body as a JSON object, within bounds. What cannot be read is refused with a sentence."""

import json
from typing import Any

from starlette.exceptions import HTTPException

from service.web.body import MAX_BODY, Unreadable
from service.web.state import Request


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


async def read_object(request: Request, most: int = MAX_BODY) -> dict[str, Any]:
    """Name → value, of whatever type.

    Raises Unreadable for anything but an object, for a name said twice, for text that is none and NUL characters;
    413 above ``most`` bytes.
    """
    body = await _read(request, most)
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


async def _read(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413)
    return bytes(body)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("A name was said twice.")
    return found
