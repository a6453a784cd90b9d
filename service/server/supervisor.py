"""``serve --workers N``: several processes on one socket, and one that looks after them.

A worker that ends is started again. SIGTERM and SIGINT end them all. SIGHUP replaces them one after the other by fresh
ones, which have loaded the program anew, so that a new version begins while the old one still answers.
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
"""What a worker says, once it serves, to the process that started it."""

SECONDS_TO_END = 10
PAUSES = (0.5, 30.0)
"""Seconds before a worker is started again: at first, and at most when it fails again and again."""

_ROOT = Path(__file__).parents[2]


async def supervise(settings: Settings, listener: socket.socket, announce: Callable[[], None]) -> None:
    """Keep workers on this socket until told to end. ``announce`` is called once the first of them serves."""
    with tempfile.TemporaryDirectory(prefix="leave-a-reply-") as folder:
        await _Supervisor(settings, listener, Path(folder)).run(announce)


class _Supervisor:
    def __init__(self, settings: Settings, listener: socket.socket, folder: Path) -> None:
        self._settings, self._listener, self._folder = settings, listener, folder
        self._ending = asyncio.Event()
        self._running: set[Process] = set()
        self._places = [_Place(str(number), self._start) for number in range(1, settings.workers + 1)]
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, announce: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._ending.set)
        loop.add_signal_handler(signal.SIGINT, self._ending.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._do(self._replace_all()))
        for place in self._places:
            self._do(place.keep())
        self._do(self._announce(announce))
        await self._ending.wait()
        self._listener.close()  # else connections would still be taken, and never answered
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*map(_end, self._running))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self, announce: Callable[[], None]) -> None:
        served = [asyncio.create_task(place.serves.wait()) for place in self._places]
        await asyncio.wait(served, return_when=asyncio.FIRST_COMPLETED)
        announce()

    async def _replace_all(self) -> None:
        for place in self._places:
            await place.replace()

    async def _start(self, name: str) -> Process:
        """A fresh worker. It ends when the pipe to it breaks, so that none outlives this process."""
        descriptor = self._listener.fileno()
        known = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        settings = self._settings
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "service.server.worker", name, str(descriptor), str(self._folder)),
            env=os.environ | {"PYTHONPATH": known, "REPLY_PUBLIC_URL": settings.public_url},
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=(descriptor,),
        )
        self._running.add(process)
        return process


class _Place:
    """A worker's place, and the process that fills it."""

    def __init__(self, name: str, start: Callable[[str], Coroutine[Any, Any, Process]]) -> None:
        self._name, self._start = name, start
        self._process: Process | None = None
        self._lock = asyncio.Lock()
        self.serves = asyncio.Event()

    async def keep(self) -> None:
        """Fill the place, again and again."""
        pause, most = PAUSES
        while True:
            async with self._lock:
                self._process, well = await self._begin()
            pause = PAUSES[0] if well else min(2 * pause, most)
            await self._ended()
            log.error("a worker ended", extra={"worker": self._name})
            await asyncio.sleep(pause)

    async def replace(self) -> None:
        """A fresh process in the place of this one, which ends only once the other serves."""
        async with self._lock:
            fresh, well = await self._begin()
            if not well:
                log.error("a new worker did not start; the old one stays", extra={"worker": self._name})
                return
            old, self._process = self._process, fresh
        if old is not None:
            await _end(old)

    async def _ended(self) -> None:
        """Until the process has ended, and so has any that replaced it."""
        while (process := self._process) is not None:
            await process.wait()
            if self._process is process:
                self._process = None

    async def _begin(self) -> tuple[Process, bool]:
        """A fresh process, and whether it serves."""
        process = await self._start(self._name)
        well = process.stdout is not None and await process.stdout.readline() == READY
        if well:
            self.serves.set()
        return process, well


async def _end(process: Process) -> None:
    """Tell it to end, and after ten seconds see to it."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), SECONDS_TO_END)
        except TimeoutError:
            process.kill()
            await process.wait()
