"""``GET /healthz``: whether the process answers. ``GET /readyz``: whether it could store a comment now."""

import asyncio
import logging
import time

from sqlalchemy import Connection
from starlette.responses import PlainTextResponse, Response

from db.dialect_sql import take_lease
from db.engine import UNAVAILABLE, UnknownSchema, is_current
from db.writer import NotWritten, WriterFull
from service.web.context import AppContext, Request, context_of
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer

log = logging.getLogger(__name__)

DATABASE_SECONDS = 3.0
"""How long the database may take to answer."""

RECENT_COMMIT_SECONDS = 5.0
"""How long a commit proves that the database takes writes. Reading would prove nothing: a full disk and a standby
answer queries too. Only an idle process writes a row to find out."""


async def check_readiness(context: AppContext) -> dict[str, str]:
    """``writer``, ``database`` and ``schema``, each ``ok`` or what is wrong."""
    states = {
        "writer": _writer_state(context),
        "database": await _database_state(context),
        "schema": await _schema_state(context),
    }
    if failures := {name: state for name, state in states.items() if state != "ok"}:
        log.warning("not ready", extra=failures)
    return states


def _writer_state(context: AppContext) -> str:
    if not context.writer.alive:
        return "has ended"
    return "has too much to do" if context.writer.is_full else "ok"


async def _database_state(context: AppContext) -> str:
    counts = context.writer.counts
    if time.monotonic() - counts.last_commit < RECENT_COMMIT_SECONDS and counts.last_commit > counts.last_trouble:
        return "ok"
    now = context.clock()
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await context.write_row("readiness", take_lease, "readiness", now, now)
    except WriterFull:
        return "ok"  # reported by _writer_state
    except (TimeoutError, NotWritten, *UNAVAILABLE) as error:
        return f"takes no write: {type(error).__name__}"
    return "ok"


async def _schema_state(context: AppContext) -> str:
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            return await context.read(_read_schema_state)
    except (TimeoutError, *UNAVAILABLE) as error:
        return f"cannot be read: {type(error).__name__}"


def _read_schema_state(connection: Connection) -> str:
    """A newer schema is ok: while replicas are upgraded one after the other, the rest must keep serving."""
    try:
        return "ok" if is_current(connection) else "is old: restart the service"
    except UnknownSchema:
        return "ok"


_HEADERS = {**response_headers.NEVER_STORED, "x-content-type-options": "nosniff"}


async def alive(_request: Request) -> Response:
    """200 even without a database: restarting this process would not repair it."""
    return PlainTextResponse("alive\n", headers=_HEADERS)


async def ready(request: Request) -> Response:
    """200, or 503 with what is wrong. All requests within two seconds share one check."""
    context = context_of(request)
    states = await context.readiness.get(lambda: check_readiness(context))
    is_ready = all(state == "ok" for state in states.values())
    sent = _HEADERS if is_ready else {**_HEADERS, "retry-after": "5"}
    return JsonAnswer({"ready": is_ready, **states}, 200 if is_ready else 503, sent)
