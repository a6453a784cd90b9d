"""Token buckets: so many at once, then as fast as they fill."""

import pytest

from service import limits
from service.limits import Limits, Rate


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_as_fast_as_it_fills() -> None:
    seconds = Seconds()
    buckets = Limits({"post": Rate.parse("3/minute")}, seconds)
    assert [buckets.take("post", b"ada") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("post", b"ada") == pytest.approx(20)
    seconds.now = 19
    assert buckets.take("post", b"ada") == pytest.approx(1)
    seconds.now = 20.001
    assert buckets.take("post", b"ada") == 0


def test_everybody_and_every_use_has_a_bucket_of_its_own() -> None:
    buckets = Limits({"post": Rate(1, 60), "login": Rate(1, 60)}, Seconds())
    assert [buckets.take(use, who) for use in ("post", "login") for who in (b"ada", b"bob")] == [0, 0, 0, 0]


def test_a_rate_of_nothing_is_no_limit() -> None:
    buckets = Limits({"post": Rate.parse("0/hour")}, Seconds())
    assert {buckets.take("post", b"ada") for _ in range(100)} == {0}


def test_many_strangers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = Seconds()
    buckets = Limits({"post": Rate(2, 60)}, seconds)
    monkeypatch.setattr(limits, "_MOST", 100)
    for number in range(1000):
        seconds.now += 0.001
        buckets.take("post", b"%d" % number)
    assert len(buckets._buckets) <= 100
