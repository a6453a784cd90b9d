"""Buckets of the limits, as tests fill and empty them: by what the limits offer, with their clock pinned."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from service.ratelimit.rates import Bucket, Limits


class Ticks:
    """The seconds by which buckets fill: they pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def noted(limits: Limits) -> Iterator[list[Bucket]]:
    """The buckets that are drawn on meanwhile, in turn."""
    drawn: list[Bucket] = []
    take, ask = limits.take, limits.ask

    def noting_take(*buckets: Bucket) -> float:
        drawn.extend(buckets)
        return take(*buckets)

    def noting_ask(buckets: Sequence[Bucket], look: Bucket) -> tuple[float, float]:
        drawn.extend(buckets)
        return ask(buckets, look)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "take", noting_take)
        patch.setattr(limits, "ask", noting_ask)
        yield drawn


def use_up(limits: Limits, act: Callable[[], Any], use: str, *, of_site: bool | None = None) -> None:
    """Empty the one bucket of this use that an act draws on: of two, the site's, whose name is its number, or the
    client's. The clock has to stand still."""
    with noted(limits) as drawn:
        act()
    [bucket] = {each for each in drawn if each[0] == use and of_site in (None, each[1].isdigit())}
    while not limits.take(bucket):
        pass
