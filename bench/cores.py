"""A core each for server and client, so that neither takes the other's time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

SERVER, CLIENT = 0, 1
"""By their place among the cores that this process may use."""


@contextmanager
def on_core(place: int) -> Iterator[None]:
    """What is started within the block stays on one core, where there are two."""
    if not hasattr(os, "sched_setaffinity") or len(allowed := os.sched_getaffinity(0)) < 2:
        yield
        return
    os.sched_setaffinity(0, {sorted(allowed)[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
