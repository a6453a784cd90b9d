"""What several processes and their children use together: processor time and memory."""

from collections.abc import Iterator

import psutil


class Tree:
    """Processes by their ids, with all below them."""

    def __init__(self, *pids: int) -> None:
        self._pids = pids

    def _members(self) -> Iterator[psutil.Process]:
        for pid in self._pids:
            top = psutil.Process(pid)
            yield top
            yield from top.children(recursive=True)

    @property
    def cpu_seconds(self) -> float:
        """The processor time of all of them, and of those that have ended and were waited for."""
        times = [member.cpu_times() for member in self._members()]
        return float(sum(sum(each[:4]) for each in times))

    @property
    def megabytes(self) -> float:
        """The proportional set size: what several of them share counts once."""
        return float(sum(member.memory_full_info().pss for member in self._members()) / 1e6)
