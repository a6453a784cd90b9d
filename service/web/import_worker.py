"""Works on imports of the admin beside the requests: starts a process for each, one at a time over all processes.

An upload lies in the data folder of the process that took it, as ``imports/NUMBER``; a process works on those that it
has. After a restart it goes on with what was not finished.
"""

import asyncio
import logging
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from anyio import to_thread

from db.engine import UNAVAILABLE
from service.importers import import_run_rows
from service.importers.import_run_rows import Key, RunState, WorkLease
from service.settings import Settings
from service.web.context import AppContext

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks for imports to work on."""

UPLOADS_ARE_KEPT = timedelta(days=7)
"""After which an upload is deleted that nobody has done anything with."""

_ARRIVED_LATELY = timedelta(hours=1)
"""A file that is this young may be the one of an import whose row is being written."""

_SWEEP_EVERY = 300
"""Looks between two for files that are no longer needed."""

_UPLOAD = re.compile(r"([0-9]{1,18})(?:\.part|\.redirects)?")
_ROOT = Path(__file__).parents[2]
TRY_AGAIN = 75
"""The exit status of a process that could not reach the database (``EX_TEMPFAIL``)."""

_PROGRAM = "service.server.import_process"


def folder_of(settings: Settings) -> Path:
    """Where uploads lie."""
    return settings.data / "imports"


def upload_of(settings: Settings, run_id: int) -> Path:
    """The place of an upload."""
    return folder_of(settings) / str(run_id)


@asynccontextmanager
async def import_worker(context: AppContext) -> AsyncIterator[None]:
    """Work on imports while the block runs."""
    task = asyncio.create_task(_keep_working(context))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_working(context: AppContext) -> None:
    looks = 0
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            await work_once(context)
            if looks % _SWEEP_EVERY == 0:
                await sweep(context)
            looks += 1
        except UNAVAILABLE:
            continue  # whoever reads or writes meanwhile says so in the log; here it would be every two seconds
        except Exception:
            log.exception("imports could not be looked for")


async def work_once(context: AppContext) -> bool:
    """Work on the oldest import that waits, if no other process works on one. Returns whether there was any."""
    here = await to_thread.run_sync(uploads, context.settings)
    key = await context.read(import_run_rows.to_do, here)
    lease, now = WorkLease(), context.clock()
    if key is None or not await context.write(lease.take, now):
        return False
    status = await _run(context, key, now.isoformat())
    if status not in (0, TRY_AGAIN):
        said = f"The process that worked on it ended with status {status}. What was taken until then is kept."
        await context.write(
            import_run_rows.change, key, import_run_rows.WORK, RunState.FAILED, context.clock(), said=said
        )
        log.error("an import's process failed", extra={"import": key[1], "status": status})
    return True


async def _run(context: AppContext, key: Key, lease_taken_at: str) -> int:
    """The exit status of the process; 0 also if it ended because this one does."""
    settings = context.settings
    python_path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    known = {"PYTHONPATH": python_path, "REPLY_DATA": str(settings.data), "REPLY_DATABASE_URL": settings.database_url}
    known |= {"REPLY_LOG_LEVEL": settings.log_level, "REPLY_LOG_FORMAT": settings.log_format}
    place = str(upload_of(settings, key[1]).absolute())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", _PROGRAM, str(key[0]), str(key[1]), place, lease_taken_at),
        env={"TMPDIR": str(folder_of(settings).absolute())} | os.environ | known,
        stdin=PIPE,
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()  # it may be killed anywhere: the next one goes on from what is written
            await process.wait()


def uploads(settings: Settings) -> list[int]:
    """The numbers of the imports whose file is here."""
    folder = folder_of(settings)
    names = (each.name for each in folder.iterdir()) if folder.is_dir() else ()
    return [int(name) for name in names if name.isdecimal() and len(name) <= 18]


def delete_upload(settings: Settings, run_id: int) -> None:
    """Delete an upload, and the redirects that came with it."""
    upload = upload_of(settings, run_id)
    for file in (upload, import_run_rows.redirects_of(upload)):
        file.unlink(missing_ok=True)


async def sweep(context: AppContext) -> None:
    """Delete uploads that are no longer needed, and what is left of those that did not arrive."""
    here = await to_thread.run_sync(uploads, context.settings)
    now = context.clock()
    needed = await context.read(import_run_rows.files_needed, here, now - UPLOADS_ARE_KEPT) if here else set()
    await to_thread.run_sync(_delete, context.settings, needed, now)


def _delete(settings: Settings, needed: set[int], now: datetime) -> None:
    folder = folder_of(settings)
    for path in folder.iterdir() if folder.is_dir() else ():
        match, is_part = _UPLOAD.fullmatch(path.name), path.name.endswith(".part")
        oldest = now - (UPLOADS_ARE_KEPT if is_part else _ARRIVED_LATELY)
        if match and (is_part or int(match[1]) not in needed) and path.stat().st_mtime < oldest.timestamp():
            path.unlink(missing_ok=True)
