"""A page is merged into another in the browser, and the merge undone."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from db.engine import open_engine
from db.models import Status
from tests.browser.server import Server
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment

PASSWORD = "a long and quiet sentence"


@pytest.fixture
def admin(page: Page, tmp_path: Path) -> Iterator[Page]:
    """An admin of a site with two pages, on a narrow screen."""
    with Server(tmp_path) as server:
        engine = open_engine(f"sqlite:///{tmp_path / 'var' / 'comments.db'}")
        context: Any = SimpleNamespace(engine=engine)
        clock = Clock()
        for path in ("/one", "/one.html", "/one.html"):
            add_comment(context, clock, url=server.url + path, status=Status.APPROVED)
        engine.dispose()
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(server.setup_link)
        page.fill('[name="name"]', "Owner")
        for field in page.locator('input[type="password"]').all():
            field.fill(PASSWORD)
        page.get_by_role("button", name="Create the first admin").click()
        page.get_by_role("link", name="Pages", exact=True).click()
        yield page


def test_likely_duplicates_are_merged_and_the_merge_is_undone(admin: Page) -> None:
    expect(admin.locator(".pages li")).to_have_count(2)
    admin.get_by_role("link", name="Likely duplicates").click()
    admin.get_by_role("button", name="Merge into the first").click()
    expect(admin.get_by_text("This page stays")).to_contain_text("A post")
    admin.get_by_role("button", name="Merge").click()
    expect(admin.get_by_role("status")).to_contain_text("Pages merged")
    expect(admin.get_by_text("3 comments")).to_be_visible()
    expect(admin.locator(".history")).to_contain_text("/one")
    assert admin.evaluate("document.documentElement.scrollWidth <= innerWidth")
    admin.get_by_role("button", name="Undo").click()
    expect(admin.get_by_role("status")).to_have_text("Undone.")
    admin.get_by_role("link", name="All pages").click()
    expect(admin.locator(".pages li")).to_have_count(2)
