"""The list of comments in a browser: actions in place, keys, and a login that ran out."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from db.engine import open_engine
from tests.browser.server import Server
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment

PASSWORD = "a long and quiet sentence"
COMMENTS = 30


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser window with JavaScript."""
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture
def admin(page: Page, tmp_path: Path) -> Iterator[Page]:
    """The list with 30 comments that wait, newest first: 0, 1, 2 …"""
    with Server(tmp_path) as server:
        engine = open_engine(f"sqlite:///{tmp_path / 'var' / 'comments.db'}")
        context: Any = SimpleNamespace(engine=engine)
        clock = Clock()
        for number in range(COMMENTS):
            add_comment(context, clock, text=f"Comment {number}", age=number)
        engine.dispose()
        page.goto(server.setup_link)
        page.fill('[name="name"]', "Owner")
        for field in page.locator('input[type="password"]').all():
            field.fill(PASSWORD)
        page.get_by_role("button", name="Make the first admin").click()
        expect(page.locator("article.item")).to_have_count(25)
        page.evaluate("window.sameDocument = true")
        yield page


def text_of(page: Page, position: int) -> str:
    return page.locator("article.item .words").nth(position).inner_text()


def height(page: Page, position: int) -> float:
    """Where a comment stands in the window, in pixels from its top."""
    box = page.locator("article.item").nth(position).bounding_box()
    assert box
    return box["y"]


def test_a_click_on_the_tenth_comment_leaves_the_page_where_it_is(admin: Page) -> None:
    tenth = admin.locator("article.item").nth(9)
    admin.locator("article.item .pick input").nth(2).check()
    tenth.get_by_role("button", name="Spam").hover()  # scrolls there
    before = height(admin, 9)
    assert admin.evaluate("scrollY") > 0
    tenth.get_by_role("button", name="Spam").click()
    expect(admin.locator(".tab-pending .count")).to_have_text("29")
    assert text_of(admin, 9) == "Comment 10"
    assert abs(height(admin, 9) - before) < 2
    expect(admin.locator("article.item .pick input").nth(2)).to_be_checked()
    expect(admin).to_have_title("(29) Comments · Leave a Reply")
    admin.get_by_role("button", name="Undo").click()
    expect(admin.locator(".tab-pending .count")).to_have_text("30")
    assert text_of(admin, 9) == "Comment 9"
    assert admin.evaluate("window.sameDocument")


def test_keys_act_and_go_on_with_the_next(admin: Page) -> None:
    for keys, waiting in (("jja", 29), ("s", 28), ("t", 27), ("u", 28)):
        for key in keys:
            admin.keyboard.press(key)
        expect(admin.locator(".tab-pending .count")).to_have_text(str(waiting))
    assert [text_of(admin, position) for position in range(3)] == ["Comment 0", "Comment 3", "Comment 4"]
    assert admin.evaluate("window.sameDocument")


def test_after_a_login_that_ran_out_the_same_filter_is_shown_again(admin: Page) -> None:
    admin.get_by_role("searchbox").fill("Comment 2")
    admin.get_by_role("searchbox").press("Enter")
    expect(admin.locator(".searched b")).to_have_text("12 comments found")
    admin.context.clear_cookies()
    admin.locator("article.item").first.get_by_role("button", name="Approve").click()
    admin.fill('[name="name"]', "Owner")
    admin.fill('[name="password"]', PASSWORD)
    admin.get_by_role("button", name="Log in").click()
    expect(admin.locator(".searched b")).to_have_text("12 comments found")
    expect(admin.locator("article.item").first).to_contain_text("Comment 2")


def test_filters_work_without_javascript(admin: Page) -> None:
    storage = admin.context.storage_state()
    browser = admin.context.browser
    assert browser
    with browser.new_context(java_script_enabled=False, storage_state=storage) as plain:
        page = plain.new_page()
        page.goto(admin.url)
        page.locator(".filters summary").click()
        page.get_by_label("Per page").select_option("50")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("article.item")).to_have_count(COMMENTS)
        page.locator("article.item").nth(20).get_by_role("button", name="Approve").click()
        expect(page.locator("article.item")).to_have_count(COMMENTS - 1)


def test_a_comment_is_edited_and_answered_in_place_and_what_is_typed_stays(admin: Page) -> None:
    second, third = (admin.locator("article.item").nth(position) for position in (1, 2))
    third.get_by_role("link", name="Reply").click()
    third.get_by_label("Your reply").fill("Thank you for")
    second.focus()
    admin.keyboard.press("e")
    expect(second.get_by_label("Comment", exact=True)).to_be_focused()
    second.get_by_label("Comment", exact=True).fill("Better words")
    second.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("status")).to_have_text("Saved.")
    assert text_of(admin, 1) == "Better words"
    expect(third.get_by_label("Your reply")).to_have_value("Thank you for")
    third.get_by_label("Your reply").fill("Thank you for all of it")
    third.get_by_role("button", name="Publish the reply").click()
    expect(admin.get_by_role("status")).to_have_text("Your reply is published.")
    expect(admin.locator(".tab-approved .count")).to_have_text("2")
    expect(admin.locator("#list .place")).to_have_count(0)
    admin.keyboard.press("y")
    expect(admin.locator("#list .place")).to_have_count(1)
    admin.keyboard.press("Escape")
    expect(admin.locator("#list .place")).to_have_count(0)
    assert admin.evaluate("window.sameDocument")
    admin.keyboard.press("?")
    expect(admin.get_by_role("dialog")).to_be_visible()
    admin.keyboard.press("Escape")
    expect(admin.get_by_role("dialog")).to_be_hidden()


def test_all_of_a_search_is_moved_and_comes_back(admin: Page) -> None:
    admin.get_by_label("All 30 of this list").check()
    admin.locator("#bulk").get_by_role("button", name="Spam").click()
    expect(admin.get_by_role("status")).to_have_text("30 comments marked as spam.")
    expect(admin.locator(".tab-spam .count")).to_have_text("30")
    admin.get_by_role("button", name="Undo").click()
    expect(admin.get_by_role("status")).to_have_text("Undone: 30 comments are back where they were.")
    expect(admin.locator(".tab-spam .count")).to_have_text("0")
