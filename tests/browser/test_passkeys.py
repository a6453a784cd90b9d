"""A passkey in Chromium, whose virtual authenticator is the finger."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.server import Server

PASSWORD = "a long and quiet sentence"


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser window with JavaScript, and a device that always agrees."""
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture
def device(page: Page) -> Page:
    """The page, with a device that knows who touches it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def test_a_passkey_is_made_used_and_removed(device: Page, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        root = server.url.replace("127.0.0.1", "localhost")  # browsers make passkeys for names only
        device.goto(server.setup_link.replace(server.url, root))
        device.fill('[name="name"]', "Owner")
        for field in device.locator('input[type="password"]').all():
            field.fill(PASSWORD)
        device.get_by_role("button", name="Create the first admin").click()
        device.goto(f"{root}/admin/account")
        device.fill("#passkey", PASSWORD)
        device.get_by_role("button", name="Add a passkey").click()
        device.get_by_label("Device name").fill("My laptop")
        device.get_by_role("button", name="Create passkey").click()
        expect(device.get_by_text("Passkey added")).to_be_visible()
        expect(device.locator("#passkeys li")).to_contain_text("My laptop for localhost")
        device.get_by_role("button", name="Log out", exact=True).click()
        device.goto(f"{root}/admin/log")
        device.get_by_role("button", name="Use a passkey").click()
        expect(device.locator("table.log tbody tr").first).to_contain_text("Passkey added My laptop")
        device.goto(f"{root}/admin/account")
        expect(device.locator("#passkeys li")).to_contain_text("last used")
        device.get_by_role("button", name="Remove the passkey My laptop").click()
        expect(device.get_by_text("Passkey removed")).to_be_visible()
        expect(device.locator("#passkeys li")).to_have_count(0)
