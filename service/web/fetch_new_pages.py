"""Asks each new page once what its title is, if the owner has set ``REPLY_ASK_PAGES``."""

import asyncio
import logging
from collections.abc import Callable

from anyio import CapacityLimiter, to_thread

from db.engine import UNAVAILABLE
from service.doctor.fetch_url import Fetched, fetch
from service.doctor.site_pages import ASKED_EVERY, ask_page, is_one_unasked, note_answer, take_unasked
from service.web.context import AppContext

log = logging.getLogger(__name__)


async def page_asker(context: AppContext) -> None:
    """Ask one page after the other. A failure is logged; the page is not asked again."""
    limiter = CapacityLimiter(1)
    while context.settings.ask_pages:
        await asyncio.sleep(ASKED_EVERY.total_seconds())
        try:
            await ask_next(context, limiter)
        except UNAVAILABLE:
            continue  # those who read and write meanwhile say so in the log
        except Exception:
            log.exception("a page could not be asked")


async def ask_next(context: AppContext, limiter: CapacityLimiter, ask: Callable[[str], Fetched] = fetch) -> bool:
    """Ask the newest page that was never asked. Returns whether there was one that no other process took."""
    if not await context.read(is_one_unasked):
        return False
    page = await context.write(take_unasked, context.clock())
    if page is None:
        return False
    answer = await to_thread.run_sync(ask_page, page, ask, limiter=limiter, abandon_on_cancel=True)
    await context.write_alone(note_answer, answer, context.clock())
    return True
