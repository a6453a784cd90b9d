"""The scripts at the addresses of reCAPTCHA's, hCaptcha's and Turnstile's: the objects that their pages and components
call, in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.sites import AddedSite
from tests.browser.launch import chromium as chromium
from tests.browser.server import Server
from tests.protocols.siteverify.test_script import Shop, answer, open_shop, registered, verified, visit

EXPLICIT = """<!doctype html><html lang="en"><title>Shop</title><form method="post" action="/contact">
<div id="box"></div><button>Send</button></form>
<script>
  var heard = [];
  function loaded() {{
    heard.push('loaded');
    window.widget = {api}.render({box}, {{
      sitekey: '{key}', action: 'contact', callback: (pass) => heard.push(pass),
      'error-callback': () => heard.push('error'),
    }});
  }}
</script>
<script src="{service}{path}?render=explicit&onload=loaded" async defer></script>"""
IMPLICIT = """<!doctype html><html lang="en"><title>Shop</title><form method="post" action="/contact">
<div class="{name}" data-sitekey="{key}" data-callback="heard"></div><button>Send</button></form>
<script>function heard(pass) {{ document.title = 'heard'; }}</script>
<script src="{service}{path}" async defer></script>"""
SCRIPTS = [
    ("grecaptcha", "/recaptcha/api.js", "g-recaptcha"),
    ("hcaptcha", "/1/api.js", "h-captcha"),
    ("turnstile", "/turnstile/v0/api.js", "cf-turnstile"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service of all tests runs."""
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def only_shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


@pytest.fixture(scope="module")
def site(folder: Path, only_shop: Shop) -> AddedSite:
    return registered(folder, only_shop)


@pytest.fixture(scope="module")
def server(folder: Path, site: AddedSite) -> Iterator[Server]:
    with Server(folder, REPLY_RATE_QUESTION="0/minute") as server:
        yield server


@pytest.fixture
def shop(only_shop: Shop) -> Shop:
    """The shop, to which nothing was sent yet."""
    only_shop.sent.clear()
    return only_shop


def open_explicit(chromium: Browser, server: Server, shop: Shop, site: AddedSite, api: str, path: str) -> Page:
    box = "'#box'" if api == "turnstile" else "'box'"
    shop.page = EXPLICIT.format(api=api, path=path, box=box, key=site.key, service=server.url)
    page = visit(chromium)
    page.goto(shop.url)
    expect(page.get_by_text("Another question")).to_be_visible()
    return page


@pytest.mark.parametrize(("api", "path", "name"), SCRIPTS)
def test_a_widget_is_rendered_when_the_page_says_so(
    chromium: Browser, server: Server, shop: Shop, site: AddedSite, api: str, path: str, name: str
) -> None:
    page = open_explicit(chromium, server, shop, site, api, path)
    assert page.evaluate("widget") == (0 if api == "grecaptcha" else "0")
    assert not page.evaluate(f"{api}.getResponse(widget)")
    answer(page)
    page.keyboard.press("Tab")
    page.wait_for_function("heard.length === 2")
    told = page.evaluate("heard")
    assert told == ["loaded", page.evaluate(f"{api}.getResponse(widget)")]
    page.evaluate(f"{api}.reset(widget)")
    expect(page.get_by_label("What is")).to_be_editable()
    assert not page.evaluate(f"{api}.getResponse()")
    answer(page)
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    sent = shop.sent[0][f"{name}-response"]
    assert sent != told[1]
    found = verified(server, site, sent)
    assert (found["success"], found["action"]) == (True, "contact")
    page.context.close()


@pytest.mark.parametrize(("api", "path", "name"), SCRIPTS)
def test_without_render_explicit_the_elements_are_filled(
    chromium: Browser, server: Server, shop: Shop, site: AddedSite, api: str, path: str, name: str
) -> None:
    shop.page = IMPLICIT.format(name=name, key=site.key, path=path, service=server.url)
    page = visit(chromium)
    page.goto(shop.url)
    answer(page)
    page.keyboard.press("Tab")
    page.wait_for_function("document.title === 'heard'")
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert verified(server, site, shop.sent[0][f"{name}-response"])["success"]
    page.context.close()


@pytest.mark.parametrize(("api", "path", "name"), SCRIPTS)
def test_execute_waits_for_the_answer(
    chromium: Browser, server: Server, shop: Shop, site: AddedSite, api: str, path: str, name: str
) -> None:
    page = open_explicit(chromium, server, shop, site, api, path)
    page.evaluate(f"void {api}.execute(widget, {{ async: true }}).then((found) => (window.given = found))")
    expect(page.get_by_label("What is")).to_be_focused()
    assert page.evaluate("window.given === undefined")
    answer(page)
    page.keyboard.press("Tab")
    page.wait_for_function("window.given")
    given = page.evaluate("given.response || given")
    assert verified(server, site, given)["success"]
    refused = page.evaluate(f"{api}.execute('no-such-key').catch((error) => error.message)")
    assert refused == "leave-a-reply: there is no such widget"
    page.context.close()


@pytest.mark.parametrize("removal", ["turnstile.remove(widget)", "document.getElementById('box').remove()"])
def test_a_widget_that_is_gone_holds_no_form(
    chromium: Browser, server: Server, shop: Shop, site: AddedSite, removal: str
) -> None:
    page = open_explicit(chromium, server, shop, site, "turnstile", "/turnstile/v0/api.js")
    page.evaluate(removal)
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    page.context.close()


def test_two_scripts_on_a_page_are_one_captcha(chromium: Browser, server: Server, shop: Shop, site: AddedSite) -> None:
    page = open_explicit(chromium, server, shop, site, "hcaptcha", "/1/api.js")
    page.add_script_tag(url=f"{server.url}/recaptcha/api.js?render=explicit")
    assert page.evaluate("[typeof grecaptcha.render, typeof hcaptcha.render, typeof window.turnstile]") == [
        "function",
        "function",
        "undefined",
    ]
    assert page.locator("#box label").count() == 1
    page.context.close()
