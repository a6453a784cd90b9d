"""Passwords: work for a thread of its own, so much at a time, and so often."""

from collections.abc import Callable
from math import ceil
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.web.admin.visit import Visit
from service.web.client import client_of

T = TypeVar("T")

AT_ONCE = 2
"""A check takes 50 ms of CPU and 64 MB. More at a time would slow readers down."""

MOST_WAITING = 40
_places: RunVar[CapacityLimiter] = RunVar("places for password checks")


async def work(task: Callable[[], T]) -> T:
    """Do something slow with a password. Raises HTTPException (503) when too many wait already."""
    try:
        places = _places.get()
    except LookupError:
        places = CapacityLimiter(AT_ONCE)
        _places.set(places)
    if places.statistics().tasks_waiting >= MOST_WAITING:
        raise HTTPException(503, headers={"retry-after": "10"})
    return await to_thread.run_sync(task, limiter=places)


async def too_soon(visit: Visit, name: str) -> int:
    """Count one more attempt, for the client and then for the account. Returns the seconds to wait, or 0.

    The account's bucket is drawn on by everybody who tries its name, so an attacker with many networks can delay its
    owner. That is accepted: a login lasts for two weeks, and the bucket fills again within a minute.
    """
    core = visit.core
    wait = await core.wait(("login", client_of(visit.request)))
    if not wait:
        wait = await core.wait(("login", core.keyring.pseudonym("login", " ".join(name.split()).casefold())))
    return ceil(wait)


def wait_sentence(visit: Visit, seconds: int) -> str:
    """What somebody is told who has to wait."""
    sentence = visit.language.ngettext(
        "Too many attempts. Please try again in %(num)s second.",
        "Too many attempts. Please try again in %(num)s seconds.",
        seconds,
    )
    return sentence % {"num": seconds}


def with_wait(response: Response, seconds: int) -> Response:
    """The response with a Retry-After."""
    response.headers["retry-after"] = str(seconds)
    return response
