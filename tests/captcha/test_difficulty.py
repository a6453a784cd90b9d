"""The question gets harder where it is failed at more than usual, and easy again by itself."""

from itertools import count

import pytest

from service.captcha.difficulty import SiteLevels, client_level

CLIENTS = map(b"%d".__mod__, count())
"""Clients that are all different."""


def fail(levels: SiteLevels, number: int, start: float, seconds: float, site: int = 1) -> float:
    for at in range(number):
        levels.note(site, next(CLIENTS), start + at * seconds / number)
    return start + seconds


@pytest.mark.parametrize(("failures", "level"), [(0, 1), (1.4, 1), (1.6, 2), (4.4, 2), (4.6, 3), (10, 3)])
def test_a_client_by_its_failures(failures: float, level: int) -> None:
    assert client_level(failures) == level


def test_people_who_mistype_raise_nothing() -> None:
    levels = SiteLevels()
    now = 0.0
    for _ in range(100):
        now = fail(levels, 9, now, 300)
        assert levels.level(1, now) == 1


def test_a_burst_raises_the_level_step_by_step_and_only_here() -> None:
    levels = SiteLevels()
    seen = []
    for number in range(1, 91):
        levels.note(1, next(CLIENTS), number * 0.1)
        seen.append(levels.level(1, number * 0.1))
    assert sorted(set(seen)) == [1, 2, 3, 4]
    assert seen == sorted(seen)
    assert levels.level(2, 10.0) == 1


def test_an_alarm_ends_within_the_hour_however_big_it_was() -> None:
    levels = SiteLevels()
    now = fail(levels, 50_000, 0, 100)
    assert levels.level(1, now) == 4
    assert levels.level(1, now + 3600) == 1


def test_what_is_usual_on_a_busy_site_is_no_alarm_there() -> None:
    levels = SiteLevels()
    now = 0.0
    for _ in range(600):
        now = fail(levels, 60, now, 300)
    assert levels.level(1, now) == 1
    now = fail(levels, 60, now, 60)
    assert levels.level(1, now) == 1
    now = fail(levels, 500, now, 60)
    assert levels.level(1, now) >= 3


def test_a_flood_does_not_become_usual_within_hours() -> None:
    levels = SiteLevels()
    now = 0.0
    for _ in range(24):
        now = fail(levels, 3000, now, 300)
        assert levels.level(1, now) == 4


def test_a_single_client_counts_once_a_day_however_often_it_fails() -> None:
    levels = SiteLevels()
    assert levels.note(1, b"one", 10.0)
    assert not any(levels.note(1, b"one", 10.0 + second) for second in range(500))
    assert levels.level(1, 510.0) == 1
    assert levels.note(2, b"one", 510.0)
    assert levels.note(1, b"one", 86_400.0)
