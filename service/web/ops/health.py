"""``GET /healthz``: does the process answer. ``GET /readyz``: could it take a comment just now."""

import asyncio
import logging
import time

from sqlalchemy import Connection
from starlette.responses import JSONResponse, PlainTextResponse, Response

from db.engine import UNAVAILABLE, UnknownSchema, is_current
from db.sql import take_lease
from db.writer import NotWritten, WriterFull
from service.web.context import AppContext, Request, context_of
from service.web.http import headers

log = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds that the database has."""

WRITTEN_LATELY = 5.0
"""Seconds for which a commit shows that the database takes writes. Only an idle process writes a row to find out."""


async def check_readiness(context: AppContext) -> dict[str, str]:
    """``writer``, ``database`` and ``schema``, each ``ok`` or what is wrong."""
    found = {"writer": _writer(context), "database": await _database(context), "schema": await _schema(context)}
    if wrong := {name: said for name, said in found.items() if said != "ok"}:
        log.warning("not ready", extra=wrong)
    return found


def _writer(context: AppContext) -> str:
    if not context.writer.alive:
        return "has ended"
    return "has too much to do" if context.writer.is_full else "ok"


async def _database(context: AppContext) -> str:
    counts = context.writer.counts
    if time.monotonic() - counts.last_commit < WRITTEN_LATELY and counts.last_commit > counts.last_trouble:
        return "ok"
    now = context.clock()
    try:
        async with asyncio.timeout(PATIENCE):
            await context.write_row("readiness", take_lease, "readiness", now, now)
    except WriterFull:
        return "ok"  # the writer's own line says it
    except (TimeoutError, NotWritten, *UNAVAILABLE) as error:
        return f"takes no write: {type(error).__name__}"
    return "ok"


async def _schema(context: AppContext) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return await context.read(_schema_state)
    except (TimeoutError, *UNAVAILABLE) as error:
        return f"cannot be read: {type(error).__name__}"


def _schema_state(connection: Connection) -> str:
    """A newer schema is fine: another process has been replaced by its next version, and this one is yet to be."""
    try:
        return "ok" if is_current(connection) else "is old: restart the service"
    except UnknownSchema:
        return "ok"


_HEADERS = {**headers.NEVER_STORED, "x-content-type-options": "nosniff"}


async def alive(_request: Request) -> Response:
    """200, whatever the database does: restarting this process would not heal it."""
    return PlainTextResponse("alive\n", headers=_HEADERS)


async def ready(request: Request) -> Response:
    """200, or 503 with what is wrong. The answer is two seconds old at most, however many ask."""
    context = context_of(request)
    found = await context.readiness.get(lambda: check_readiness(context))
    well = all(said == "ok" for said in found.values())
    sent = _HEADERS if well else {**_HEADERS, "retry-after": "5"}
    return JSONResponse({"ready": well, **found}, 200 if well else 503, sent)
