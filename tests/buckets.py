"""Fills and empties buckets of the limits through their own interface, with a pinned clock."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from service.ratelimit.token_buckets import Bucket, Limits


class Ticks:
    """The monotonic clock of buckets, which moves only when a test sets ``now``."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def noted(limits: Limits) -> Iterator[list[Bucket]]:
    """Yields a list to which each bucket is added when it is drawn on."""
    drawn: list[Bucket] = []
    take, ask = limits.take, limits.ask

    def recording_take(*buckets: Bucket) -> float:
        drawn.extend(buckets)
        return take(*buckets)

    def recording_ask(buckets: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        drawn.extend(buckets)
        return ask(buckets, look)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "take", recording_take)
        patch.setattr(limits, "ask", recording_ask)
        yield drawn


def use_up(limits: Limits, act: Callable[[], Any], use: str, *, of_site: bool | None = None) -> None:
    """Empty the bucket of this use that ``act`` draws on. Of two, ``of_site`` selects the site's, whose name
    is a number, or the client's. The clock must be pinned.
    """
    with noted(limits) as drawn:
        act()
    [bucket] = {each for each in drawn if each[0] == use and of_site in (None, each[1].isdigit())}
    while not limits.take(bucket):
        pass
