"""Return freed memory to the system.

glibc keeps freed memory for later use: after many connections or large responses the process would stay at its largest
size, which can be gigabytes. A check every few seconds costs nothing.
"""

import asyncio
import ctypes
import resource
from collections.abc import Callable
from pathlib import Path

SECONDS = 10.0
"""Between two checks."""

GROWTH = 4 * 1024 * 1024
"""Bytes by which a process must have grown before it is worth a try."""

LARGE = 128 * 1024
"""Bytes of a block that the system is asked for: glibc's own threshold at first, which it raises to 32 MB."""

ARENAS = 2
"""Heaps for all threads. By default each thread has one, which keeps what that thread once needed. With two the process
is 5 MB smaller after some thousand requests, and threads seldom wait for one another: Python lets one run at a time."""

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h

_STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """The memory that this process holds; 0 where the system does not say."""
    try:
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def malloc_trim() -> None:
    """Give back what is free, where the C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def map_large_blocks() -> None:
    """Keep large blocks out of the heap, whatever was freed before: then they go back as soon as they are free, and
    leave no holes."""
    _mallopt(_M_MMAP_THRESHOLD, LARGE)


def share_heaps() -> None:
    """Let all threads share ``ARENAS`` heaps. To be called before there are threads."""
    _mallopt(_M_ARENA_MAX, ARENAS)


def _mallopt(option: int, value: int) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(option, value)


class MemoryReturn:
    """Gives memory back while the process is larger by ``GROWTH`` than it was at first."""

    def __init__(self, resident: Callable[[], int] = resident_bytes, trim: Callable[[], None] = malloc_trim) -> None:
        self._resident, self._trim = resident, trim
        self._first = resident()

    def look(self) -> bool:
        """Give memory back if there may be much of it. Returns whether it did. Takes a third of a millisecond if there
        is none, ten for a hundred megabytes."""
        if self._resident() < self._first + GROWTH:
            return False
        self._trim()
        return True

    async def run(self) -> None:
        """Look now and then, in a thread, until cancelled."""
        while True:
            await asyncio.sleep(SECONDS)
            await asyncio.to_thread(self.look)
