"""axe finds nothing on any page that people use, in light and dark, left-to-right and right-to-left."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser.axe import found
from tests.browser.server import Server
from tests.importers.samples import comment, export, item
from tests.plain_client import PlainClient
from tests.reader import Reader
from tests.service_process import PATIENCE


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(reduced_motion="reduce", viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


PAGES = (
    "/log",
    "/people",
    "/sites",
    "/spam",
    "/mail",
    "/webhooks",
    "/privacy",
    "/check",
    "/account",
    "/account/mail?token=nonsense",
    "/mailed?token=nonsense",
    "/blocks",
    "/import",
    "/pages",
    "/duplicates",
    "/rules",
    "/redirects",
    "/figures",
)
"""The pages of the admin, beside the list."""


def assert_clean(page: Page) -> None:
    """In light, and then in the dark, where contrast alone is looked at: it is all that differs."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")  # no colour is on its way to another
    assert found(page, rules={"target-size": {"enabled": True}}) == ""
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert found(page, runOnly=["color-contrast"]) == ""


def test_what_readers_see(page: Page, server: Server) -> None:
    reader = Reader(PlainClient(server.url))
    article = f"{server.url}/"
    first = reader.post(
        article, json=True, comment="Has *all* of `it`\n\n> quoted\n\n- a list", url="example.org"
    ).json()
    reader.post(article, json=True, comment="A reply", email="tom@example.org", comment_parent=str(first["id"]))
    for address in (
        "/",
        f"/?parent={first['id']}",
        f"/page?page={article}",
        f"/page?page={article}&lang=ar",
        f"/page?page={article}&preview={first['own']}",
        f"/own?page={article}&preview={first['own']}",
        "/mail/confirm?token=nonsense",
        f"/page?page={article}&lang=ckb&parent={first['id']}",
        "/page?page=https://stranger.example/",
    ):
        page.goto(server.url + address)
        assert_clean(page)
    page.goto(server.url)
    page.locator("#commentform").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    expect(page.locator("#form-errors")).to_be_visible()
    assert_clean(page)


def test_what_admins_see(page: Page, server: Server) -> None:
    Reader(PlainClient(server.url)).post(f"{server.url}/", captcha="", review="1")
    page.goto(f"{server.url}/admin/login")
    assert_clean(page)
    page.goto(server.setup_link)
    assert_clean(page)
    page.fill('[name="name"]', "Owner")
    for field in page.locator('input[type="password"]').all():
        field.fill("a long and quiet sentence")
    page.get_by_role("button", name="Create the first admin").click()
    expect(page.locator("article.item")).to_have_count(1)
    assert_clean(page)
    key = str(page.locator("article.item").get_attribute("id")).removeprefix("c-")
    page.locator("article.item").get_by_role("link", name="Edit").click()
    expect(page.locator("#list .place")).to_be_visible()
    assert_clean(page)
    page.set_viewport_size({"width": 320, "height": 640})
    added = server.command("webhook", "add", server.url, f"{server.url}/hook").stdout
    server.command("webhook", "test", added.split()[1])
    for path in ("", f"/comment?comment={key}", f"/delete?comment={key}", *PAGES):
        page.goto(f"{server.url}/admin{path}")
        assert_clean(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
    page.goto(f"{server.url}/admin/pages")
    page.locator(".pages h2 a").click()
    assert_clean(page)
    page.goto(f"{server.url}/admin/account")
    page.fill('[name="program"]', "Phone")
    page.fill("#program-current", "a long and quiet sentence")
    page.get_by_role("button", name="Create app password").click()
    expect(page.locator(".secret")).to_be_visible()
    assert_clean(page)
    for field, button, shown in (("#begin", "Set up", ".qr svg"), ("#passkey", "Add a passkey", "#passkey-name")):
        page.fill(field, "a long and quiet sentence")
        page.get_by_role("button", name=button).click()
        expect(page.locator(shown)).to_be_visible()
        assert_clean(page)
    page.goto(f"{server.url}/admin/check")
    page.fill('[name="url"]', f"{server.url}/")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".findings")).to_be_visible()
    assert_clean(page)
    page.goto(f"{server.url}/admin/import")
    file: FilePayload = {"name": "old.xml", "mimeType": "text/xml", "buffer": export(item(comment(1), comment(2, 99)))}
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Upload and preview").click()
    expect(page.get_by_role("button", name="Import now")).to_be_visible(timeout=PATIENCE * 1000)
    assert_clean(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
