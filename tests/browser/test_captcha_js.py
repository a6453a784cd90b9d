"""``captcha.js`` on another site's form: whoever is asked nothing at first is asked in the end."""

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.host import Host
from tests.browser.server import Server
from tests.browser.test_embedding import host as host
from tests.browser.test_work import visitor as visitor

REFUSED = '{"error": "Too many requests. Please wait a moment.", "help": ""}'


def test_who_was_refused_a_question_is_asked_when_the_form_is_sent(visitor: Page, host: Host, tmp_path: Path) -> None:
    """As when others have used up what a site may ask in a minute."""
    with Server(tmp_path, REPLY_DEMO="false") as server:
        key = re.search(r"(?m)^ *key +(\S+)", server.command("site", "add", host.origin).stdout)
        assert key
        widget = f'<div class="leave-a-reply-captcha" data-sitekey="{key[1]}"></div>'
        script = f'<script src="{server.url}/captcha.js" async></script>'
        form = f'<form action="/sent"><input name="message">{widget}<button>Send</button></form>{script}'

        def refuse(route: Route) -> None:
            route.fulfill(status=429, body=REFUSED, headers={"access-control-allow-origin": "*", "retry-after": "1"})

        visitor.route("**/captcha/challenge?*", refuse, times=1)
        visitor.goto(host.write(server.url, form))
        place = visitor.locator(".leave-a-reply-captcha")
        expect(place).to_contain_text("Too many requests")
        visitor.fill("[name=message]", "Hello")
        visitor.click("text=Send")
        expect(place).to_contain_text(re.compile(r"\d+ [+−×] \d+ ="))
