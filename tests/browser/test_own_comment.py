"""A reader's own comment in a browser: previewed, kept as a draft, edited, deleted, and seen again while it waits."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.server import Server
from tests.browser.test_journey import answer, fill

HELD = "Please answer me soon, somebody."


@pytest.fixture
def scripted(chromium: Browser) -> Iterator[Page]:
    """A window with JavaScript, in which no script may fail."""
    context = chromium.new_context()
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def test_a_preview_spends_nothing_and_loses_nothing(page: Page, server: Server) -> None:
    page.goto(server.url)
    fill(page, "Some *emphasis* here.")
    answer(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".form-preview em")).to_have_text("emphasis")
    expect(page.locator("#comment")).to_have_value("Some *emphasis* here.")
    page.click("#submit")
    expect(page.locator(".comment-list .comment-content em")).to_have_text("emphasis")
    expect(page.locator(".form-preview")).to_have_count(0)


def test_edited_and_deleted_with_and_without_javascript(page: Page, server: Server) -> None:
    page.goto(server.url)
    fill(page, "I liek this.")
    answer(page)
    page.click("#submit")
    expect(page.locator(".comment-content")).to_have_text("I liek this.")
    page.get_by_role("link", name="Edit or delete").click()
    area = page.get_by_label("Your comment")
    expect(area).to_have_value("I liek this.")
    area.fill("I like this.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".comment-content")).to_have_text("I like this.")
    expect(page.locator(".comment-edited")).to_have_text("edited")
    page.get_by_role("link", name="Edit or delete").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete this comment").click()
    expect(page.get_by_text("Your comment was deleted.")).to_be_visible()
    page.goto(server.url)
    expect(page.locator(".comment")).to_have_count(0)


def test_a_draft_is_there_again_and_goes_when_it_is_posted(scripted: Page, server: Server) -> None:
    scripted.goto(server.url)
    scripted.fill("#comment", "Half a thou")
    scripted.reload()
    expect(scripted.locator("#comment")).to_have_value("Half a thou")
    fill(scripted, "Half a thought.")
    answer(scripted)
    scripted.click("#submit")
    expect(scripted.locator(".comment-content")).to_have_text("Half a thought.")
    scripted.reload()
    expect(scripted.locator("#comment")).to_have_value("")


def post_for_review(page: Page, text: str, *, consent: bool) -> None:
    fill(page, text)
    if consent:
        page.get_by_label(re.compile("Save my name")).check()
    page.get_by_role("button", name=re.compile("send it for review")).click()
    expect(page.locator(".comment-awaiting-moderation")).to_be_visible()


def test_what_waits_is_seen_again_by_who_agreed_and_can_be_changed(scripted: Page, server: Server) -> None:
    scripted.goto(server.url)
    post_for_review(scripted, HELD, consent=True)
    scripted.reload()
    expect(scripted.locator(".comment-content")).to_have_text(HELD)
    expect(scripted.locator(".comment-awaiting-moderation")).to_be_visible()
    scripted.get_by_role("link", name="Edit or delete").click()
    scripted.get_by_role("button", name="Cancel").click()
    expect(scripted.locator(".comment-content")).to_have_text(HELD)
    scripted.get_by_role("link", name="Edit or delete").click()
    scripted.get_by_label("Your comment").fill("")
    scripted.locator(".own-form").evaluate("form => { form.noValidate = true }")
    scripted.get_by_role("button", name="Save").click()
    expect(scripted.locator(".own-form .field-error")).to_have_text("Please type your comment text.")
    scripted.get_by_label("Your comment").fill("Never mind.")
    scripted.get_by_role("button", name="Save").click()
    expect(scripted.locator(".comment-content")).to_have_text("Never mind.")
    scripted.get_by_role("link", name="Edit or delete").click()
    asked: list[str] = []
    scripted.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    scripted.get_by_role("button", name="Delete this comment").click()
    expect(scripted.get_by_label("Your comment")).to_have_value("Never mind.")
    assert asked == ["Delete this comment?"]
    scripted.once("dialog", lambda dialog: dialog.accept())
    scripted.get_by_role("button", name="Delete this comment").click()
    expect(scripted.locator(".comment")).to_have_count(0)
    assert scripted.evaluate("localStorage.getItem('leave-a-reply:own')") is None


def test_nothing_is_kept_by_the_browser_of_who_did_not_agree(scripted: Page, server: Server) -> None:
    scripted.goto(server.url)
    post_for_review(scripted, HELD, consent=False)
    expect(scripted.get_by_role("link", name="Edit or delete")).to_be_visible()
    assert scripted.evaluate("Object.keys(localStorage)") == []
    scripted.reload()
    expect(scripted.locator(".comment")).to_have_count(0)


def test_who_takes_the_consent_back_is_forgotten(scripted: Page, server: Server) -> None:
    scripted.goto(server.url)
    post_for_review(scripted, HELD, consent=True)
    scripted.wait_for_function("Object.keys(localStorage).length === 2")
    scripted.get_by_label(re.compile("Save my name")).uncheck()
    scripted.wait_for_function("Object.keys(localStorage).length === 0")
