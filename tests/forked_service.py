"""Runs ``leave-a-reply`` in processes forked from one that has only imported it, which saves the import."""

import os
import resource
import subprocess
import sys
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path


@cache
def loaded_process() -> ForkServerContext:
    """The context that forks from a process which has imported the service."""
    context = get_context("forkserver")
    service = ["service.cli.main", "service.cli.command_tree", "service.server.run_server"]
    service += ["service.web.background_work", "service.web.admin.routes", "service.protocols.api.routes"]
    service += [f"service.protocols.{name}.routes" for name in ("akismet", "siteverify", "wordpress")]
    context.set_forkserver_preload([*service, "tests.forked_service", "tests.at_once", "tests.frozen"])
    return context


def _run(words: list[str], environment: dict[str, str], log: Path, files: int | None, typed: Path | str) -> None:
    if files is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, path, how in ((0, typed, os.O_RDONLY), (1, log, os.O_WRONLY | os.O_APPEND)):
        opened = os.open(path, how)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.dup2(1, 2)
    from service.cli.main import app  # here, since this module is the tests' as well

    app(words, prog_name="leave-a-reply")


class ForkedService:
    """A forked process with the part of ``subprocess.Popen`` that tests need. It may open so many ``files`` at most,
    and reads what is ``typed`` from there.
    """

    def __init__(
        self,
        words: list[str],
        environment: dict[str, str],
        log: Path,
        files: int | None = None,
        typed: Path | str = os.devnull,
    ) -> None:
        given = (words, environment, log, files, typed)
        self._process = loaded_process().Process(target=_run, args=given, daemon=True)
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """As ``poll``."""
        return self.poll()

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for the exit status. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired([sys.executable], timeout)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()
