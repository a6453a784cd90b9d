"""A question of level 3: the browser works while its reader types. Where no scripts run, the comment waits."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from db.engine import open_engine
from db.writer import Writer
from service.captcha import proof_of_work
from service.captcha.proof_of_work import Proofs
from service.secret_keys import Keyring
from service.spam import spam_settings_form
from service.web.context import utc_now
from service.web.render.templates import template_folder
from tests.browser.host import Host
from tests.browser.server import Server
from tests.browser.test_embedding import host as host
from tests.browser.test_journey import answer, fill


def ask_for_work(folder: Path, site_id: int) -> None:
    """Level 3 for everybody on a site of a service that runs."""
    writer = Writer(open_engine(f"sqlite:///{folder / 'var' / 'comments.db'}"))
    writer.run(spam_settings_form.save_settings, site_id, {"level": [3, 4]}, utc_now())
    writer.close()


def test_work_is_done_where_scripts_run_and_a_comment_waits_where_they_do_not(
    page: Page, server: Server, tmp_path: Path
) -> None:
    ask_for_work(tmp_path, 1)
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


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """Somebody with JavaScript. What a policy forbids is told on the console, and must not happen."""
    context = chromium.new_context()
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda message: pytest.fail(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()


def test_work_is_done_on_a_page_of_another_origin_with_a_strict_policy(
    visitor: Page, host: Host, tmp_path: Path
) -> None:
    with Server(tmp_path, REPLY_FLOOD_SECONDS="0", REPLY_SITES=host.origin, REPLY_DEMO="false") as server:
        ask_for_work(tmp_path, 1)
        script = f'<script src="{server.url}/embed.js" async></script><leave-a-reply></leave-a-reply>'
        visitor.goto(host.write(server.url, f"<h1>An article</h1>{script}"))
        fill(visitor, "Worked for, elsewhere.")
        answer(visitor)
        visitor.click("#submit")
        expect(visitor.locator(".comment-content")).to_have_text("Worked for, elsewhere.")
        expect(visitor.get_by_text("awaiting moderation")).to_have_count(0)


def test_a_comment_does_not_wait_for_work_that_takes_too_long(visitor: Page, server: Server, tmp_path: Path) -> None:
    ask_for_work(tmp_path, 1)
    visitor.clock.install()
    slow = "window.leaveAReplyWork = () => new Promise(() => {})"
    visitor.route("**/work.js", lambda route: route.fulfill(body=slow, content_type="text/javascript"))
    visitor.goto(server.url)
    fill(visitor, "Typed on a slow telephone.")
    answer(visitor)
    visitor.click("#submit")
    expect(visitor.locator(".comment-form")).to_have_attribute("aria-busy", "true")
    visitor.clock.fast_forward(21_000)
    expect(visitor.get_by_text("awaiting moderation").first).to_be_visible()


def test_without_the_browsers_cryptography_the_same_key_is_found_by_hand(
    visitor: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_of_work, "TRIES", (2, 20))
    monkeypatch.setattr(proof_of_work, "COST", 500)
    proofs = Proofs(Keyring(("a quiet sentence of many letters, 64 at least",)))
    visitor.add_script_tag(path=template_folder() / "assets" / "work.js")
    visitor.evaluate("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    for _ in range(5):
        asked = proofs.issue(1, "comment", utc_now())
        found = visitor.evaluate("text => leaveAReplyWork(text)", json.dumps(asked))
        worth = proofs.read(found, "blog.example")
        assert worth is not None
        assert worth.nonce.hex() == asked["parameters"]["nonce"]
