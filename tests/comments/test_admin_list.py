"""The moderators' list, on each database."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from db import tables
from db.models import Status
from service.comments.admin_counts import counts
from service.comments.admin_list import AdminCommentList, count_by_email, list_comments
from service.comments.comment_filter import CommentFilter
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment
from tests.writing import writing


def ask(context: AppContext, status: Status | None = None, **more: Any) -> AdminCommentList:
    with context.engine.connect() as connection:
        return list_comments(connection, status, **more)


def texts(listing: AdminCommentList) -> list[str]:
    return [item.text for item in listing.items]


def test_newest_come_first_and_spam_and_trash_stand_apart(context: AppContext, clock: Clock) -> None:
    for age, status in enumerate((Status.SPAM, Status.PENDING, Status.TRASH, Status.APPROVED)):
        add_comment(context, clock, text=status.value, age=age, status=status)
    assert texts(ask(context)) == ["pending", "approved"]
    assert texts(ask(context, Status.TRASH)) == ["trash"]
    with context.engine.connect() as connection:
        assert set(counts(connection).values()) == {1}
        assert set(counts(connection, CommentFilter(site=99)).values()) == {0}


@pytest.mark.parametrize("status", [None, Status.PENDING])
def test_pages_go_on_and_back_without_loss_though_the_times_are_equal(
    context: AppContext, clock: Clock, status: Status | None
) -> None:
    for number in range(11):
        other = Status.APPROVED if status is None and number % 2 else Status.PENDING
        add_comment(context, clock, text=str(number), status=other)
    expected = [str(number) for number in reversed(range(11))]
    page = ask(context, status, per_page=4)
    assert page.newer is None
    pages = [page]
    while page.older:
        page = ask(context, status, before=page.older, per_page=4)
        pages.append(page)
    assert [text for page in pages for text in texts(page)] == expected
    back = ask(context, status, after=pages[2].newer, per_page=4)
    assert texts(back) == texts(pages[1])
    assert texts(ask(context, status, after=back.newer, per_page=4)) == texts(pages[0])


@pytest.mark.parametrize(
    "cursor", ["x", "1-2", "1-2-3-4", "9" * 30 + "-1-1", "1-1-' OR 1", "٣-1-1", "99999999999999999-1-1", "1--1-1"]
)
def test_a_cursor_that_was_tampered_with_means_the_newest_page(context: AppContext, clock: Clock, cursor: str) -> None:
    add_comment(context, clock, text="here")
    assert texts(ask(context, before=cursor)) == ["here"]
    assert texts(ask(context, after=cursor)) == ["here"]


def test_behind_the_end_the_newest_page_is_shown(context: AppContext, clock: Clock) -> None:
    add_comment(context, clock, text="here")
    assert texts(ask(context, before="0-1-1")) == ["here"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("100%", ["100% sure_thing"]),
        ("sure_thing", ["100% sure_thing"]),
        ("_", ["100% sure_thing"]),
        ("' OR 1=1 --", []),
        ('"quoted"', ['it’s "quoted" \\ here']),
        ("\\", ['it’s "quoted" \\ here']),
        ("QUOTED it’s", ['it’s "quoted" \\ here']),
        ("été", ["L’ÉTÉ indien"]),
        ("tomás post", ["L’ÉTÉ indien", 'it’s "quoted" \\ here', "100% sure_thing"]),
        ("\x00", ["L’ÉTÉ indien", 'it’s "quoted" \\ here', "100% sure_thing"]),
    ],
)
def test_a_search_takes_every_sign_as_it_is(context: AppContext, clock: Clock, search: str, found: list[str]) -> None:
    for text in ("100% sure_thing", 'it’s "quoted" \\ here', "L’ÉTÉ indien"):
        add_comment(context, clock, text=text, email="t@ferry.example")
    assert texts(ask(context, wanted=CommentFilter(words=search))) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"author": "ADA"}, ["an answer", "a question"]),
        ({"email": "ada@example.org"}, ["an answer", "a question"]),
        ({"reason": "links"}, ["an advertisement"]),
        ({"reason": "link_"}, []),
        ({"replied": True}, ["a question"]),
        ({"replied": False}, ["an advertisement", "an answer"]),
        ({"since": date(2026, 11, 24)}, ["an advertisement"]),
        ({"until": date(2026, 11, 23)}, ["an answer", "a question"]),
        ({"words": "an", "author": "ada"}, ["an answer"]),
        ({"author": "ada", "reason": "links"}, []),
        ({"site": 9}, []),
    ],
)
def test_filters_combine_and_the_numbers_follow_them(
    context: AppContext, clock: Clock, wanted: dict[str, Any], found: list[str]
) -> None:
    day = 24 * 60
    clock.now = datetime(2026, 11, 24, 0, 0, 0, tzinfo=UTC)
    ada = {"author": "Ada", "email": "ada@example.org"}
    question = add_comment(context, clock, text="a question", age=2 * day, **ada)
    add_comment(context, clock, text="an answer", age=day, parent_id=int(question.partition("-")[2]), **ada)
    reasons = [{"symbol": "links", "weight": 3, "sentence": "The text holds 3 links."}]
    add_comment(context, clock, text="an advertisement", author="Bob", reasons=reasons)
    narrowed = CommentFilter(**wanted)
    assert texts(ask(context, wanted=narrowed)) == found
    with context.engine.connect() as connection:
        assert counts(connection, narrowed)[Status.PENDING] == len(found)


def test_a_single_comment_is_found_with_its_parent_whatever_its_status(context: AppContext, clock: Clock) -> None:
    first = add_comment(context, clock, text="x" * 500, status=Status.SPAM)
    number = int(first.partition("-")[2])
    answer = add_comment(context, clock, text="an answer", parent_id=number)
    assert texts(ask(context, wanted=CommentFilter(comment=(1, number)))) == ["x" * 500]
    (item,) = ask(context, wanted=CommentFilter(comment=(1, int(answer.partition("-")[2])))).items
    assert item.parent_text == "x" * 200


def test_an_address_is_counted_by_status_and_site(context: AppContext, clock: Clock) -> None:
    for status in (Status.APPROVED, Status.APPROVED, Status.SPAM):
        add_comment(context, clock, status=status)
    add_comment(context, clock, email="")
    listing = ask(context)
    with context.engine.connect() as connection:
        assert count_by_email(connection, listing.items) == {
            (1, "tomas@ferry.example"): {Status.APPROVED: 2, Status.SPAM: 1}
        }
        assert count_by_email(connection, []) == {}


@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)
def test_counting_addresses_costs_the_same_however_many_comments_there_are(context: AppContext, clock: Clock) -> None:
    for number in range(25):
        add_comment(context, clock, email=f"reader{number}@ferry.example")
    few = steps_to_count(context)
    with writing(context.engine) as connection:
        first = connection.execute(tables.comment.select()).first()
        assert first is not None
        others = ({"id": n, "email": f"reader{n % 500}@ferry.example"} for n in range(1, 3001))
        connection.execute(tables.comment.insert(), [{**first._mapping, **each} for each in others])
        connection.exec_driver_sql("ANALYZE")
    assert steps_to_count(context) < 5 * few


def steps_to_count(context: AppContext) -> int:
    """Of SQLite's virtual machine, for the addresses of a page."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    listing = ask(context)
    with context.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(step, 1)
        count_by_email(connection, listing.items)
        raw.set_progress_handler(None, 1)
    return steps


@pytest.mark.parametrize("status", [None, Status.PENDING])
def test_a_filter_that_no_index_knows_reads_so_many_and_goes_on_from_there(
    context: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch, status: Status | None
) -> None:
    monkeypatch.setattr("service.comments.admin_list.SCANNED", 3)
    monkeypatch.setattr("service.comments.admin_counts.SCANNED_TO_COUNT", 2)
    monkeypatch.setattr("service.comments.admin_counts.FEW", 0)
    for age in range(12):
        approved = status is None and age % 3 == 0
        word = "needle" if age in (1, 7, 11) else "straw"
        status_of = Status.APPROVED if approved else Status.PENDING
        add_comment(context, clock, text=f"{word} {age}", age=age, status=status_of)
    wanted = CommentFilter(words="needle")
    with context.engine.connect() as connection:
        numbers = counts(connection, wanted)
        assert Status.PENDING in numbers.more
        assert numbers[Status.PENDING] == 1
    found, pages = [], 0
    page = ask(context, status, wanted=wanted)
    for _ in range(9):
        found += texts(page)
        pages += 1
        if page.older is None:
            break
        assert page.read_until is not None
        page = ask(context, status, wanted=wanted, before=page.older)
    assert found == ["needle 1", "needle 7", "needle 11"]
    assert 2 < pages < 7


def test_numbers_stop_at_a_bound(context: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.comments.admin_counts.MOST_COUNTED", 3)
    for number in range(4):
        add_comment(context, clock, text=str(number))
    add_comment(context, clock, status=Status.SPAM)
    with context.engine.connect() as connection:
        numbers = counts(connection)
    assert (numbers[Status.PENDING], numbers[Status.SPAM], numbers.more) == (3, 1, {Status.PENDING})
