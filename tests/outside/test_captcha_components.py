"""Components of React and Vue from npm for reCAPTCHA, hCaptcha and Turnstile: only the script's address and the key
are others."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from service.sites import AddedSite
from tests.browser.launch import chromium as chromium
from tests.browser.server import Server
from tests.outside.builds import bundle
from tests.protocols.siteverify.test_script import Shop, answer, verified, visit
from tests.protocols.siteverify.test_script import server as server
from tests.protocols.siteverify.test_script import shop as shop
from tests.protocols.siteverify.test_script import site as site

REACT = """
import React from 'react';
import {{ createRoot }} from 'react-dom/client';
{imported}
window.heard = [];
const hear = (pass) => window.heard.push(pass);
function App() {{
  const [shown, show] = React.useState(true);
  window.box = React.useRef();
  return <form method="post" action="/contact">
    {{shown && <Box ref={{window.box}} {{...{properties}}} />}}
    <button type="button" onClick={{() => show(false)}}>Skip</button><button>Send</button></form>;
}}
createRoot(document.getElementById('root')).render(<App />);
"""
VUE = """
import {{ createApp, h, ref }} from 'vue';
{imported}
window.heard = [];
window.box = {{}};
const hear = (pass) => pass && window.heard.push(pass);
const shown = ref(true);
const properties = {{ ref: (found) => {{ window.box.current = found; }}, ...{properties} }};
createApp(() => h('form', {{ method: 'post', action: '/contact' }}, [
  shown.value && h(Box, properties),
  h('button', {{ type: 'button', onClick: () => {{ shown.value = false; }} }}, 'Skip'), h('button', 'Send'),
])).mount('#root');
"""
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><div id="root"></div><script>{}</script>'
)


@dataclass(frozen=True)
class Component:
    """How an application of this framework imports it, its properties, and its functions that return the pass (if it
    has one) and that bring another question."""

    app: str
    imported: str
    properties: str
    passed: str = ""
    reset: str = "reset"

    @property
    def field(self) -> str:
        """The field that a backend looks for."""
        service = next(word for word in ("recaptcha", "hcaptcha", "turnstile") if word in self.imported)
        return {"recaptcha": "g-recaptcha", "hcaptcha": "h-captcha", "turnstile": "cf-turnstile"}[service] + "-response"


COMPONENTS = {
    "react-google-recaptcha": Component(
        REACT, "import Box from 'react-google-recaptcha';", "{sitekey: 'KEY', onChange: hear}", "getValue"
    ),
    "@hcaptcha/react-hcaptcha": Component(
        REACT,
        "import Box from '@hcaptcha/react-hcaptcha';",
        "{sitekey: 'KEY', scriptSource: 'SERVICE/1/api.js', onVerify: hear}",
        "getResponse",
        "resetCaptcha",
    ),
    "@marsidev/react-turnstile": Component(
        REACT,
        "import { Turnstile as Box } from '@marsidev/react-turnstile';",
        "{siteKey: 'KEY', onSuccess: hear}",
        "getResponse",
    ),
    "vue3-recaptcha2": Component(VUE, "import Box from 'vue3-recaptcha2';", "{sitekey: 'KEY', onVerify: hear}"),
    "@hcaptcha/vue3-hcaptcha": Component(
        VUE,
        "import Box from '@hcaptcha/vue3-hcaptcha';",
        "{sitekey: 'KEY', apiEndpoint: 'SERVICE/1/api.js', onVerify: hear}",
    ),
    "vue-turnstile": Component(
        VUE,
        "import Box from 'vue-turnstile';",
        "{siteKey: 'KEY', modelValue: '', 'onUpdate:modelValue': hear}",
    ),
}


def script(folder: Path, component: Component, key: str, service: str) -> str:
    """A page's script with this component. Addresses that a component has built in are replaced by the service's."""
    source = component.app.format(imported=component.imported, properties=component.properties)
    built = bundle(folder, source.replace("KEY", key).replace("SERVICE", service), "--minify")
    built = re.sub(r'"https://"\+\w+\+"/recaptcha', f'"{service}/recaptcha', built)
    for host in ("https://www.google.com", "https://challenges.cloudflare.com"):
        built = built.replace(host, service)
    return built.replace("</script", "<\\/script")


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_shows_the_question_and_gets_the_pass(
    chromium: Browser, server: Server, shop: Shop, site: AddedSite, tmp_path: Path, name: str
) -> None:
    component = COMPONENTS[name]
    shop.page = PAGE.format(script(tmp_path, component, site.key, server.url))
    page = visit(chromium)
    page.goto(shop.url)
    answer(page)
    page.keyboard.press("Tab")
    page.wait_for_function("heard.length === 1")
    first = page.evaluate("heard[0]")
    if component.passed:
        assert page.evaluate(f"box.current.{component.passed}()") == first
    assert verified(server, site, first)["success"]
    page.evaluate(f"box.current.{component.reset}()")
    expect(page.get_by_label("What is")).to_be_editable()
    answer(page)
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert verified(server, site, shop.sent[0][component.field])["success"], json.dumps(shop.sent)
    page.context.close()


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_that_is_taken_away_holds_no_form(
    chromium: Browser, server: Server, shop: Shop, site: AddedSite, tmp_path: Path, name: str
) -> None:
    shop.page = PAGE.format(script(tmp_path, COMPONENTS[name], site.key, server.url))
    page = visit(chromium)
    page.goto(shop.url)
    expect(page.get_by_text("Another question")).to_be_visible()
    page.click("text=Skip")
    page.click("text=Send")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    page.context.close()
