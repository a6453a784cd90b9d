"""Identifiers that grow with time and need nobody's leave.

41 bits of milliseconds since 2026, 12 bits of chance: 53 in all, so that JavaScript reads them exactly. Known before
the insert, on every replica; and always above the small numbers that other systems gave their comments, so that an
import keeps those. Two processes may draw the same one in the same millisecond (1 in 4,096): an insert that finds its
id taken draws again.
"""

import secrets
import threading
import time

EPOCH = 1_767_225_600_000
"""2026-01-01T00:00:00Z in Unix milliseconds."""

_CHANCE_BITS = 12
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A fresh identifier, above every other that this process has drawn."""
    global _last
    drawn = (time.time_ns() // 1_000_000 - EPOCH) << _CHANCE_BITS | secrets.randbits(_CHANCE_BITS)
    with _lock:
        _last = max(drawn, _last + 1)
        return _last
