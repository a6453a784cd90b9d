"""``serve --workers N``: starts several workers on one socket and restarts those that exit.

A worker says each second that its event loop runs, and one that does not for a while is killed and replaced.
SIGTERM and SIGINT stop all of them. SIGHUP replaces them one after the other with new processes. Workers are started
as new programs, never forked, so a replacement loads a new version while the old workers still answer.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from service.settings import Settings

log = logging.getLogger(__name__)

READY = b"ready\n"
"""What a worker writes to its standard output once it serves."""

BEAT = b"."
"""What it writes there every ``BEAT_SECONDS`` from then on."""

BEAT_SECONDS = 1.0

HANG_SECONDS = 20.0
"""A worker that has written nothing for this long hangs. Nothing that it does on its event loop takes a hundredth of
that, but a busy machine may let it wait."""

SECOND_CHANCE_SECONDS = 5.0
"""After which it is killed: all processes may have been frozen together, as with a container."""

START_SECONDS = 600.0
"""A worker that does not serve after this time hangs, too. It may have to migrate the store first, after SIGHUP."""

SECONDS_TO_END = 10
PAUSES = (0.5, 30.0)
"""Seconds before a worker is restarted: the first time, and at most when it fails repeatedly."""

_ROOT = Path(__file__).parents[2]


async def supervise(settings: Settings, listener: socket.socket, announce: Callable[[], None]) -> None:
    """Keep ``settings.workers`` processes serving until told to stop. Calls ``announce`` once the first one serves."""
    with tempfile.TemporaryDirectory(prefix="leave-a-reply-") as folder:
        await _Supervisor(settings, listener, Path(folder)).run(announce)


class _Supervisor:
    def __init__(self, settings: Settings, listener: socket.socket, folder: Path) -> None:
        self._settings, self._listener, self._folder = settings, listener, folder
        self._ending = asyncio.Event()
        self._running: set[Process] = set()
        self._slots = [WorkerSlot(str(number), self._start) for number in range(1, settings.workers + 1)]
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, announce: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._ending.set)
        loop.add_signal_handler(signal.SIGINT, self._ending.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._spawn(self._replace_all()))
        for slot in self._slots:
            self._spawn(slot.keep_filled())
        self._spawn(self._announce(announce))
        await self._ending.wait()
        self._listener.close()  # else the kernel would still accept connections that nobody answers
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*map(_end, self._running))

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self, announce: Callable[[], None]) -> None:
        first_served = [asyncio.create_task(slot.serves.wait()) for slot in self._slots]
        await asyncio.wait(first_served, return_when=asyncio.FIRST_COMPLETED)
        announce()

    async def _replace_all(self) -> None:
        for slot in self._slots:
            await slot.replace()

    async def _start(self, name: str) -> Process:
        """Start a worker. It exits when its standard input closes, so none outlives this process."""
        descriptor = self._listener.fileno()
        python_path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        settings = self._settings
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "service.server.worker_process", name, str(descriptor), str(self._folder)),
            env=os.environ | {"PYTHONPATH": python_path, "REPLY_PUBLIC_URL": settings.public_url},
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=(descriptor,),
        )
        self._running.add(process)
        return process


class WorkerSlot:
    """One of the N workers: its name, and the process that currently serves under it."""

    def __init__(self, name: str, start: Callable[[str], Coroutine[Any, Any, Process]]) -> None:
        self._name, self._start = name, start
        self._process: Process | None = None
        self._lock = asyncio.Lock()
        self.serves = asyncio.Event()

    async def keep_filled(self) -> None:
        """Start the process, and restart it whenever it exits. Runs until cancelled."""
        pause, longest_pause = PAUSES
        while True:
            async with self._lock:
                self._process, is_ready = await self._begin()
            pause = PAUSES[0] if is_ready else min(2 * pause, longest_pause)
            await self._wait_until_ended()
            log.error("a worker ended", extra={"worker": self._name})
            await asyncio.sleep(pause)

    async def replace(self) -> None:
        """Start a new process and stop the old one once the new one serves. If it does not start, keep the old one."""
        async with self._lock:
            new, is_ready = await self._begin()
            if not is_ready:
                log.error("a new worker did not start; the old one stays", extra={"worker": self._name})
                return
            old, self._process = self._process, new
        if old is not None:
            await _end(old)

    async def _wait_until_ended(self) -> None:
        """Wait for the process to exit, and for any process that replaced it meanwhile."""
        while (process := self._process) is not None:
            await _until_ended(process, self._name)
            if self._process is process:
                self._process = None

    async def _begin(self) -> tuple[Process, bool]:
        """Start a process. Returns it, and whether it became ready."""
        process = await self._start(self._name)
        line = await _first_line(process.stdout) if process.stdout else b""
        if line is None:
            log.error("a worker hangs at its start, and is killed", extra={"worker": self._name})
            process.kill()
        if is_ready := line == READY:
            self.serves.set()
        return process, is_ready


async def _first_line(output: asyncio.StreamReader) -> bytes | None:
    # Not wait_for, here and below: in Python 3.11 it loses a cancellation that comes in the moment when there is
    # something to read, and the supervisor would wait for its tasks for ever.
    with suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            return await output.readline()
    return None


async def _until_ended(process: Process, name: str) -> None:
    """Wait until a process exits, and kill it if it hangs."""
    if process.stdout is not None and await _hangs(process.stdout):
        log.error("a worker hangs, and is killed", extra={"worker": name})
        process.kill()
    await process.wait()


async def _hangs(beats: asyncio.StreamReader) -> bool:
    """Listen to a worker until it hangs, or has ended (False)."""
    patience = HANG_SECONDS
    while True:
        try:
            async with asyncio.timeout(patience):
                if not await beats.read(1024):
                    return False
            patience = HANG_SECONDS
        except TimeoutError:
            if patience == SECOND_CHANCE_SECONDS:
                return True
            patience = SECOND_CHANCE_SECONDS


async def _end(process: Process) -> None:
    """Send SIGTERM, and SIGKILL after ``SECONDS_TO_END``."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(SECONDS_TO_END):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
