"""Runs the service as a process, for tests that stop, kill or crowd it. Only processes started here are ended."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx2
import psutil

from bench.servers import free_port
from tests.forked_service import ForkedService
from tests.reader import ARTICLE

T = TypeVar("T")
COMMAND = Path(sys.executable).with_name("leave-a-reply")
PATIENCE = 120.0
"""Seconds to wait for a condition on a busy machine."""

_LISTENS = re.compile(r"listens on http://127\.0\.0\.1:(\d+)")


def wait_for(condition: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """Wait until the condition returns something true, and return that. A condition that takes long is seldom looked
    at: what is waited for needs the processor. Raises TimeoutError with ``what``.
    """
    asked = time.monotonic()
    end = asked + patience
    while asked < end:
        if found := condition():
            return found
        time.sleep(min(0.01 + 2 * (time.monotonic() - asked), 0.3))
        asked = time.monotonic()
    raise TimeoutError(what)


def children(pid: int) -> set[int]:
    """The ids of a process's own children. On Linux nothing else is looked at."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    if found := [path.read_text().split() for path in threads]:
        return {int(child) for each in found for child in each}
    return {child.pid for child in psutil.Process(pid).children()}


class ServiceProcess:
    """A running ``leave-a-reply serve`` on a free port. It is forked from a process that has imported the service, and
    may open so many ``files``; or, with ``shell``, started by a shell after these commands.
    """

    def __init__(
        self, folder: Path, settings: dict[str, str], shell: str | None = None, files: int | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / f"service-{time.monotonic_ns()}.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("REPLY_")}
        environment = inherited | {"REPLY_DATA": str(folder)} | settings
        words = ["serve", "--port", str(free_port())]
        self._log.touch()
        self._process = (
            ForkedService(words, environment, self._log, files)
            if shell is None
            else self._start_from(["sh", "-c", f'{shell} exec "$@"', "sh", str(COMMAND), *words], environment)
        )

    def _start_from(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @property
    def port(self) -> int:
        """The port, once the service listens. Raises TimeoutError, or RuntimeError with the log if it ended."""
        return int(wait_for(self._announced, f"the service did not start:\n{self.log}")[1])

    def _announced(self) -> re.Match[str] | None:
        found = _LISTENS.search(self.log)
        if found is None and self._process.poll() is not None:
            raise RuntimeError(f"the service ended with {self._process.returncode}:\n{self.log}")
        return found

    @property
    def log(self) -> str:
        """Everything that it has written."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def resident_bytes(self) -> int:
        """Its resident memory."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    @property
    def running(self) -> bool:
        """Whether it is running."""
        return self._process.poll() is None

    def client(self) -> httpx2.Client:
        """A client that does not follow redirects, for one thread."""
        address = f"http://127.0.0.1:{self.port}"
        return httpx2.Client(base_url=address, timeout=PATIENCE, trust_env=False, verify=False)

    def kill(self) -> None:
        """Send SIGKILL, so that it cannot clean up."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.send_signal(signal.SIGTERM)

    def hang_up(self) -> None:
        """Send SIGHUP, by which it replaces its workers."""
        self._process.send_signal(signal.SIGHUP)

    @property
    def workers(self) -> set[int]:
        """The ids of its child processes."""
        return children(self._process.pid)

    def wait(self, patience: float) -> int:
        """Wait for the exit status. Raises subprocess.TimeoutExpired."""
        return self._process.wait(patience)

    def close(self) -> None:
        """End it by SIGTERM, or by SIGKILL if that takes too long."""
        if self.running:
            self.terminate()
            try:
                self.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def serving(
    folder: Path, count: int = 1, shell: str | None = None, files: int | None = None, **settings: str
) -> Iterator[list[ServiceProcess]]:
    """Start services at the same time on one folder, by default without limits on posting. Ends them afterwards."""
    site = ARTICLE.rpartition("/")[0]
    unlimited = {"REPLY_SITES": site, "REPLY_FLOOD_SECONDS": "0", "REPLY_RATE_POST": "0/minute"}
    services = [ServiceProcess(folder, unlimited | settings, shell, files) for _ in range(count)]
    try:
        for service in services:
            assert service.port
        yield services
    finally:
        for service in services:
            service.close()
