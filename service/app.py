"""The roof: every route on one screen, and the parts of a process put together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from starlette.applications import Starlette
from starlette.routing import Route

from db.engine import migrate, open_engine
from db.nearby import Nearby
from db.writer import Writer
from service import sites
from service.akismet.lessons import TaughtModels
from service.captcha import Captcha
from service.keys import load_keyring
from service.limits import open_limits
from service.pages import origin_of
from service.settings import Settings
from service.spam.parts import spam_parts
from service.web import embed, errors, form, post, probe, thread
from service.web.admin.routes import admin_routes
from service.web.akismet.routes import akismet_routes
from service.web.cache import ThreadCache
from service.web.chores import keep_house
from service.web.methods import by_method
from service.web.rendering import Rendering
from service.web.siteverify.routes import siteverify_routes
from service.web.state import Core, State, utc_now
from service.web.versions import Versions
from service.web.wordpress.routes import wordpress_routes


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """The application as a value. ``clock`` gives the time of day; tests pin it."""
    routes = [
        by_method("/comments", get=thread.comments, post=post.comment),
        Route("/thread", thread.thread),
        Route("/form", thread.form),
        Route("/captcha", form.captcha),
        Route("/check", probe.arrival),
        Route("/page", thread.page),
        *([Route("/", thread.demo)] if settings.demo else []),
        Route("/embed.js", embed.asset),
        Route("/embed.css", embed.asset),
        Route("/work.js", embed.asset),
        Route("/demo.css", embed.asset),
        *admin_routes(),
        Route("/admin.css", embed.asset),
        Route("/admin.js", embed.asset),
        *siteverify_routes(),
        *akismet_routes(),
        *wordpress_routes(),
    ]
    app = Starlette(routes=routes, exception_handlers=errors.HANDLERS, lifespan=_lifespan(settings, clock))
    app.router.redirect_slashes = False  # it would redirect to whatever Host was sent
    return app


def _lifespan(
    settings: Settings, clock: Callable[[], datetime]
) -> Callable[[Starlette], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        core = open_core(settings, clock)
        keeper = asyncio.create_task(keep_house(core))
        try:
            yield {"core": core}
        finally:
            keeper.cancel()
            core.close()

    return lifespan


def open_core(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Core:
    """Open the database, bring its schema up to date, register the sites of the settings. Raises BadPage, OSError."""
    keyring = load_keyring(settings)
    engine = open_engine(settings.database)
    migrate(engine)
    writer = Writer(engine)
    addresses = [*settings.sites, *([origin_of(settings.public_url)] if settings.demo else [])]
    writer.run(sites.register_all(addresses, clock()))
    return Core(
        settings=settings,
        keyring=keyring,
        engine=engine,
        writer=writer,
        captcha=Captcha(keyring),
        limits=open_limits(settings, engine, writer, clock),
        rendering=Rendering(settings.public_url, settings.templates),
        versions=Versions(),
        threads=ThreadCache(),
        spam=spam_parts(settings, engine, writer, clock),
        taught=TaughtModels(),
        nearby=Nearby.of(settings.database),
        clock=clock,
    )
