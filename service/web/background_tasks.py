"""What runs beside the requests: housekeeping, shared captcha levels, mail delivery, and webhooks."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from anyio import CapacityLimiter, to_thread

from db import word_index
from db.dialect_sql import take_lease
from db.engine import UNAVAILABLE
from service import log_chain
from service.comments.comment_statistics import add_refusals
from service.doctor.log_check import describe_break, read_log_state
from service.housekeeping import chores, is_done
from service.language import language
from service.mail.compose_mail import Composer
from service.mail.outbox import AT_ONCE
from service.mail.reader_messages import MailSender
from service.mail.smtp_delivery import Delivery, connect
from service.smtp_url import MailServer, mailbox
from service.web.context import AppContext
from service.webhooks.http_delivery import Courier
from service.webhooks.message_queue import Key, TakenMessage

log = logging.getLogger(__name__)

HOUSEKEEPING_EVERY = 600
"""Seconds between two rounds of chores, over all processes."""


async def compile_templates(context: AppContext) -> None:
    """Compile all templates a second after the start, which they must not slow down."""
    await asyncio.sleep(1)
    await context.compute(context.templates.compile, language(context.settings.language))


async def housekeeper(context: AppContext) -> None:
    """Do the chores every ``HOUSEKEEPING_EVERY`` seconds. A failure is logged; the next round tries again."""
    while True:
        await asyncio.sleep(HOUSEKEEPING_EVERY)  # before the first round too: it must not slow the start down
        try:
            await store_refusals(context)
            if await is_our_turn(context):
                await one_round(context)
                await check_log(context)
        except Exception:
            log.exception("housekeeping failed")


async def store_refusals(context: AppContext) -> None:
    """Add what this process has refused since the last time to the numbers of the day. What it refuses in its last
    minutes before a stop is not counted."""
    numbers = dict(context.metrics.refused_on)
    if numbers:
        await context.write_alone(add_refusals, numbers, context.clock())
        context.metrics.refused_on.subtract(numbers)
        context.metrics.refused_on += Counter()  # without those that are 0 now


async def is_our_turn(context: AppContext) -> bool:
    """Take the lease, unless another process has done the chores lately. 0.9 allows for clocks that differ."""
    now = context.clock()
    return await context.write(take_lease, "housekeeping", now, now - 0.9 * timedelta(seconds=HOUSEKEEPING_EVERY))


async def one_round(context: AppContext) -> None:
    """Repeat each chore until it finds nothing more to do, and enter new comments into the index of words."""
    for chore in chores(context.settings, context.clock()):
        while not is_done(await context.write_alone(chore)):
            await asyncio.sleep(0)
    while await context.write(word_index.index_slice) == word_index.AT_ONCE:
        await asyncio.sleep(0)


LOG_IS_CHECKED_EVERY = timedelta(days=1)


async def check_log(context: AppContext) -> None:
    """Join what commands have logged to the chains, and once a day check all of them and note where they end."""
    for site_id in await context.read(log_chain.sites_to_join):
        while await context.write(log_chain.join, context.keyring, site_id) == log_chain.AT_ONCE:
            await asyncio.sleep(0)
    now = context.clock()
    if not await context.write(take_lease, "log check", now, now - LOG_IS_CHECKED_EVERY):
        return
    state = await context.read(read_log_state, context.keyring, now)
    for broken in state.breaks:
        log.error("the log of actions is broken", extra={"site": broken.site_id, "what": describe_break(broken)})
    await context.write_alone(log_chain.seal_anew, context.keyring)
    for head in state.heads:
        log.info("end of the log of actions", extra={"site": head.site_id, "n": head.place, "seal": head.seal.hex()})


LEVELS_EVERY = 1.0
"""Seconds between two exchanges of captcha levels."""


@asynccontextmanager
async def level_sync(context: AppContext) -> AsyncIterator[None]:
    """Exchange captcha levels with other processes while the block runs, if they are shared."""
    if context.limits.is_local:
        yield
        return
    task = asyncio.create_task(_sync_levels(context))
    try:
        yield
    finally:
        task.cancel()


async def _sync_levels(context: AppContext) -> None:
    limiter = CapacityLimiter(1)
    while True:
        await asyncio.sleep(LEVELS_EVERY)
        for site_id in context.levels.due():
            try:
                await to_thread.run_sync(context.levels.sync, site_id, context.clock().timestamp(), limiter=limiter)
            except Exception:
                log.exception("a level could not be agreed on")


MAIL_EVERY = 2.0
"""Seconds between two polls of the outbox."""

SECONDS_TO_FINISH = 5.0
"""Time that a stop waits for the mail being sent. Interrupted, it might be sent twice."""


@asynccontextmanager
async def mail_worker(context: AppContext) -> AsyncIterator[None]:
    """Deliver mail while the block runs, if a mail server is set."""
    server = context.settings.mail_server
    if server is None:
        yield
        return
    stop = asyncio.Event()
    task = asyncio.create_task(_deliver_mail(delivery(context, server), stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=SECONDS_TO_FINISH)
        task.cancel()


def delivery(context: AppContext, server: MailServer) -> Delivery:
    """The delivery of this service's mail through ``server``."""
    settings, sender = context.settings, sender_of(context)
    composer = Composer(
        sender, context.keyring, tuple(map(mailbox, settings.notify)), settings.mail_a_day, settings.language
    )
    return Delivery(context.engine, context.writer, composer, lambda: connect(server, sender.hostname), context.clock)


def sender_of(context: AppContext) -> MailSender:
    """The sender of this service's mail."""
    return MailSender(mailbox(context.settings.mail_from), context.settings.public_url)


async def _deliver_mail(mail: Delivery, stop: asyncio.Event) -> None:
    limiter, more = CapacityLimiter(1), False
    while (more and not stop.is_set()) or not await _is_set_within(stop, MAIL_EVERY):
        more = False
        try:
            more = await to_thread.run_sync(mail.round, stop.is_set, limiter=limiter) == AT_ONCE
        except Exception:
            log.exception("mail could not be delivered")


WEBHOOKS_EVERY = 2.0
"""Seconds between two checks for messages to send."""

RECEIVERS_AT_ONCE = 8
"""Receivers that a process waits for at the same time."""


@asynccontextmanager
async def webhook_worker(context: AppContext) -> AsyncIterator[None]:
    """Send what webhooks are to hear while the block runs."""
    stop = asyncio.Event()
    task = asyncio.create_task(_deliver_webhooks(courier(context), stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=SECONDS_TO_FINISH)
        task.cancel()


def courier(context: AppContext) -> Courier:
    """Who sends this service's webhooks."""
    settings = context.settings
    return Courier(context.engine, context.writer, settings.public_url, settings.webhook_private, context.clock)


async def _deliver_webhooks(courier: Courier, stop: asyncio.Event) -> None:
    """Each receiver has a task of its own, so that one which does not answer keeps no other waiting."""
    looking, sending = CapacityLimiter(1), CapacityLimiter(RECEIVERS_AT_ONCE)
    busy: dict[Key, asyncio.Task[None]] = {}

    async def send(messages: list[TakenMessage]) -> None:
        try:
            await to_thread.run_sync(courier.send, messages, stop.is_set, limiter=sending, abandon_on_cancel=True)
        except Exception:
            log.exception("a webhook could not be sent")

    while not await _is_set_within(stop, WEBHOOKS_EVERY):
        busy = {key: task for key, task in busy.items() if not task.done()}
        try:
            found = await to_thread.run_sync(courier.take, list(busy), limiter=looking)
        except UNAVAILABLE:
            continue  # whoever writes or reads meanwhile says so in the log; here it would be every two seconds
        except Exception:
            log.exception("webhooks could not be looked for")
            continue
        busy |= {key: asyncio.create_task(send(messages)) for key, messages in found.items()}
    if busy:
        await asyncio.wait(busy.values())


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
