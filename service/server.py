"""Runs the application under uvicorn, and says where it is found."""

import gc
import socket
import sys
from typing import Any

import uvicorn

from db.engine import open_engine
from service import admins, logs
from service.app import create_app
from service.impatient import ImpatientProtocol
from service.keys import load_keyring
from service.settings import Settings
from service.web.state import utc_now


class _Server(uvicorn.Server):
    """Announces the addresses once the socket is open."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _rest_from_collecting()
            sys.stdout.write(announcement(self._settings))
            sys.stdout.flush()


def _rest_from_collecting() -> None:
    """What is there by now stays, so the garbage collector need not look at it again; and it looks less often, since
    what a request leaves behind goes by itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def run(settings: Settings) -> None:
    """Serve until told to stop."""
    logs.configure(settings.log_level)
    config = uvicorn.Config(
        create_app(settings),
        http=ImpatientProtocol,
        host=settings.host,
        port=settings.port,
        access_log=False,  # it would keep readers' addresses
        log_config=None,
        proxy_headers=False,  # REPLY_TRUSTED_PROXIES decides, not the request
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=8,
        h11_max_incomplete_event_size=32 * 1024,
        limit_concurrency=1000,
    )
    with listen(settings.host, settings.port) as listener:
        _Server(config, settings).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError with a sentence that says what to do when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        another = "Choose another: REPLY_PORT=8001, or --port 8001."
        raise OSError(f"Cannot listen on {host}, port {port}: {error.strerror}. {another}") from error
    # Connections inherit it. asyncio sets it only on a socket that names its protocol, as this one does not; without it
    # a body waits 40 ms for the acknowledgement of its head.
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
    return "\n".join([*lines, "", ""])


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
