"""Memory that is free goes back to the system.

glibc keeps what was freed for later: after a crowd or some large answers the process would stay at its largest size,
gigabytes once. Fewer arenas or a lower threshold for mapped blocks would cost each request something; a look now and
then costs nothing.
"""

import asyncio
import ctypes
import resource
from collections.abc import Callable
from pathlib import Path

SECONDS = 10.0
"""Between two looks."""

GROWTH = 16 * 1024 * 1024
"""Bytes by which a process must have grown before it is worth a try, which takes milliseconds."""

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


class MemoryReturn:
    """Decides when to give memory back: when the process is larger by ``GROWTH`` than after the last time."""

    def __init__(self, resident: Callable[[], int] = resident_bytes, trim: Callable[[], None] = malloc_trim) -> None:
        self._resident, self._trim = resident, trim
        self._least = resident()

    def look(self) -> bool:
        """Give memory back if there may be much of it. Returns whether it did. May take milliseconds."""
        now = self._resident()
        if now < self._least + GROWTH:
            self._least = min(self._least, now)
            return False
        self._trim()
        self._least = self._resident()
        return True

    async def run(self) -> None:
        """Look now and then, in a thread, until cancelled."""
        while True:
            await asyncio.sleep(SECONDS)
            await asyncio.to_thread(self.look)
