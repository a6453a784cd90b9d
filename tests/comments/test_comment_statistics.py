"""The numbers that moderators are shown, on each database."""

from datetime import timedelta

import pytest

from db.models import Status
from service.action_log import Act, ActKind, record
from service.comments.comment_statistics import Figures, add_refusals, read_figures
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment

DAY = 24 * 60


def figures(context: AppContext, clock: Clock, days: int = 7) -> Figures:
    with context.engine.connect() as connection:
        return read_figures(connection, [1], days, clock())


def test_comments_are_counted_by_day_hour_page_and_status(context: AppContext, clock: Clock) -> None:
    for age, status in ((0, Status.APPROVED), (0, Status.SPAM), (DAY, Status.APPROVED), (30 * DAY, Status.APPROVED)):
        add_comment(context, clock, age=age, status=status, url="https://blog.example/a")
    add_comment(context, clock, status=Status.APPROVED, url="https://blog.example/b")
    found, today = figures(context, clock), clock().date()
    assert found.days[today] == {Status.APPROVED: 2, Status.SPAM: 1}
    assert found.days[today - timedelta(days=1)] == {Status.APPROVED: 1}
    assert len(found.days) == 7
    assert found.hours[clock().hour] == {Status.APPROVED: 3, Status.SPAM: 1}
    assert [(url, number) for url, _, number in found.pages] == [
        ("https://blog.example/a", 2),
        ("https://blog.example/b", 1),
    ]
    assert found.sites[1] == {Status.APPROVED: 3, Status.PENDING: 0, Status.SPAM: 1, Status.TRASH: 0}
    assert not found.cut


def test_reasons_of_held_comments_are_counted_once_each_whatever_json_there_is(
    context: AppContext, clock: Clock
) -> None:
    links = {"symbol": "links", "weight": 2}
    for reasons in ([links, links, {"symbol": "known_author", "weight": -2}], [links], "odd", [7], {"a": 1}):
        add_comment(context, clock, reasons=reasons)
    add_comment(context, clock, reasons=[links], status=Status.APPROVED)
    assert figures(context, clock).reasons == {"links": 2}


def test_refusals_add_up_by_day_and_reason(context: AppContext, clock: Clock) -> None:
    numbers = {(1, "answer"): 2, (1, "flood"): 1, (99, "answer"): 5, (1, "none"): 0}
    for _ in range(2):
        context.writer.run(add_refusals, numbers, clock())
    clock.advance(days=1)
    context.writer.run(add_refusals, {(1, "answer"): 1}, clock())
    found = figures(context, clock)
    assert [*found.refusals.values()][-2:] == [6, 1]
    assert found.refused_for == {"answer": 5, "flood": 2}


def test_what_moderators_did_is_counted_by_name(context: AppContext, clock: Clock) -> None:
    for number in (3, 4):
        context.writer.run(record, 1, Act(ActKind.SPAM, clock(), number=number))
    context.writer.run(record, 1, Act(ActKind.CLOSE, clock(), number=0))
    assert figures(context, clock).actions == {("", "spam"): 7, ("", "close"): 1}


def test_no_more_comments_are_counted_than_the_bound(
    context: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.comments.comment_statistics.AT_MOST", 8)
    for number in range(3):
        add_comment(context, clock, age=number * DAY)
    found = figures(context, clock)
    assert found.cut
    assert sum(day[Status.PENDING] for day in found.days.values()) == 2
