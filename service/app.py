"""Every route on one screen, and the assembly of a process from its parts."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import cache, partial

from starlette.routing import BaseRoute, Route

from db.copy_store import refuse_unfinished_move
from db.engine import migrate, open_engine
from db.kept_readers import KeptReaders
from db.prepared_statements import InlineReader
from db.writer import Writer
from service import sites
from service.captcha import Captcha
from service.comments.changes_for_caches import Changes
from service.pages.demo_site import register_demo
from service.ratelimit import open_limits
from service.secret_keys import load_keyring
from service.settings import Settings
from service.spam.look_up_and_judge import open_spam_services
from service.spam.rules import refuse_unknown
from service.telemetry.metrics import Metrics
from service.telemetry.worker_metrics import WorkerMetrics
from service.web import assets, form_question, thread_page
from service.web.context import AppContext, RequestState, utc_now
from service.web.finish_start import finish_start
from service.web.http import error_handlers
from service.web.http.concurrency_limit import Admission
from service.web.http.deferred_routes import DeferredRoutes
from service.web.http.direct_routes import RouteTable
from service.web.http.request_log import LoggedApp
from service.web.ops import health
from service.web.ops.metric_families import snapshot
from service.web.render.templates import open_templates
from service.web.render.thread_cache import PageVersions, ThreadCache

log = logging.getLogger(__name__)

SECONDS_TO_FLUSH = 1.5
"""How long a stop waits for the writer. With the server's own seconds this is less than ten."""


def create_app(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    worker_metrics: WorkerMetrics = WorkerMetrics(),  # noqa: B008 - frozen
    admission: Admission | None = None,
    ticks: Callable[[], float] = time.monotonic,
    context: AppContext | None = None,
    deferred: DeferredRoutes | None = None,
) -> LoggedApp:
    """The application as a value. ``context`` is one that is open already; without it the application opens its own
    when it starts. With ``deferred``, it loads what only moderators and programs ask for once it serves readers.

    ``clock`` gives the time of day, and ``ticks`` the seconds of the rate limits, which never go back; tests pin both.
    ``worker_metrics`` reaches the other workers. ``admission`` limits the requests that are served at once.
    """
    metrics, admission = Metrics(), admission or Admission()

    def opened() -> AppContext:
        opened = context or open_context(settings, clock, ticks)
        listen_to_changes(opened)
        opened.metrics, opened.worker_metrics, opened.admission = metrics, worker_metrics, admission
        return opened

    app = LoggedApp(
        metrics,
        admission,
        settings.trusted_proxies,
        _all_routes(demo=settings.demo) if deferred is None else _first_routes(),
        deferred=deferred or DeferredRoutes(),
        exception_handlers=error_handlers.HANDLERS,
        lifespan=_lifespan(opened, None if deferred is None else partial(_all_routes, demo=settings.demo)),
    )
    app.router.redirect_slashes = False  # it would redirect to whatever Host was sent
    return app


@cache
def _first_routes() -> RouteTable:
    """Threads and forms, each by a fixed path. A table holds nothing of an application: all in a process share it."""
    return RouteTable.of(
        (
            Route("/comments", thread_page.comments),
            Route("/thread", thread_page.thread),
            Route("/form", thread_page.form),
            Route("/captcha", form_question.captcha),
            Route("/page", thread_page.page),
            *_files(),
            Route("/healthz", health.alive),
        )
    )


def _files() -> list[BaseRoute]:
    return [Route(f"/{name}", assets.asset) for name in assets.NAMES]


@cache
def _all_routes(*, demo: bool) -> RouteTable:
    """All routes. To load them takes a third of a start."""
    return RouteTable.of((*_for_readers(), *_for_moderators_and_programs(demo=demo)))


def _for_readers() -> tuple[BaseRoute, ...]:
    from service.web import (
        comment_counts,
        edit_own,
        feeds,
        live_updates,
        post_comment,
        preview,
        privacy_page,
        report_comment,
        subscription_pages,
    )
    from service.web.http.preflight import allow
    from service.web.http.reader_params import by_method

    return (
        by_method("/comments", get=thread_page.comments, post=post_comment.comment, options=allow),
        by_method("/thread", get=thread_page.thread, options=allow),
        by_method("/form", get=thread_page.form, options=allow),
        Route("/preview", preview.preview, methods=["POST"]),
        Route("/preview", allow, methods=["OPTIONS"]),
        by_method("/own", get=edit_own.show, post=edit_own.act, options=allow),
        by_method("/report", get=report_comment.show, post=report_comment.act, options=allow),
        by_method("/captcha", get=form_question.captcha, options=allow),
        Route("/live", live_updates.listen),
        Route("/page", thread_page.page),
        Route("/feed", feeds.feed),
        by_method("/counts", get=comment_counts.show, post=comment_counts.ask, options=allow),
        by_method("/latest", get=feeds.latest, options=allow),
        by_method("/popular", get=feeds.popular, options=allow),
        by_method("/mail/confirm", get=subscription_pages.ask_to_confirm, post=subscription_pages.confirm_subscription),
        by_method(
            "/mail/unsubscribe", get=subscription_pages.ask_to_unsubscribe, post=subscription_pages.end_subscription
        ),
        by_method("/mail/notices", get=subscription_pages.ask_to_stop, post=subscription_pages.stop_notices),
        by_method("/privacy", get=privacy_page.show, post=privacy_page.ask),
        by_method("/privacy/mine", get=privacy_page.show_own, post=privacy_page.act_on_own),
        *_files(),
    )


def _for_moderators_and_programs(*, demo: bool) -> tuple[BaseRoute, ...]:
    from service.protocols.akismet.routes import akismet_routes
    from service.protocols.api.routes import api_routes
    from service.protocols.siteverify.routes import siteverify_routes
    from service.protocols.wordpress.routes import rest_route_routes, wordpress_routes
    from service.web.admin import setup_check_page
    from service.web.admin.routes import admin_routes
    from service.web.ops.prometheus import operating_routes

    return (
        *rest_route_routes(),
        *([Route("/", thread_page.demo)] if demo else []),
        Route("/check", setup_check_page.arrival),
        *admin_routes(),
        *siteverify_routes(),
        *akismet_routes(),
        *api_routes(),
        *operating_routes(),
        *wordpress_routes(),
    )


def _lifespan(
    opened: Callable[[], AppContext], load: Callable[[], RouteTable] | None
) -> Callable[[LoggedApp], AbstractAsyncContextManager[RequestState]]:
    """``load``: see ``finish_start``."""

    @asynccontextmanager
    async def lifespan(app: LoggedApp) -> AsyncIterator[RequestState]:
        context = opened()
        await context.read_sites()
        second_half = asyncio.create_task(finish_start(app, context, load))
        try:
            if load is None:
                await app.deferred.wait()
            async with context.worker_metrics.answering(lambda: snapshot(context)):
                yield {"context": context}
        finally:
            second_half.cancel()
            await asyncio.gather(second_half, return_exceptions=True)
            if not context.close(SECONDS_TO_FLUSH):
                log.error("the database did not take what was queued; none of it was acknowledged")

    return lifespan


def open_context(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    ticks: Callable[[], float] = time.monotonic,
    *,
    demo: bool = True,
) -> AppContext:
    """Open the database, migrate it, and register the sites of the settings.

    The demo's site is registered too, unless ``demo`` is false: a command does not know where the service listens.
    Raises BadPage, OSError, ValueError.
    """
    refuse_unknown(settings.spam_weights)
    keyring = load_keyring(settings)
    engine = open_engine(settings.database)
    migrate(engine)
    refuse_unfinished_move(engine)
    writer = Writer(engine)
    writer.run(sites.register_all, settings.sites, clock())
    if demo and settings.demo:
        writer.run(register_demo, settings.public_url, settings.sites, clock())
    limits, levels = open_limits(settings, engine, writer, clock, ticks)
    return AppContext(
        settings=settings,
        keyring=keyring,
        engine=engine,
        writer=writer,
        captcha=Captcha(keyring),
        limits=limits,
        levels=levels,
        templates=open_templates(settings.public_url, settings.templates),
        versions=PageVersions(),
        threads=ThreadCache(),
        spam=open_spam_services(settings, engine, writer, clock),
        inline_reader=InlineReader.of(settings.database),
        kept_readers=KeptReaders.of(engine),
        metrics=Metrics(),
        clock=clock,
    )


def listen_to_changes(context: AppContext) -> None:
    """Clear caches and retrain the spam check after each commit that changed what readers see."""

    def retrain(changes: Changes) -> None:
        for site_id in changes.decided_sites:
            context.spam.trainer.retrain_soon(site_id)

    context.listeners += [context.versions.forget_changed, context.live.changes_seen, retrain]
