"""React components for reCAPTCHA, hCaptcha and Turnstile from npm: only the script's address and the key are others."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from service.sites import NewSite
from tests.browser.launch import chromium as chromium
from tests.browser.server import Server
from tests.outside.builds import bundle
from tests.protocols.siteverify.test_script import Shop, answer, verified, visit
from tests.protocols.siteverify.test_script import server as server
from tests.protocols.siteverify.test_script import shop as shop
from tests.protocols.siteverify.test_script import site as site

APP = """
import React from 'react';
import {{ createRoot }} from 'react-dom/client';
{imported}
window.heard = [];
const hear = (pass) => window.heard.push(pass);
function App() {{
  const [shown, show] = React.useState(true);
  window.box = React.useRef();
  return <form method="post" action="/contact">
    {{shown && {element}}}
    <button type="button" onClick={{() => show(false)}}>Skip</button><button>Send</button></form>;
}}
createRoot(document.getElementById('root')).render(<App />);
"""
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><div id="root"></div><script>{}</script>'
)
COMPONENTS = {
    "g-recaptcha": (
        "import Box from 'react-google-recaptcha';",
        "<Box ref={{window.box}} sitekey='{key}' onChange={{hear}} />",
        "getValue",
    ),
    "h-captcha": (
        "import Box from '@hcaptcha/react-hcaptcha';",
        "<Box ref={{window.box}} sitekey='{key}' scriptSource='{service}/1/api.js' onVerify={{hear}} />",
        "getResponse",
    ),
    "cf-turnstile": (
        "import {{ Turnstile as Box }} from '@marsidev/react-turnstile';",
        "<Box ref={{window.box}} siteKey='{key}' onSuccess={{hear}} />",
        "getResponse",
    ),
}


def script(folder: Path, name: str, key: str, service: str) -> str:
    """A page's script with this component. Addresses that a component has built in are replaced by the service's."""
    imported, element, _ = (text.format(key=key, service=service) for text in COMPONENTS[name])
    built = bundle(folder, APP.format(imported=imported, element=element), "--minify")
    built = re.sub(r'"https://"\+\w+\+"/recaptcha', f'"{service}/recaptcha', built)
    return built.replace("https://challenges.cloudflare.com", service).replace("</script", "<\\/script")


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_shows_the_question_and_gets_the_pass(
    chromium: Browser, server: Server, shop: Shop, site: NewSite, tmp_path: Path, name: str
) -> None:
    shop.page = PAGE.format(script(tmp_path, name, site.key, server.url))
    page = visit(chromium)
    page.goto(shop.url)
    answer(page)
    page.keyboard.press("Tab")
    page.wait_for_function("heard.length === 1")
    first = page.evaluate("heard[0]")
    assert page.evaluate(f"box.current.{COMPONENTS[name][2]}()") == first
    assert verified(server, site, first)["success"]
    page.evaluate(f"box.current.{'resetCaptcha' if name == 'h-captcha' else 'reset'}()")
    expect(page.get_by_label("What is")).to_be_editable()
    answer(page)
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert verified(server, site, shop.sent[0][f"{name}-response"])["success"], json.dumps(shop.sent)
    page.context.close()


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_that_is_taken_away_holds_no_form(
    chromium: Browser, server: Server, shop: Shop, site: NewSite, tmp_path: Path, name: str
) -> None:
    shop.page = PAGE.format(script(tmp_path, name, site.key, server.url))
    page = visit(chromium)
    page.goto(shop.url)
    expect(page.get_by_text("Another question")).to_be_visible()
    page.click("text=Skip")
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    page.context.close()
