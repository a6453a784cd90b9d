"""A reader in a hurry, on a slow line, or back after a day: no click and no word is lost."""

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.host import Host, fill, post, set_level
from tests.browser.server import Server
from tests.browser.test_embedding import embed
from tests.browser.test_embedding import host as host
from tests.browser.test_embedding import page as page
from tests.browser.test_embedding import server as server
from tests.browser.test_single_page_apps import ANY
from tests.reader import solve

FIELDS = {"author": "Ada", "email": "ada@example.org", "url": "ada.example"}


def test_a_click_is_not_lost_to_reserved_height_that_closes(page: Page, host: Host, server: Server) -> None:
    page.set_viewport_size({"width": 1280, "height": 1800})
    page.goto(host.write(server.url, f"<p>Words.</p>{embed(server)}", ANY, "click"))
    post(page, "To be answered.")
    expect(page.locator(".comment-content")).to_be_visible()

    def scroll_first(route: Route) -> None:
        page.wait_for_function("scrollTo(0, 1e6) || scrollY > 0")
        route.continue_()

    page.route("**/thread?*", scroll_first)
    page.goto(host.address("click"))
    link = page.locator(".comment-reply-link")
    expect(link).to_be_visible()
    assert page.locator("leave-a-reply").evaluate("element => element.style.minHeight")
    box = link.bounding_box()
    assert box
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.down()
    assert link.bounding_box() == box
    page.mouse.up()
    expect(page.locator("#reply-title")).to_contain_text("Leave a Reply to Ingrid")


def shows_what_was_typed(page: Page) -> None:
    for name, value in ({"comment": "Half a thou"} | FIELDS).items():
        expect(page.locator(f"#{name}")).to_have_value(value)


def test_name_and_addresses_are_kept_too(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "kept"))
    page.locator("#comment").fill("Half a thou")
    for name, value in FIELDS.items():
        page.locator(f"#{name}").fill(value)
    page.reload()
    shows_what_was_typed(page)
    page.goto("about:blank")
    page.go_back()
    shows_what_was_typed(page)
    assert page.evaluate("Object.entries(localStorage).flat().join().includes('ada@')") is False


def test_the_draft_of_a_reply_is_still_a_reply(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "draft"))
    post(page, "To be answered.")
    page.locator(".comment-reply-link").click()
    page.locator("#comment").fill("Half an answ")
    page.reload()
    expect(page.locator("#reply-title")).to_contain_text("Leave a Reply to Ingrid")
    expect(page.locator("#comment")).to_have_value("Half an answ")
    fill(page, "A whole answer.")
    page.locator("#submit").click()
    expect(page.locator(".children .comment-content")).to_have_text("A whole answer.")


def test_it_says_that_it_is_being_sent(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "sending"))
    said: list[str] = []

    def lose(route: Route) -> None:
        said.append(page.locator("#submit").input_value())
        route.abort()

    page.route("**/comments", lose)
    fill(page, "On its way.")
    page.locator("#submit").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be sent")
    expect(page.locator("#submit")).to_have_value("Post Comment")
    assert said == ["Posting…"]


def test_a_question_that_is_too_old_is_asked_anew_when_the_page_is_seen_again(
    page: Page, host: Host, server: Server
) -> None:
    page.clock.install()
    page.goto(host.write(server.url, embed(server), ANY, "old"))
    page.clock.run_for(1000)
    page.locator("#comment").fill("Begun today")
    expect(page.locator(".lar-status")).to_be_attached()
    token = page.locator('[name="captcha_token"]').input_value()
    page.clock.fast_forward("25:00:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator('[name="captcha_token"]')).not_to_have_value(token)
    expect(page.locator("#comment")).to_have_value("Begun today")


def test_where_the_browser_keeps_nothing_it_is_not_offered(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "offered"))
    consent = page.get_by_label(re.compile("Save my name"))
    expect(consent).to_be_visible()
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })")
    page.reload()
    expect(page.locator("#commentform")).to_be_visible()
    expect(consent).to_be_hidden()


def test_where_the_script_for_the_form_does_not_come_it_is_a_plain_form(page: Page, host: Host, server: Server) -> None:
    page.route("**/form.js*", lambda route: route.abort())
    page.goto(host.write(server.url, embed(server), ANY, "plain"))
    fill(page, "Sent plainly.")
    page.locator("#submit").click()
    page.wait_for_url(re.compile("#comment-"))
    expect(page.locator(".comment-content")).to_have_text("Sent plainly.")
    page.locator(".comment-reply-link").click()
    expect(page.get_by_role("heading", name="Leave a Reply to Ingrid")).to_be_visible()
    assert page.url.startswith(f"{server.url}/page?")


def test_who_is_offline_before_the_script_for_the_form_came_stays_on_the_page(
    page: Page, host: Host, server: Server
) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "offline"))
    expect(page.locator("#captcha")).to_be_editable()
    answer = solve(page.locator(".captcha-question").inner_text())
    page.context.set_offline(True)
    for name, value in ({"comment": "From a tunnel."} | FIELDS | {"captcha": answer}).items():
        page.locator(f"#{name}").fill(value)
    for _ in range(2):
        page.locator("#submit").click()
        expect(page.get_by_role("alert")).to_contain_text("could not be sent")
    page.context.set_offline(False)
    page.locator("#submit").click()
    expect(page.get_by_text("From a tunnel.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_field_stands_where_the_number_is_missing(page: Page, tmp_path: Path) -> None:
    with Server(tmp_path, REPLY_FLOOD_SECONDS="0") as hard:
        set_level(tmp_path, 1, (2, 2))
        page.goto(hard.url)
        for _ in range(6):
            parts = page.locator(".captcha-part")
            question = page.locator(".captcha-question").inner_text()
            before, after = question.split("?")
            expect(page.locator(".captcha-question")).to_be_hidden()
            assert parts.all_text_contents() == [after.strip(), before.strip()]
            edges = page.evaluate(
                """() => [...document.querySelectorAll('.captcha-part:not(:empty), #captcha')].map(
                    (part) => [part.id, part.getBoundingClientRect().left])"""
            )
            order = [name for name, _ in sorted(edges, key=lambda edge: edge[1])]
            assert order.index("captcha") == bool(before.strip())
            token = page.locator('[name="captcha_token"]').input_value()
            page.get_by_role("button", name="Another question").click()
            expect(page.locator('[name="captcha_token"]')).not_to_have_value(token)
        page.locator("#comment").fill("A text.")


def test_from_the_second_miss_on_the_way_out_is_named(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "misses"))
    errors = page.locator("#form-errors")
    for named in (False, True):
        fill(page, "Not good at sums.", answer="99")
        with page.expect_response("**/comments"):
            page.locator("#submit").click()
        expect(page.locator("#captcha")).to_have_value("")
        expect(errors).to_contain_text("That was not the right answer.")
        assert ("send it for review" in errors.inner_text()) == named


def test_errors_come_in_the_order_of_the_fields(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "ordered"))
    page.locator("#submit").evaluate("button => { button.form.noValidate = true; button.click() }")
    links = page.locator("#form-errors li a")
    expect(links.first).to_be_visible()
    names = [(link.get_attribute("href") or "").lstrip("#") for link in links.all()]
    assert names == ["comment", "author", "email", "captcha"]
    expect(page.locator("#comment")).to_be_focused()
