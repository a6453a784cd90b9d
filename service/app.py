"""The roof: every route on one screen, and the parts of a process put together."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from starlette.applications import Starlette
from starlette.routing import Route

from db.engine import migrate, open_engine
from db.nearby import Nearby
from db.writer import Writer
from service import sites
from service.captcha import Captcha
from service.keys import load_keyring
from service.limits import open_limits
from service.metrics import Metrics
from service.moving import refuse_half_moved
from service.pages import origin_of
from service.settings import Settings
from service.spam.parts import spam_parts
from service.spam.symbols import refuse_unknown
from service.web import counts, drafts, embed, errors, feeds, form, mail, own, post, probe, thread
from service.web.admin.routes import admin_routes
from service.web.admission import Admission
from service.web.akismet.routes import akismet_routes
from service.web.cache import ThreadCache
from service.web.chores import keep_house
from service.web.crew import Crew
from service.web.following import following
from service.web.methods import by_method
from service.web.observing import ObservedApp
from service.web.operating.families import snapshot
from service.web.operating.routes import operating_routes
from service.web.postman import postman
from service.web.rendering import Rendering
from service.web.siteverify.routes import siteverify_routes
from service.web.state import Core, State, utc_now
from service.web.versions import Versions
from service.web.wordpress.routes import wordpress_routes

log = logging.getLogger(__name__)

SECONDS_TO_FLUSH = 1.5
"""For the writer, once nobody is being answered any more: with the server's own seconds, less than ten."""


def create_app(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    crew: Crew = Crew(),  # noqa: B008 - frozen
    admission: Admission | None = None,
    ticks: Callable[[], float] = time.monotonic,
) -> Starlette:
    """The application as a value. ``clock`` gives the time of day, ``ticks`` the seconds by which limits are counted,
    which never go back; tests pin both. ``crew``: the workers beside it. ``admission``: how many requests it takes at
    once."""
    metrics, admission = Metrics(), admission or Admission()

    def opened() -> Core:
        core = open_core(settings, clock, ticks)
        core.metrics, core.crew, core.admission = metrics, crew, admission
        return core

    routes = [
        by_method("/comments", get=thread.comments, post=post.comment),
        Route("/thread", thread.thread),
        Route("/form", thread.form),
        Route("/preview", drafts.preview, methods=["POST"]),
        by_method("/own", get=own.show, post=own.act),
        Route("/captcha", form.captcha),
        Route("/check", probe.arrival),
        Route("/page", thread.page),
        *([Route("/", thread.demo)] if settings.demo else []),
        Route("/feed", feeds.feed),
        by_method("/counts", get=counts.show, post=counts.ask, options=counts.allow),
        Route("/latest", feeds.latest),
        Route("/popular", feeds.popular),
        by_method("/mail/confirm", get=mail.ask_to_confirm, post=mail.confirmed),
        by_method("/mail/unsubscribe", get=mail.ask_to_end, post=mail.ended),
        Route("/embed.js", embed.asset),
        Route("/enhance.js", embed.asset),
        Route("/widgets.js", embed.asset),
        Route("/own.js", embed.asset),
        Route("/embed.css", embed.asset),
        Route("/work.js", embed.asset),
        Route("/demo.css", embed.asset),
        Route("/icon.svg", embed.asset),
        *admin_routes(),
        Route("/admin.css", embed.asset),
        Route("/admin.js", embed.asset),
        *siteverify_routes(),
        *akismet_routes(),
        *operating_routes(),
        *wordpress_routes(),
    ]
    app = ObservedApp(
        metrics,
        admission,
        settings.trusted_proxies,
        routes=routes,
        exception_handlers=errors.HANDLERS,
        lifespan=_lifespan(opened),
    )
    app.router.redirect_slashes = False  # it would redirect to whatever Host was sent
    return app


def _lifespan(opened: Callable[[], Core]) -> Callable[[Starlette], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        core = opened()
        await core.read_sites()
        keeper = asyncio.create_task(keep_house(core))
        try:
            async with postman(core), following(core), core.crew.answering(lambda: snapshot(core)):
                yield {"core": core}
        finally:
            keeper.cancel()
            if not core.close(SECONDS_TO_FLUSH):
                log.error("the database did not take what was queued; none of it was acknowledged")

    return lifespan


def open_core(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    ticks: Callable[[], float] = time.monotonic,
    *,
    demo: bool = True,
) -> Core:
    """Open the database, bring its schema up to date, register the sites of the settings; that of the demo too, unless
    ``demo`` is false, as for a command that may not know where the service listens. Raises BadPage,
    OSError, ValueError."""
    refuse_unknown(settings.spam_weights)
    keyring = load_keyring(settings)
    engine = open_engine(settings.database)
    migrate(engine)
    refuse_half_moved(engine)
    writer = Writer(engine)
    addresses = [*settings.sites, *([origin_of(settings.public_url)] if demo and settings.demo else [])]
    writer.run(sites.register_all, addresses, clock())
    limits, levels = open_limits(settings, engine, writer, clock, ticks)
    return Core(
        settings=settings,
        keyring=keyring,
        engine=engine,
        writer=writer,
        captcha=Captcha(keyring),
        limits=limits,
        levels=levels,
        rendering=Rendering(settings.public_url, settings.templates),
        versions=Versions(),
        threads=ThreadCache(),
        spam=spam_parts(settings, engine, writer, clock),
        nearby=Nearby.of(settings.database),
        metrics=Metrics(),
        clock=clock,
    )
