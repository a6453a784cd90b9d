"""Token buckets: so many at once, then as fast as they fill."""

import pytest

from service.ratelimit import MemoryLimits as Limits
from service.ratelimit import Rate, token_buckets
from tests.buckets import Ticks


def test_a_bucket_gives_its_burst_and_then_as_fast_as_it_fills() -> None:
    ticks = Ticks()
    buckets = Limits({"post": Rate.parse("3/minute")}, ticks)
    assert [buckets.take(("post", b"ada")) for _ in range(3)] == [0, 0, 0]
    assert buckets.take(("post", b"ada")) == pytest.approx(20)
    ticks.now = 19
    assert buckets.take(("post", b"ada")) == pytest.approx(1)
    ticks.now = 20.001
    assert buckets.take(("post", b"ada")) == 0


def test_everybody_and_every_use_has_a_bucket_of_its_own() -> None:
    buckets = Limits({"post": Rate(1, 60), "login": Rate(1, 60)}, Ticks())
    assert [buckets.take((use, who)) for use in ("post", "login") for who in (b"ada", b"bob")] == [0, 0, 0, 0]


def test_a_rate_of_nothing_is_no_limit() -> None:
    buckets = Limits({"post": Rate.parse("0/hour")}, Ticks())
    assert {buckets.take(("post", b"ada")) for _ in range(100)} == {0}


def test_many_strangers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = Ticks()
    buckets = Limits({"post": Rate(2, 60)}, ticks)
    monkeypatch.setattr(token_buckets, "_MAX_BUCKETS", 100)
    for number in range(1000):
        ticks.now += 0.001
        buckets.take(("post", b"%d" % number))
    assert 50 <= len(buckets) <= 100


def test_all_or_none() -> None:
    """Whoever is refused for the site's sake keeps the token of its own."""
    buckets = Limits({"post": Rate(2, 60), "site": Rate(1, 60)}, Ticks())
    assert buckets.take(("post", b"ada"), ("site", b"1")) == 0
    assert buckets.take(("post", b"ada"), ("site", b"1")) == pytest.approx(60)
    assert [buckets.take(("post", b"ada")) > 0 for _ in range(2)] == [False, True]


def test_what_was_taken_can_be_read_and_comes_back() -> None:
    ticks = Ticks()
    buckets = Limits({"failure": Rate(10, 600)}, ticks)
    assert buckets.taken(("failure", b"ada")) == 0
    for _ in range(3):
        buckets.take(("failure", b"ada"))
    assert buckets.taken(("failure", b"ada")) == pytest.approx(3)
    ticks.now += 90
    assert buckets.taken(("failure", b"ada")) == pytest.approx(1.5)
