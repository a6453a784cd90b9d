"""What is stored of a person, as a file: a JSON object whose ``comments`` are written a few at a time.

Each piece is handed over as bytes, so bytes that a client has not read count as unsent, and the slowest readers are
closed; rows that waited here would count nowhere.
"""

import json
from collections.abc import AsyncIterator, Collection

from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from service.comments.side_effects import Key
from service.personal_data import Person, read_comments
from service.web.context import AppContext
from service.web.http import response_headers
from service.web.http.json_answer import safe

FORMAT_VERSION = 1
WRITTEN_AT_ONCE = 10
"""Comments of a piece: two megabytes if each has the longest text, and had another one before."""


def person_file(context: AppContext, person: Person, *, status: bool) -> StreamingResponse:
    """The file, for the person or, with each comment's ``status``, for an admin."""
    sent = {**response_headers.NEVER_STORED, "content-disposition": 'attachment; filename="comments.json"'}
    return StreamingResponse(pieces(context, person, status=status), 200, sent, "application/json")


async def pieces(context: AppContext, person: Person, *, status: bool) -> AsyncIterator[bytes]:
    """The file's bytes."""
    head = {"format": "leave-a-reply-person", "version": FORMAT_VERSION, "created_at": context.clock().isoformat()}
    yield (json.dumps({**head, "email": person.email}, ensure_ascii=False)[:-1] + ', "comments": [').encode()
    before, after = b"\n", None
    while keys := await context.read(person.keys, after, WRITTEN_AT_ONCE):
        if piece := await context.read(_write, keys, before, status=status):
            yield piece
            before = b",\n"
        after = keys[-1]
    yield b"\n]}\n"


def _write(connection: Connection, keys: Collection[Key], before: bytes, *, status: bool) -> bytes:
    """``before`` and these comments; empty if all are gone by now."""
    comments = read_comments(connection, keys, status=status)
    written = ",\n".join(json.dumps(comment, ensure_ascii=False) for comment in comments)
    return before + safe(written).encode() if comments else b""
