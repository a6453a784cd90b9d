"""The journey: a reader comments on the demo, and an admin sees it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.server import Server
from tests.reader import solve

TEXT = "I have wound that light myself, one night in March. It is “heavier” than it looks & worth it."


def answer(page: Page) -> None:
    expect(page.locator("#captcha")).to_be_editable()
    page.fill("#captcha", solve(page.locator(".captcha-question").inner_text()))


def fill(page: Page, text: str, name: str = "Ingrid", email: str = "ingrid@example.org") -> None:
    page.fill("#comment", text)
    page.fill("#author", name)
    page.fill("#email", email)


def test_from_a_missing_name_to_a_comment_marked_as_spam_and_back(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()

    fill(page, TEXT, name=" ")
    answer(page)
    page.click("#submit")
    expect(page.locator("#form-errors")).to_contain_text("Please type your name.")
    expect(page.locator("#comment")).to_have_value(TEXT)
    expect(page.locator("#author")).to_be_focused()

    page.fill("#author", "Ingrid")
    page.fill("#captcha", "99")
    page.click("#submit")
    expect(page.locator("#form-errors")).to_contain_text("That was not the right answer.")
    expect(page.locator("#comment")).to_have_value(TEXT)
    expect(page.locator("#captcha")).to_be_focused()
    expect(page.locator('input[name="captcha_token"]')).not_to_have_value("")
    expect(page.locator("#captcha")).to_have_value("")

    answer(page)
    page.click("#submit")
    expect(page.locator(".comment-content")).to_have_text(TEXT)
    expect(page.locator("#comment")).to_have_value("")
    assert page.url.split("?")[0].split("#")[0].rstrip("/") == server.url

    page.click(".comment-reply-link")
    expect(page.locator("#reply-title")).to_contain_text("Leave a Reply to Ingrid")
    fill(page, "And who had the Friday?", "Tom", "tom@example.org")
    answer(page)
    page.click("#submit")
    expect(page.locator(".comment .children .comment .comment-content")).to_have_text("And who had the Friday?")
    expect(page.locator(".comments-title")).to_have_text("2 comments")

    page.goto(server.setup_link)
    page.fill('[name="name"]', "Owner")
    for field in page.locator('input[type="password"]').all():
        field.fill("a long and quiet sentence")
    page.get_by_role("button", name="Create the first admin").click()
    rows = page.locator("article.item")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("And who had the Friday?")
    expect(rows.last).to_contain_text(TEXT)
    expect(rows.last).to_contain_text("ingrid@example.org")

    rows.first.get_by_role("button", name=re.compile("spam", re.IGNORECASE)).click()
    expect(page.get_by_role("status")).to_contain_text("spam")
    expect(rows).to_have_count(1)
    page.goto(server.url)
    expect(page.locator(".comments-title")).to_have_text("1 comment")

    page.goto(f"{server.url}/admin?status=spam")
    expect(rows).to_have_count(1)
    rows.first.get_by_role("button", name=re.compile("not spam|restore", re.IGNORECASE)).click()
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(1)
    page.goto(f"{server.url}/admin?status=spam")
    rows.first.get_by_role("button", name=re.compile("not spam|restore", re.IGNORECASE)).click()
    expect(rows).to_have_count(0)
    page.goto(server.url)
    expect(page.locator(".comments-title")).to_have_text("2 comments")
