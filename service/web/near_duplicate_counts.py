"""Passes the spam check's counts of texts to the writer. No request waits for it."""

import asyncio
import logging
from concurrent.futures import Future
from functools import partial

from db.writer import NotWritten
from service.spam.near_duplicates_write import WRITTEN_LAST, Job
from service.web.context import AppContext

log = logging.getLogger(__name__)

WRITTEN_EVERY = 10.0
"""Seconds within which every text is counted in."""


async def text_counter(context: AppContext) -> None:
    """Write what waits every ``WRITTEN_EVERY`` seconds."""
    while True:
        await asyncio.sleep(WRITTEN_EVERY)
        write_counts(context, context.spam.near_duplicate_writer.rest(begin=True))


def write_counts(context: AppContext, job: Job | None) -> None:
    """Hand over a job, and once it is done those for the rest: each in another batch, for posts to be between."""
    if job is None:
        return
    try:
        written = context.writer.submit(job, WRITTEN_LAST)
    except NotWritten:
        return  # it waits for the next text
    written.add_done_callback(partial(_go_on, context))


def _go_on(context: AppContext, written: Future[None]) -> None:
    if written.cancelled():
        return
    if error := written.exception():
        log.error("texts were not counted in", exc_info=error)
    else:
        write_counts(context, context.spam.near_duplicate_writer.rest())
