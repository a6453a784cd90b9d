"""All that works beside the requests of a service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.web.background_tasks import compile_templates, housekeeper, level_sync, mail_worker, webhook_worker
from service.web.context import AppContext
from service.web.fetch_new_pages import page_asker
from service.web.import_worker import import_worker
from service.web.live_updates import live_watcher
from service.web.spam_check import text_counter


@asynccontextmanager
async def background_work(context: AppContext) -> AsyncIterator[None]:
    """Runs while the block does."""
    functions = (compile_templates, housekeeper, page_asker, text_counter, live_watcher)
    tasks = [asyncio.create_task(function(context)) for function in functions]
    try:
        async with mail_worker(context), webhook_worker(context), import_worker(context), level_sync(context):
            yield
    finally:
        for task in tasks:
            task.cancel()
