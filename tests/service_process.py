"""The service as a process of its own, for tests that stop, kill or crowd it. Only processes started here are ended."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx2
import psutil

from tests.forked_service import ForkedService
from tests.reader import ARTICLE

T = TypeVar("T")
COMMAND = Path(sys.executable).with_name("leave-a-reply")
PATIENCE = 30.0
"""Seconds to wait for a condition on a busy machine."""

_LISTENS = re.compile(r"listens on http://127\.0\.0\.1:(\d+)")


def wait_for(condition: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """What the condition gives, once it gives something true. Raises TimeoutError."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise TimeoutError(what)


def free_port() -> int:
    """A port that the kernel has to spare."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class ServiceProcess:
    """One running ``leave-a-reply serve`` on a port that the kernel chose: forked from a process that has loaded it,
    or, with ``shell``, a command that a shell replaces itself by, after what is to be done before.
    """

    def __init__(self, folder: Path, settings: dict[str, str], shell: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / f"service-{time.monotonic_ns()}.log"
        own = {name: value for name, value in os.environ.items() if not name.startswith("REPLY_")}
        environment = own | {"REPLY_DATA": str(folder)} | settings
        words = ["serve", "--port", str(free_port())]
        self._log.touch()
        self._process = (
            ForkedService(words, environment, self._log)
            if shell is None
            else self._started_by(["sh", "-c", f'{shell} exec "$@"', "sh", str(COMMAND), *words], environment)
        )

    def _started_by(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @property
    def port(self) -> int:
        """The port, once the service listens. Raises TimeoutError or, with the log, RuntimeError."""
        return int(wait_for(self._announced, f"the service did not start:\n{self.log}")[1])

    def _announced(self) -> re.Match[str] | None:
        found = _LISTENS.search(self.log)
        if found is None and self._process.poll() is not None:
            raise RuntimeError(f"the service ended with {self._process.returncode}:\n{self.log}")
        return found

    @property
    def log(self) -> str:
        """All that it has written."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def resident_bytes(self) -> int:
        """The memory it holds."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def client(self) -> httpx2.Client:
        """A browser without redirects. For one thread."""
        address = f"http://127.0.0.1:{self.port}"
        return httpx2.Client(base_url=address, timeout=PATIENCE, trust_env=False, verify=False)

    def kill(self) -> None:
        """``kill -9``: it gets no chance to put anything in order."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.send_signal(signal.SIGTERM)

    def hang_up(self) -> None:
        """Ask it to replace its workers."""
        self._process.send_signal(signal.SIGHUP)

    @property
    def workers(self) -> set[int]:
        """The processes that it has started, by their numbers."""
        return {child.pid for child in psutil.Process(self._process.pid).children()}

    def wait(self, patience: float) -> int:
        """The status it ended with. Raises subprocess.TimeoutExpired."""
        return self._process.wait(patience)

    def close(self) -> None:
        """End it, kindly at first."""
        if self.running:
            self.terminate()
            try:
                self.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def serving(folder: Path, count: int = 1, shell: str | None = None, **settings: str) -> Iterator[list[ServiceProcess]]:
    """Services that start at the same time on one folder, without limits on posting unless ``settings`` say so."""
    site = ARTICLE.rpartition("/")[0]
    unlimited = {"REPLY_SITES": site, "REPLY_FLOOD_SECONDS": "0", "REPLY_RATE_POST": "0/minute"}
    services = [ServiceProcess(folder, unlimited | settings, shell) for _ in range(count)]
    try:
        for service in services:
            assert service.port
        yield services
    finally:
        for service in services:
            service.close()
