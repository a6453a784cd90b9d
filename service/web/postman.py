"""Sends what stands in the outbox while the service runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, to_thread

from service.mail.delivery import Delivery
from service.mail.messages import Sender
from service.mail.outbox import AT_ONCE
from service.mail.sending import connected
from service.mail.server import MailServer, mailbox
from service.mail.writing import Writing
from service.web.state import Core

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks into the outbox."""

PATIENCE = 5.0
"""Seconds that a stop waits for the mail that is just being handed in. Without them it might go out twice."""


@asynccontextmanager
async def postman(core: Core) -> AsyncIterator[None]:
    """At work as long as this lasts. Without a mail server nobody is."""
    server = core.settings.mail_server
    if server is None:
        yield
        return
    stop = asyncio.Event()
    work = asyncio.create_task(_work(delivery(core, server), stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({work}, timeout=PATIENCE)
        work.cancel()


def delivery(core: Core, server: MailServer) -> Delivery:
    """How this service delivers."""
    settings, sender = core.settings, sender_of(core)
    writing = Writing(sender, core.keyring, tuple(map(mailbox, settings.notify)))
    return Delivery(core.engine, core.writer, writing, lambda: connected(server, sender.hostname), core.clock)


def sender_of(core: Core) -> Sender:
    """Whom its mail comes from."""
    return Sender(mailbox(core.settings.mail_from), core.settings.public_url)


async def _work(delivered: Delivery, stop: asyncio.Event) -> None:
    limiter, more = CapacityLimiter(1), False
    while (more and not stop.is_set()) or not await _stopped(stop, EVERY):
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
