"""Runs the application under uvicorn and prints its addresses."""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from db.engine import file_of, open_engine
from service import admin_logins
from service.app import create_app, open_context
from service.secret_keys import load_keyring, secret_path
from service.server.connection_limits import ACCEPTED_AT_ONCE, IdleConnections, most_connections
from service.server.http_protocol import protocol_class
from service.server.memory_trim import MemoryReturn, map_large_blocks, share_heaps
from service.server.supervisor import supervise
from service.settings import Settings
from service.telemetry import logs
from service.telemetry.worker_metrics import WorkerMetrics
from service.web.context import AppContext, utc_now
from service.web.http.concurrency_limit import MOST_REQUESTS, Admission
from service.web.http.deferred_routes import DeferredRoutes

log = logging.getLogger(__name__)

SECONDS_TO_DEFER = 0.5
"""After the start, what readers do not ask for is loaded. Not only when somebody asks: an upgrade may have replaced the
files by then."""

BACKLOG = 2048
"""Connections that may wait to be accepted."""

MOST_IN_KERNEL = 128 * 1024
"""Bytes of an answer that the kernel takes before it can send them. Else it takes 4 MB for a client that does not read,
where ``UnsentAnswers`` does not see them."""

_TCP_NOTSENT_LOWAT = 25  # Linux; Python names it from 3.12 on

_NOT_OUR_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL)
"""What an address of another machine, or a name without an address, is refused with."""

SECONDS_TO_ANSWER = 7
"""Time that requests under way have when the service is told to stop."""

SECONDS_TO_END = 9.5
"""The process exits after this time in any case: a database that does not answer could hold a thread for longer."""


class Server(uvicorn.Server):
    """Calls ``greet`` once it serves readers, and stops within ``SECONDS_TO_END``.

    What else the application has is loaded ``seconds_to_defer`` later, or with the first request for it. If that is
    impossible, the server stops, and ``is_broken``.
    """

    is_broken = False

    def __init__(
        self, config: uvicorn.Config, greet: Callable[[], None], seconds_to_defer: float = SECONDS_TO_DEFER
    ) -> None:
        super().__init__(config)
        share_heaps()  # before the application has threads
        self._greet = greet
        app: Any = config.app
        self._deferred: DeferredRoutes = app.deferred
        self._seconds_to_defer = seconds_to_defer
        self._second_half: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)  # asyncio uses one number for the backlog and for connections accepted per turn
        if self.started:
            map_large_blocks()
            relax_garbage_collector()
            self._second_half = asyncio.create_task(self._load_the_rest())
            self._greet()

    async def _load_the_rest(self) -> None:
        await asyncio.sleep(self._seconds_to_defer)
        gc.disable()  # as in ``service.cli.main``
        is_whole = await self._deferred.wait()
        gc.freeze()
        gc.enable()
        if not is_whole:
            log.critical("a part of the service cannot be loaded, so it stops", exc_info=self._deferred.error)
            self.is_broken = self.should_exit = True
            return
        self.complete()
        await MemoryReturn().run()

    def complete(self) -> None:
        """All is loaded."""

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        last_resort = threading.Timer(SECONDS_TO_END, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
        if self._second_half is not None:
            self._second_half.cancel()
        await super().shutdown(sockets)


def relax_garbage_collector() -> None:
    """Exempt what is loaded by now, which stays, and collect less often: requests leave few reference cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def run(settings: Settings, descriptor: int | None = None) -> None:
    """Serve until told to stop, on the host and port of the settings or on the open socket ``descriptor``."""
    with (
        logs.to_standard_error(settings.log_level, settings.log_format),
        listen(settings.host, settings.port) if descriptor is None else inherited_socket(descriptor) as listener,
    ):
        new_files = [file for file in _own_files(settings) if not file.exists()]
        # Opened here, where a wrong setting becomes a sentence: within the application it would become a traceback.
        context = open_context(settings)
        context.limits.taken(("post", b""))  # a Valkey that does not answer is logged now, not with the first comment
        if settings.workers > 1:
            context.close()  # the workers open their own
            asyncio.run(supervise(settings, listener, lambda: _announce(settings, new_files)))
        else:
            if not os.isatty(0):  # one process cannot replace itself, and systemd does not restart after SIGHUP
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            config = configuration(settings, WorkerMetrics(), context)
            server = Server(config, lambda: _announce(settings, new_files))
            server.run(sockets=[listener])
            if server.is_broken:
                sys.exit(1)


def _own_files(settings: Settings) -> list[Path]:
    """The files that a first start creates. They are named then, since a misspelt path creates them as well."""
    secret = None if settings.secret.get_secret_value() else secret_path(settings)
    return [file for file in (file_of(settings.database), secret) if file]


def _announce(settings: Settings, new_files: list[Path]) -> None:
    created = "".join(f"Created {file.absolute()}\n" for file in new_files)
    sys.stdout.write(created + announcement(settings))
    sys.stdout.flush()


def configuration(
    settings: Settings, worker_metrics: WorkerMetrics, context: AppContext | None = None
) -> uvicorn.Config:
    """The application, which closes ``context`` when it ends, and how uvicorn serves it."""
    limit = most_connections()
    admission = Admission(min(MOST_REQUESTS, limit))
    return uvicorn.Config(
        create_app(
            settings,
            worker_metrics=worker_metrics,
            admission=admission,
            context=context,
            deferred=DeferredRoutes(),
        ),
        http=protocol_class(IdleConnections(limit, admission), settings.import_mb * 1_000_000),
        ws="none",
        host=settings.host,
        port=settings.port,
        access_log=False,  # it would keep readers' addresses
        log_config=None,
        proxy_headers=False,  # REPLY_TRUSTED_PROXIES decides, not the request
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=SECONDS_TO_ANSWER,
        backlog=ACCEPTED_AT_ONCE,
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError with a sentence for the owner when that is impossible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno in _NOT_OUR_ADDRESS:
            why = f"REPLY_HOST: {host} is not an address of this machine. Use 127.0.0.1 or 0.0.0.0."
            raise OSError(why) from error
        another = "Choose another one: REPLY_PORT=8001, or --port 8001."
        if error.errno == errno.EADDRINUSE:
            raise OSError(f"Port {port} is in use by another program. {another}") from error
        if error.errno == errno.EACCES:
            raise OSError(f"Port {port} needs the rights of an administrator. {another}") from error
        raise OSError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
    return _without_delay(listener)


def inherited_socket(descriptor: int) -> socket.socket:
    """Return the socket that a parent process opened. Raises OSError with a sentence if ``descriptor`` is not one."""
    try:
        return _without_delay(socket.socket(fileno=descriptor))
    except OSError as error:
        raise OSError(f"File descriptor {descriptor} is not a socket: {error.strerror}.") from error


def _without_delay(listener: socket.socket) -> socket.socket:
    # Accepted connections inherit TCP_NODELAY. asyncio sets it only on sockets whose protocol number is given, which
    # these are not; without it a body waits 40 ms for the acknowledgement of its head.
    if listener.family != socket.AF_UNIX:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if sys.platform == "linux":
            listener.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, MOST_IN_KERNEL)
    return listener


def announcement(settings: Settings) -> str:
    """The text printed at the start: the addresses, and a one-time link while there is no admin."""
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
    """The one-time link that creates the first admin; None if there is an admin."""
    engine = open_engine(settings.database)
    try:
        with engine.connect() as connection:
            if admin_logins.count(connection):
                return None
    finally:
        engine.dispose()
    token = admin_logins.SetupLink(load_keyring(settings)).issue(utc_now())
    return f"{settings.public_url}/admin/setup?token={token}"
