"""/admin: what readers reported, and keeping it."""

import pytest

from db import tables
from db.models import Status
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import AddComment, Browser, statuses
from tests.web.admin.test_comments_page import undo
from tests.writing import writing


@pytest.fixture
def report(context: AppContext, clock: Clock, add: AddComment) -> AddComment:
    """Adds a comment that two readers reported, and returns its key."""

    def add_reported(**more: object) -> str:
        key = add(**more)
        row = {"site_id": 1, "comment_id": int(key.partition("-")[2]), "reason": "insult", "at": clock()}
        with writing(context.engine) as connection:
            for who, note in ((b"a", "Look at <the> end."), (b"b", "")):
                connection.execute(tables.report.insert(), {**row, "who": who, "note": note})
        return key

    return add_reported


def test_the_filter_finds_what_was_reported_and_shows_the_notes(
    browser: Browser, add: AddComment, report: AddComment
) -> None:
    add(status=Status.APPROVED, text="An honest thought.")
    report(status=Status.APPROVED, text="A rude word.")
    html = browser.get("/admin?status=all&reported=yes").text
    assert "A rude word." in html
    assert "An honest thought." not in html
    for shown in ("2 reports by readers", "insult or hate", "Look at &lt;the&gt; end.", 'value="keep"'):
        assert shown in html


def test_one_is_kept_in_place_and_opened_again_by_undo(
    browser: Browser, context: AppContext, report: AddComment
) -> None:
    key = report(status=Status.PENDING)
    location = browser.act("keep", key, back="/admin?status=pending").headers["location"]
    assert statuses(context)[key] == "approved"
    assert "1 comment kept" in browser.get(location.removeprefix("..")).text
    assert "1 reported comment kept" in browser.get("/admin/log").text
    assert key not in browser.get("/admin?status=all&reported=yes").text
    undo(browser, location)
    assert statuses(context)[key] == "pending"
    assert key in browser.get("/admin?status=all&reported=yes").text


def test_all_of_a_list_are_kept_at_once(browser: Browser, context: AppContext, report: AddComment) -> None:
    keys = [report(status=Status.PENDING), report(status=Status.APPROVED), report(status=Status.SPAM)]
    location = browser.act("keep", everything="status=all&reported=yes").headers["location"]
    assert [statuses(context)[key] for key in keys] == ["approved", "approved", "spam"]
    assert "n=2" in location
    assert "Nothing found here." in browser.get("/admin?status=all&reported=yes").text


def test_a_comment_has_its_reports_on_its_page(browser: Browser, report: AddComment) -> None:
    assert "Look at &lt;the&gt; end." in browser.get(f"/admin/comment?comment={report()}").text
