"""The second half of a start: what no reader waits for."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from anyio import to_thread

from service.web.context import AppContext
from service.web.http.direct_routes import RouteTable
from service.web.http.request_log import LoggedApp


async def finish_start(app: LoggedApp, context: AppContext, load: Callable[[], RouteTable] | None) -> None:
    """Load the routes that are deferred, once they are wanted, and work beside the requests until cancelled. ``load``
    imports them; None if all are there. An error of it is that of ``app.deferred``."""

    def imported() -> Callable[[AppContext], AbstractAsyncContextManager[None]]:
        import email_validator  # noqa: F401 - for ``service.comments.validation``, before an upgrade replaces it

        from service.web.background_work import background_work

        if load is not None:
            app.serve(load())
        return background_work

    await app.deferred.until_wanted()
    try:
        background_work = await to_thread.run_sync(imported)
        async with background_work(context):
            app.deferred.ended()
            await asyncio.Event().wait()
    except Exception as error:  # whatever a file raises that is broken, or of another version
        app.deferred.ended(error)
