"""A moderator confirms an address, gets a mail, and acts by its link where nobody is logged in."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.mailing import link_to, mail_number, mailing
from tests.browser.test_accessibility import assert_clean
from tests.plain_client import PlainClient
from tests.reader import Reader

PASSWORD = "a long and quiet sentence"
WIDTHS = (1280, 390)


def assert_fits(page: Page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def test_a_comment_is_approved_from_the_mail_and_that_is_undone(chromium: Browser, tmp_path: Path) -> None:
    with mailing(tmp_path) as (server, mail_server):
        desk = chromium.new_context().new_page()
        desk.goto(server.setup_link)
        desk.fill('[name="name"]', "Olga")
        for field in desk.locator('input[type="password"]').all():
            field.fill(PASSWORD)
        desk.get_by_role("button", name="Create the first admin").click()
        desk.goto(f"{server.url}/admin/account")
        desk.fill("#address", "olga@blog.example")
        desk.fill("#mail-current", PASSWORD)
        desk.get_by_role("button", name="Send confirmation link").click()
        expect(desk.get_by_text("We have sent you a link")).to_be_visible()
        desk.goto(link_to(server, "/admin/account/mail", mail_number(mail_server, 1)))
        desk.get_by_role("button", name="Use this address").click()
        desk.get_by_label("When, on").select_option("Immediately")
        assert_clean(desk)
        desk.locator("#mail").get_by_role("button", name="Save").click()
        assert_fits(desk)

        reader, article = Reader(PlainClient(server.url)), f"{server.url}/"
        reader.post(article, comment="Is the *harbour* open?", captcha="", review="1")
        html = mail_number(mail_server, 2).get_body(("html",))
        assert html is not None
        mail = chromium.new_context().new_page()
        mail.set_content(str(html.get_content()))
        expect(mail.get_by_text("Is the *harbour* open?")).to_be_visible()
        assert_fits(mail)
        mail.get_by_role("link", name="Approve").click()
        expect(mail.get_by_role("heading", name="Comment by")).to_be_visible()
        expect(mail.get_by_role("button", name="Log out")).to_have_count(0)
        assert_fits(mail)
        assert_clean(mail)
        mail.get_by_role("button", name="Approve").click()
        expect(mail.get_by_text("The comment is now in Approved")).to_be_visible()
        assert "harbour" in reader.read(article)
        assert_fits(mail)
        mail.get_by_role("button", name="Undo").click()
        expect(mail.get_by_text("The comment is back as it was")).to_be_visible()
        assert "harbour" not in reader.read(article)
        desk.context.close()
        mail.context.close()
