"""Keeps house while the service runs."""

import asyncio
import logging

from service.housekeeping import chores, is_done
from service.web.state import Core

log = logging.getLogger(__name__)

EVERY = 600
"""Seconds between two rounds."""


async def keep_house(core: Core) -> None:
    """Do the chores, again and again. What fails is logged and tried again in the next round."""
    while True:
        await asyncio.sleep(EVERY)  # first: nobody waits for this when a service starts
        try:
            await one_round(core)
        except Exception:
            log.exception("housekeeping failed")


async def one_round(core: Core) -> None:
    """Do each chore until it finds nothing more."""
    for job in chores(core.settings, core.clock()):
        while not is_done(await core.write(job)):
            await asyncio.sleep(0)
