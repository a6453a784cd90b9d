"""The clock of the machine is put on or back by an hour, in either direction, while it runs."""

import time

import pytest

from db import column_types
from service.ratelimit.database_limits import DatabaseLimits
from service.ratelimit.token_buckets import Rate
from service.web.background_tasks import one_round
from service.web.context import AppContext
from tests.conftest import Clock
from tests.reader import Reader

HOUR = 3600
moved = pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["on", "back"])


@moved
def test_a_form_that_was_open_meanwhile_is_taken_once(reader: Reader, clock: Clock, seconds: int) -> None:
    form = reader.fields()
    clock.advance(seconds=seconds)
    first, second = reader.send(form), reader.send(form | {"comment": "Another"})
    assert (first.status_code, second.status_code) == (303, 422)
    assert "A thought of my own." in reader.read()


@moved
def test_who_posted_before_may_post_again_and_not_at_once(
    reader: Reader, context: AppContext, clock: Clock, seconds: int
) -> None:
    object.__setattr__(context.settings, "flood_seconds", 15)
    assert reader.post(comment="One").status_code == 303
    clock.advance(seconds=seconds)
    assert reader.post(comment="Two").status_code == 303
    form = reader.fields(comment="Three")
    clock.advance(seconds=-15)
    refused = reader.send(form)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) <= 2 * 15


@moved
def test_housekeeping_takes_nothing_that_is_needed(
    reader: Reader, context: AppContext, clock: Clock, seconds: int
) -> None:
    form = reader.fields()
    reader.send(form)
    clock.advance(seconds=seconds)
    reader.client.portal.call(one_round, context)
    assert "A thought of my own." in reader.read()
    assert reader.send(form | {"comment": "Another"}).status_code == 422, "the question is still known to be used"


@moved
def test_a_limit_that_is_counted_in_the_database_lets_through_what_it_should(
    context: AppContext, clock: Clock, seconds: int
) -> None:
    limits = DatabaseLimits(
        {"post": Rate.parse("2/minute")}, context.engine, context.writer, lambda: clock().timestamp()
    )
    for _ in range(2):
        assert [limits.take(("post", b"ada")) > 0 for _ in range(3)] == [False, False, True]
        clock.advance(seconds=seconds)


@moved
def test_ids_go_on_growing(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    before, now = column_types.new_id(), time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + seconds * 10**9)
    monkeypatch.setattr(column_types, "_last_id", before)
    drawn = [column_types.new_id() for _ in range(1000)]
    assert drawn == sorted({before, *drawn})[1:]
    assert drawn[-1] < 2**53


def test_a_process_that_starts_after_the_clock_was_put_back_draws_free_ids(
    reader: Reader, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    monkeypatch.setattr("secrets.randbits", lambda _bits: 0)
    for number in range(3):
        monkeypatch.setattr(column_types, "_last_id", 0)  # as in a process that knows nothing of the one before
        assert reader.post(comment=f"Thought {number}", email=f"{number}@example.org").status_code == 303
    assert all(f"Thought {number}" in reader.read() for number in range(3))
