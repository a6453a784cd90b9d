"""Keeps house while the service runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from anyio import CapacityLimiter, to_thread

from db.sql import take_lease
from service.housekeeping import chores, is_done
from service.mail.compose import Composer
from service.mail.messages import Sender
from service.mail.outbox import AT_ONCE
from service.mail.send import Delivery, connect
from service.smtp_url import MailServer, mailbox
from service.web.context import AppContext

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY = 600
"""Seconds between two rounds, whichever process makes them."""


async def housekeeper(context: AppContext) -> None:
    """Do the chores, again and again. What fails is logged and tried again in the next round."""
    while True:
        await asyncio.sleep(HOUSEKEEPING_EVERY)  # first: nobody waits for this when a service starts
        try:
            if await is_our_turn(context):
                await one_round(context)
        except Exception:
            log.exception("housekeeping failed")


async def is_our_turn(context: AppContext) -> bool:
    """Whether no other process has kept house lately. A little early is in time: no two clocks agree."""
    now = context.clock()
    return await context.write(take_lease, "housekeeping", now, now - 0.9 * timedelta(seconds=HOUSEKEEPING_EVERY))


async def one_round(context: AppContext) -> None:
    """Do each chore until it finds nothing more."""
    for job in chores(context.settings, context.clock()):
        while not is_done(await context.write(job)):
            await asyncio.sleep(0)


LEVELS_EVERY = 1.0
"""Seconds between two rounds."""


@asynccontextmanager
async def level_sync(context: AppContext) -> AsyncIterator[None]:
    """At work as long as this lasts. A process that shares nothing follows nobody."""
    if context.limits.is_local:
        yield
        return
    work = asyncio.create_task(_work(context))
    try:
        yield
    finally:
        work.cancel()


async def _work(context: AppContext) -> None:
    limiter = CapacityLimiter(1)
    while True:
        await asyncio.sleep(LEVELS_EVERY)
        for site_id in context.levels.due():
            try:
                await to_thread.run_sync(context.levels.sync, site_id, context.clock().timestamp(), limiter=limiter)
            except Exception:
                log.exception("a level could not be agreed on")


MAIL_EVERY = 2.0
"""Seconds between two looks into the outbox."""

PATIENCE = 5.0
"""Seconds that a stop waits for the mail that is just being handed in. Without them it might go out twice."""


@asynccontextmanager
async def mail_worker(context: AppContext) -> AsyncIterator[None]:
    """At work as long as this lasts. Without a mail server nobody is."""
    server = context.settings.mail_server
    if server is None:
        yield
        return
    stop = asyncio.Event()
    work = asyncio.create_task(_deliver_mail(delivery(context, server), stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({work}, timeout=PATIENCE)
        work.cancel()


def delivery(context: AppContext, server: MailServer) -> Delivery:
    """How this service delivers."""
    settings, sender = context.settings, sender_of(context)
    writing = Composer(sender, context.keyring, tuple(map(mailbox, settings.notify)))
    return Delivery(context.engine, context.writer, writing, lambda: connect(server, sender.hostname), context.clock)


def sender_of(context: AppContext) -> Sender:
    """Whom its mail comes from."""
    return Sender(mailbox(context.settings.mail_from), context.settings.public_url)


async def _deliver_mail(delivered: Delivery, stop: asyncio.Event) -> None:
    limiter, more = CapacityLimiter(1), False
    while (more and not stop.is_set()) or not await _stopped(stop, MAIL_EVERY):
        more = False
        try:
            more = await to_thread.run_sync(_round(delivered, stop), limiter=limiter) == AT_ONCE
        except Exception:
            log.exception("mail could not be delivered")


def _round(delivered: Delivery, stop: asyncio.Event) -> Callable[[], int]:
    return lambda: delivered.round(stop.is_set)


async def _stopped(stop: asyncio.Event, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            return await stop.wait()
    except TimeoutError:
        return False
