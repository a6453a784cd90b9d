"""What is stored of a person, as a file: a JSON object whose ``comments`` are written some hundred at a time."""

import json
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from service.personal_data import READ_AT_ONCE, Person, read_comments
from service.web.context import AppContext
from service.web.http import headers

FORMAT_VERSION = 1


def person_file(context: AppContext, person: Person, *, status: bool) -> StreamingResponse:
    """The file, for the person or, with each comment's ``status``, for an admin."""
    sent = {**headers.NEVER_STORED, "content-disposition": 'attachment; filename="comments.json"'}
    return StreamingResponse(_pieces(context, person, status=status), 200, sent, "application/json")


async def _pieces(context: AppContext, person: Person, *, status: bool) -> AsyncIterator[str]:
    head = {"format": "leave-a-reply-person", "version": FORMAT_VERSION, "created_at": context.clock().isoformat()}
    yield json.dumps({**head, "email": person.email}, ensure_ascii=False)[:-1] + ', "comments": ['
    after, comma = None, ""
    while keys := await context.read(person.keys, after):
        for comment in await context.read(read_comments, keys, status=status):
            yield f"{comma}\n{json.dumps(comment, ensure_ascii=False)}"
            comma = ","
        after = keys[-1] if len(keys) == READ_AT_ONCE else None
        if after is None:
            break
    yield "\n]}\n"
