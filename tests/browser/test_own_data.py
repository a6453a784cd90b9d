"""A reader asks what is stored, gets a link by mail, takes a copy and has all of it deleted."""

import json
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.mailing import link_to, mail_number, mailing
from tests.plain_client import PlainClient
from tests.reader import Reader


def test_a_person_downloads_and_deletes_what_is_stored(chromium: Browser, tmp_path: Path) -> None:
    with mailing(tmp_path) as (server, mail_server):
        reader, article = Reader(PlainClient(server.url)), f"{server.url}/"
        reader.post(article, comment="I sailed there once.", email="ada@example.org")
        reader.post(article, comment="It is too windy.", author="Bob", email="bob@example.org")
        page = chromium.new_context(java_script_enabled=False).new_page()
        page.goto(f"{server.url}/privacy")
        page.fill("#email", "ADA@example.org")
        page.get_by_role("button", name="Send me the link").click()
        expect(page.get_by_text("we have sent an email with a link")).to_be_visible()
        page.goto(link_to(server, "/privacy/mine", mail_number(mail_server, 1)))
        expect(page.get_by_text("1 comment was posted with your email address.")).to_be_visible()
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the file").click()
        found = json.loads(download.value.path().read_text())
        assert [comment["text"] for comment in found["comments"]] == ["I sailed there once."]
        page.get_by_role("button", name="Delete my comments").click()
        expect(page.get_by_text("1 comment was deleted.")).to_be_visible()
        thread = reader.read(article)
        assert "sailed" not in thread
        assert "windy" in thread
        page.reload()
        expect(page.get_by_text("the comments have already been deleted")).to_be_visible()
        page.context.close()
