"""How many connections a process may hold, by how many files the system lets it open."""

import resource

MOST = 16_384
"""Connections of one process. An idle one takes about 10 kB."""

TAKEN_AT_ONCE = 32
"""Connections that are taken in one turn of the event loop."""

_RESERVE = 128 + 5 * TAKEN_AT_ONCE
"""Files for everything else: the store, the log, what Python opens; and connections that came before those which make
room for them are closed, which takes a few turns."""


def most_connections() -> int:
    """Raise the limit of open files as far as this process may, and return how many connections that leaves room for.

    The system's ordinary limit of 1,024 is there for programs that use ``select``.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + _RESERVE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    room = MOST if soft == resource.RLIM_INFINITY else soft - _RESERVE
    return max(1, min(MOST, room))
