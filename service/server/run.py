"""Runs the application under uvicorn, and says where it is found."""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from db.engine import migrate, open_engine
from service import admins
from service.app import create_app, open_core
from service.keys import load_keyring
from service.server.connections import TAKEN_AT_ONCE, IdleClosingProtocol, IdleConnections, most_connections
from service.server.supervisor import supervise
from service.settings import Settings
from service.telemetry import logs
from service.telemetry.worker_metrics import WorkerMetrics
from service.web.context import utc_now
from service.web.http.admission import MOST_REQUESTS, Admission

BACKLOG = 2048
"""Connections that may wait to be taken."""

SECONDS_TO_ANSWER = 7
"""For what is under way when the service is told to end."""

SECONDS_TO_END = 9.5
"""After so many it ends in any case: a database that does not answer would hold a thread for longer."""


class Server(uvicorn.Server):
    """Greets once the socket is open, and ends within ten seconds of being told to."""

    def __init__(self, config: uvicorn.Config, greet: Callable[[], None]) -> None:
        super().__init__(config)
        self._greet = greet

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)  # asyncio knows one number for how many may wait and how many it takes at once
        if self.started:
            _rest_from_collecting()
            self._greet()

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        last_resort = threading.Timer(SECONDS_TO_END, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
        await super().shutdown(sockets)


def _rest_from_collecting() -> None:
    """What is there by now stays, so the garbage collector need not look at it again; and it looks less often, since
    what a request leaves behind goes by itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def run(settings: Settings, descriptor: int | None = None) -> None:
    """Serve until told to stop: on the settings' host and port, or on a socket that is open already."""
    with (
        logs.to_standard_error(settings.log_level, settings.log_format),
        listen(settings.host, settings.port) if descriptor is None else inherited(descriptor) as listener,
    ):
        if settings.workers > 1:
            open_core(settings).close()  # what workers would all do, done once; and what is wrong is said at once
            asyncio.run(supervise(settings, listener, lambda: _announce(settings)))
        else:
            _reach_database(settings)
            if not os.isatty(0):  # nothing to replace; and for systemd to end by SIGHUP is to end for good
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            Server(configuration(settings, WorkerMetrics()), lambda: _announce(settings)).run(sockets=[listener])


def _reach_database(settings: Settings) -> None:
    """Raise DatabaseAway here, where it becomes a sentence: within the application it would become a traceback."""
    engine = open_engine(settings.database)
    try:
        migrate(engine)
    finally:
        engine.dispose()


def _announce(settings: Settings) -> None:
    sys.stdout.write(announcement(settings))
    sys.stdout.flush()


def configuration(settings: Settings, worker_metrics: WorkerMetrics) -> uvicorn.Config:
    """How uvicorn serves the application."""

    most = most_connections()
    admission = Admission(min(MOST_REQUESTS, most))

    class Protocol(IdleClosingProtocol):
        crowd = IdleConnections(most, admission)

    return uvicorn.Config(
        create_app(settings, worker_metrics=worker_metrics, admission=admission),
        http=Protocol,
        host=settings.host,
        port=settings.port,
        access_log=False,  # it would keep readers' addresses
        log_config=None,
        proxy_headers=False,  # REPLY_TRUSTED_PROXIES decides, not the request
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=SECONDS_TO_ANSWER,
        h11_max_incomplete_event_size=32 * 1024,
        backlog=TAKEN_AT_ONCE,
    )


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError with a sentence that says what to do when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        another = "Choose another: REPLY_PORT=8001, or --port 8001."
        raise OSError(f"Cannot listen on {host}, port {port}: {error.strerror}. {another}") from error
    return _prompt(listener)


def inherited(descriptor: int) -> socket.socket:
    """A socket that another process listens on. Raises OSError with a sentence when it is none."""
    try:
        return _prompt(socket.socket(fileno=descriptor))
    except OSError as error:
        raise OSError(f"File descriptor {descriptor} is no socket: {error.strerror}.") from error


def _prompt(listener: socket.socket) -> socket.socket:
    # Connections inherit it. asyncio sets it only on a socket that names its protocol, as this one does not; without it
    # a body waits 40 ms for the acknowledgement of its head.
    if listener.family != socket.AF_UNIX:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def announcement(settings: Settings) -> str:
    """Where everything is, and a link that makes the first admin while there is none."""
    public = settings.public_url
    lines = [f"Leave a Reply listens on http://{settings.host}:{settings.port}", ""]
    if settings.demo:
        lines += [f"  demo    {public}/", f"  form    {public}/page?page={public}/"]
    lines += [f"  admin   {public}/admin"]
    if link := setup_link(settings):
        lines += [
            "",
            "There is no admin yet. This link makes the first one; it works once, and for a day:",
            "",
            f"  {link}",
        ]
    return "\n".join([*lines, "", "Ctrl-C stops it.", "", ""])


def setup_link(settings: Settings) -> str | None:
    """The one-time link, if there is no admin."""
    engine = open_engine(settings.database)
    try:
        with engine.connect() as connection:
            if admins.count(connection):
                return None
    finally:
        engine.dispose()
    token = admins.SetupLink(load_keyring(settings)).issue(utc_now())
    return f"{settings.public_url}/admin/setup?token={token}"
