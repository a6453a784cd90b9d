"""A campaign has many names and texts, and one host that it leads to."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from service.spam.evidence import Evidence, LookedUp, Reputation
from service.spam.host_campaigns import DAY, HostSightings
from service.spam.look_up_and_judge import check
from service.spam.verdict import Action, Verdict

NOW = datetime(2026, 11, 29, tzinfo=UTC)
HOST = "pills.example"


def test_authors_of_a_day_are_counted_and_nobody_twice() -> None:
    seen = HostSightings()
    numbers = [seen.count(1, [HOST], who, NOW)[HOST] for who in ("ada@x.example", "bob", "ADA@x.example", "eve")]
    assert numbers == [0, 1, 1, 2]
    assert seen.count(2, [HOST], "eve", NOW) == {HOST: 0}  # another site
    assert seen.count(1, [HOST], "joe", NOW + DAY + timedelta(seconds=1)) == {HOST: 0}


def test_a_trial_is_not_counted() -> None:
    seen = HostSightings()
    assert [seen.count(1, [HOST], who, NOW, keep=False)[HOST] for who in ("ada", "bob", "eve")] == [0, 0, 0]


def test_memory_is_bounded() -> None:
    seen = HostSightings()
    for number in range(25_000):
        seen.count(1, [f"{number}.example"], "ada", NOW)
    for number in range(100):
        seen.count(1, [HOST], str(number), NOW)
    assert len(seen._seen) <= 20_000
    assert seen.count(1, [HOST], "eve", NOW) == {HOST: 32}


@pytest.mark.parametrize(
    ("number", "standing", "score"),
    [
        (1, {}, 0),
        (2, {}, 1.5),
        (4, {}, 3),
        (4, {HOST: Reputation()}, 3),
        (9, {HOST: Reputation(used=1)}, 0),
        (9, {HOST: Reputation(ham=1)}, 0),
    ],
)
def test_a_host_that_several_authors_bring_waits(number: int, standing: Mapping[str, Reputation], score: float) -> None:
    background = LookedUp(hosts=standing, brought={HOST: number})
    verdict = check(Evidence("A thought of my own.", "Ada", "", f"https://{HOST}", "", background=background))
    assert verdict.score == score
    assert (verdict.action is Action.HOLD) is (score >= 3)


@pytest.mark.parametrize(("number", "points"), [(3, 0), (4, 1.5), (9, 2.5), (30, 2.5)])
def test_over_all_sites_it_takes_more_authors_and_never_holds_alone(number: int, points: float) -> None:
    def verdict(**standing: Reputation) -> Verdict:
        background = LookedUp(hosts={HOST: Reputation(), **standing}, brought_anywhere={HOST: number})
        return check(Evidence("A thought of my own.", "Ada", "", f"https://{HOST}", "", background=background))

    assert (verdict().score, verdict().action) == (points, Action.PUBLISH)
    assert verdict(**{HOST: Reputation(used=1)}).score == 0


def test_the_sites_own_host_is_no_campaign() -> None:
    background = LookedUp(brought={"blog.example": 9})
    assert check(Evidence("Hi there", "A", "", "", "https://blog.example/post", background=background)).reasons == ()
