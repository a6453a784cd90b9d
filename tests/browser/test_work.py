"""A question of level 3: the browser works while its reader types. Where no scripts run, the comment waits."""

from pathlib import Path

from playwright.sync_api import Page, expect

from db.engine import open_engine
from db.writer import Writer
from service.spam import owner
from service.web.state import utc_now
from tests.browser.server import Server
from tests.browser.test_journey import answer, fill


def test_work_is_done_where_scripts_run_and_a_comment_waits_where_they_do_not(
    page: Page, server: Server, tmp_path: Path
) -> None:
    writer = Writer(open_engine(f"sqlite:///{tmp_path / 'var' / 'comments.db'}"))
    writer.run(owner.change(1, {"level": [3, 4]}, utc_now()))
    writer.close()
    page.goto(server.url)
    scripts = page.evaluate("document.querySelector('.leave-a-reply').classList.contains('is-live')")
    fill(page, "A thought that took some work.")
    answer(page)
    page.click("#submit")
    expect(page.locator(".comment-content")).to_have_text("A thought that took some work.")
    waiting = page.get_by_text("awaiting moderation")
    if scripts:
        expect(waiting).to_have_count(0)
    else:
        expect(waiting.first).to_be_visible()
