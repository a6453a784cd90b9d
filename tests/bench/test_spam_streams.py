"""Streams of decisions on a made-up blog: what is decided and what is tested on, and that the learner has learned."""

import random
from datetime import datetime, timedelta

import numpy as np
import pytest

from bench import spam_streams
from bench.spam_streams import Comments, StepResult, Stream, measure, pooled, table
from service.spam.classifier import Prior
from service.spam.training.corpus import Line
from tests.spam.classifier.made_up import ham, spam


def blog(of_each: int) -> list[Line]:
    """So many spams and honest comments, the newest first."""
    chance = random.Random(2)
    days = (datetime(2020, 1, 1) + timedelta(days=number) for number in reversed(range(of_each)))
    return [
        Line((spam if is_spam else ham)(chance), is_spam, "blog-ours", f"{day} {is_spam}", day.isoformat())
        for day in days
        for is_spam in (False, True)
    ]


def test_a_stream_takes_its_share_of_spam_in_the_order_of_time_and_never_what_is_tested_on() -> None:
    comments = Comments.of(blog(60))
    decided = list(comments.stream(Stream("30 % spam", 0.3, 20)))
    assert len(decided) == 57  # then there is no honest one left
    assert sum(arrived.line.spam for arrived, _ in decided) == 17
    assert [number for number, (arrived, said) in enumerate(decided) if said is not arrived.line.spam] == [19, 39]
    dates = [arrived.line.date for arrived, _ in decided if not arrived.line.spam]
    assert dates == sorted(dates)
    tested = {one.line.cluster for some in comments.tested for one in some}
    assert len(tested) == 40
    assert tested.isdisjoint(arrived.line.cluster for arrived, _ in decided)
    assert min(one.line.date for one in comments.tested[0]) > max(dates)


def test_dates_of_both_kinds_are_understood() -> None:
    lines = [Line(ham(random.Random(1)), False, "blog", "", date) for date in ("2012-01-01", "Sep 30, 2011", "?")]
    assert [one.date for one in sorted(lines, key=spam_streams._time)] == ["?", "Sep 30, 2011", "2012-01-01"]


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spam_streams, "STEPS", (0, 40))
    monkeypatch.setattr(spam_streams, "AIMS", (0.5, 0.9))
    monkeypatch.setattr(spam_streams, "LEARNED_AT", (40,))
    monkeypatch.setattr(spam_streams, "STREAMS", (Stream("half", 0.5), Stream("approvals only", 0.0)))


@pytest.mark.usefixtures("_short")
def test_weights_that_know_nothing_learn_from_decisions_and_nothing_from_approvals_alone() -> None:
    know_nothing = Prior.from_weights([(0, 1e-6)], 0.0, 1.0)
    found = measure(know_nothing, blog(60))
    assert found.keys() == {("half", 0), ("half", 40), ("approvals only", 0), ("approvals only", 40)}
    assert found["half", 40].recall > 0.9 > found["half", 0].recall
    assert found["approvals only", 40].recall == found["approvals only", 0].recall
    assert found["half", 40].held[1] > found["half", 0].held[1]


@pytest.mark.usefixtures("_short")
def test_the_table_says_where_an_aim_is_missed_and_what_has_fallen() -> None:
    good = StepResult(np.zeros(10), np.ones(20), (0, 20))
    bad = StepResult(np.zeros(10), np.array([1.0] * 12 + [-1.0] * 8), (1, 12))
    found = {("half", 0): good, ("half", 40): bad, ("approvals only", 0): good}
    rows = table(pooled([found, found])).splitlines()
    assert rows[2] == "| half | 1.000 (100.0%, 0.00%) | 0.600 (60.0%, 10.00%) ✗ ↓ |"
    assert rows[3] == "| approvals only | 1.000 (100.0%, 0.00%) | – |"
