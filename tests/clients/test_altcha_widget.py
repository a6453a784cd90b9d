"""ALTCHA's own widget in a real Chromium, as it comes: on a form of a site, and for a comment of level 3."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from service.sites import AddedSite
from tests.browser.host import set_level
from tests.browser.launch import chromium as chromium
from tests.browser.server import Server
from tests.clients.environments import run
from tests.protocols.siteverify.test_script import Shop
from tests.protocols.siteverify.test_script import shop as shop
from tests.protocols.siteverify.test_script import site as site
from tests.reader import Reader

FORM = """<!doctype html><html lang="en"><title>Shop</title><form method="post" action="/contact">
<altcha-widget challenge="{service}/altcha/challenge?sitekey={key}&amp;action={action}"></altcha-widget>
<button>Send</button></form><script>{widget}</script>"""


@pytest.fixture
def server(tmp_path: Path, site: AddedSite) -> Iterator[Server]:
    with Server(tmp_path, REPLY_FLOOD_SECONDS="0") as server:
        yield server


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def proof(page: Page, server: Server, shop: Shop, site: AddedSite, action: str) -> str:
    """What the widget's field ``altcha`` holds when a visitor has ticked its box and sent the form."""
    script = Path(run("altcha-widget")).read_text(encoding="utf-8")
    shop.page = FORM.format(service=server.url, key=site.key, action=action, widget=script)
    page.goto(shop.url)
    page.get_by_role("checkbox").press("Space")
    expect(page.locator("altcha-widget [data-state=verified]")).to_be_visible()
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    return shop.sent[-1]["altcha"]


def test_its_work_is_worth_a_success_once_and_lets_a_comment_in(
    page: Page, server: Server, shop: Shop, site: AddedSite, tmp_path: Path
) -> None:
    asked = {"secret": site.secret, "response": proof(page, server, shop, site, "contact")}
    set_level(tmp_path, site.id, (3, 4))
    done = proof(page, server, shop, site, "comment")
    with httpx2.Client(base_url=server.url, trust_env=False) as client:
        first, again = (client.post("/altcha/siteverify", data=asked).json() for _ in range(2))
        reader, article = Reader(client), f"{shop.url}/article"
        without = reader.post(article, json=True, comment="Words about bread and salt.", author="Eve", email="e@x.org")
        worked = reader.send(reader.fields(article) | {"altcha": done}, json=True)
    assert (first["success"], first["action"]) == (True, "contact")
    assert again["error-codes"] == ["timeout-or-duplicate"]
    assert [answer.json()["status"] for answer in (without, worked)] == ["pending", "approved"]
