"""Keeps house while the service runs."""

import asyncio
import logging
from datetime import timedelta

from db.chores import take_turn
from service.housekeeping import chores, is_done
from service.web.state import Core

log = logging.getLogger(__name__)

EVERY = 600
"""Seconds between two rounds, whichever process makes them."""


async def keep_house(core: Core) -> None:
    """Do the chores, again and again. What fails is logged and tried again in the next round."""
    while True:
        await asyncio.sleep(EVERY)  # first: nobody waits for this when a service starts
        try:
            if await is_our_turn(core):
                await one_round(core)
        except Exception:
            log.exception("housekeeping failed")


async def is_our_turn(core: Core) -> bool:
    """Whether no other process has kept house lately. A little early is in time: no two clocks agree."""
    now = core.clock()
    return await core.write(take_turn, "housekeeping", now, now - 0.9 * timedelta(seconds=EVERY))


async def one_round(core: Core) -> None:
    """Do each chore until it finds nothing more."""
    for job in chores(core.settings, core.clock()):
        while not is_done(await core.write(job)):
            await asyncio.sleep(0)
