"""Rendered texts, kept in memory up to a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable

Key = tuple[str, ...]
_OVERHEAD = 300
"""Bytes of an entry besides its letters."""


class TextCache:
    """The results of ``make`` that were asked for most recently. ``most`` is in bytes, about. Threads may share it."""

    def __init__(self, make: Callable[..., str], most: int) -> None:
        self._make, self._most = make, most
        self._kept: OrderedDict[Key, str] = OrderedDict()
        self._lock = threading.Lock()
        self.size = self.made = 0

    def __call__(self, *key: str) -> str:
        """``make(*key)``, or what it returned before."""
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept
        made = self._make(*key)  # two threads may make the same: neither waits for the other
        with self._lock:
            self.made += 1
            if key not in self._kept:
                self._kept[key] = made
                self.size += _weight(key, made)
            while self.size > self._most and self._kept:
                self.size -= _weight(*self._kept.popitem(last=False))
        return made


def _weight(key: Key, made: str) -> int:
    """Texts beyond Latin take up to four bytes a letter; two are counted, as for most scripts."""
    return 2 * (sum(map(len, key)) + len(made)) + _OVERHEAD
