"""Keeps the levels of sites in agreement with other processes, so that no request has to wait for them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, to_thread

from service.web.state import Core

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two rounds."""


@asynccontextmanager
async def following(core: Core) -> AsyncIterator[None]:
    """At work as long as this lasts. A process that shares nothing follows nobody."""
    if core.limits.near:
        yield
        return
    work = asyncio.create_task(_work(core))
    try:
        yield
    finally:
        work.cancel()


async def _work(core: Core) -> None:
    limiter = CapacityLimiter(1)
    while True:
        await asyncio.sleep(EVERY)
        for site_id in core.levels.due():
            try:
                await to_thread.run_sync(core.levels.sync, site_id, core.clock().timestamp(), limiter=limiter)
            except Exception:
                log.exception("a level could not be agreed on")
