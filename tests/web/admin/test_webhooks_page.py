"""/admin/webhooks: added, tried, paused and removed; what was sent, and sent again."""

import re

import pytest
from sqlalchemy import func, select

from db import tables
from service.settings import Settings
from service.web.context import AppContext
from service.webhooks import site_webhooks
from tests.web.admin.conftest import Browser
from tests.webhooks.conftest import Receiver, listen, receiver

__all__ = ["receiver"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_private": True})


def test_a_test_is_sent_and_shown_and_a_failure_is_said(
    browser: Browser, context: AppContext, receiver: Receiver
) -> None:
    assert "There are no webhooks" in browser.get("/admin/webhooks").text
    hook = listen(context, receiver.url("/hidden"))
    page = browser.post("/admin/webhooks", action="test", webhook=str(hook.id))
    assert (page.status_code, "answered 204" in page.text) == (200, True)
    assert receiver.heard[0].json["type"] == "webhook.test"
    receiver.statuses["/hidden"] = 500
    page = browser.post("/admin/webhooks", action="test", webhook=str(hook.id))
    assert page.status_code == 502
    assert "failed" in page.text
    assert hook.secret not in page.text
    assert "/hidden" not in page.text
    assert "0 messages are sent again" in browser.post("/admin/webhooks", action="replay", webhook=str(hook.id)).text


def test_a_webhook_is_added_and_its_secret_shown_once(
    browser: Browser, context: AppContext, receiver: Receiver
) -> None:
    wanted = {"action": "add", "site": "1", "kind": "standard", "url": receiver.url("/hidden"), "with_email": "yes"}
    page = browser.post("/admin/webhooks", event=["comment.held", "comment.spam"], **wanted)
    assert page.status_code == 200
    secret = re.search(r'<code class="secret" dir="ltr">(whsec_[\w+/=]+)</code>', page.text)
    assert secret
    again = browser.get("/admin/webhooks").text
    assert secret[1] not in again
    assert "/hidden" not in again
    assert "comment.held, comment.spam" in again
    assert "Readers’ email addresses are included." in again
    with context.engine.connect() as connection:
        (hook,) = site_webhooks.read_all(connection)
    assert (hook.secret, hook.url, hook.with_email) == (secret[1], receiver.url("/hidden"), True)
    assert "Webhook added" in browser.get("/admin/log").text


def test_a_webhook_is_paused_started_and_removed(browser: Browser, context: AppContext, receiver: Receiver) -> None:
    hook = listen(context, receiver.url())
    fields = {"webhook": str(hook.id)}
    assert browser.post("/admin/webhooks", action="stop", **fields).headers["location"].endswith("what=stopped")
    assert "Stopped: it is paused" in browser.get("/admin/webhooks").text
    assert browser.post("/admin/webhooks", action="start", **fields).headers["location"].endswith("what=started")
    assert "Stopped: it is paused" not in browser.get("/admin/webhooks").text
    browser.post("/admin/webhooks", action="test", **fields)
    message = re.search(r'name="message" value="(\d+)"', browser.get(f"/admin/webhooks?webhook={hook.id}").text)
    assert message
    again = browser.post("/admin/webhooks", action="replay", message=message[1], **fields)
    assert "1 message is sent again" in again.text
    refused = browser.post("/admin/webhooks", action="remove", **fields)
    assert (refused.status_code, "Select the box" in refused.text) == (422, True)
    assert browser.post("/admin/webhooks", action="remove", sure="yes", **fields).status_code == 303
    assert "There are no webhooks" in browser.get("/admin/webhooks?what=removed").text
    assert browser.post("/admin/webhooks", action="stop", **fields).status_code == 404
    log = browser.get("/admin/log").text
    for said in ("Webhook paused", "Webhook started again", "Messages of a webhook sent again", "Webhook removed"):
        assert said in log


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"url": "nonsense"}, "The address must be complete"),
        ({"kind": "telegram", "url": "https://api.telegram.org/bot1:x/sendMessage"}, "telegram needs Room."),
        ({"kind": "slack", "with_email": "yes"}, "Only webhooks of the kind standard can include email addresses."),
        ({"url": "http://169.254.169.254/latest"}, "an address that is never fetched"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    browser: Browser, context: AppContext, fields: dict[str, str], sentence: str
) -> None:
    wanted = {
        "action": "add",
        "site": "1",
        "kind": "standard",
        "url": "https://203.0.113.7/x",
        "token": "geheim",
    } | fields
    refused = browser.post("/admin/webhooks", event=["comment.spam"], **wanted)
    assert (refused.status_code, sentence in refused.text) == (422, True)
    assert f'value="{wanted["url"]}"' in refused.text
    assert 'value="comment.spam" checked' in refused.text
    assert "geheim" not in refused.text
    with context.engine.connect() as connection:
        assert site_webhooks.read_all(connection) == []
    assert browser.post("/admin/webhooks", **(wanted | {"site": "9"})).status_code == 400


def test_private_addresses_are_refused_unless_a_setting_allows_them(browser: Browser, context: AppContext) -> None:
    wanted = {"action": "add", "site": "1", "kind": "standard", "url": "http://127.0.0.1:9/"}
    assert browser.post("/admin/webhooks", **wanted).status_code == 200
    context.settings = context.settings.model_copy(update={"webhook_private": False})
    refused = browser.post("/admin/webhooks", **wanted)
    assert (refused.status_code, "REPLY_WEBHOOK_PRIVATE=true allows it" in refused.text) == (422, True)


def test_it_is_for_admins_and_our_own_pages_and_not_too_often(
    browser: Browser, context: AppContext, receiver: Receiver
) -> None:
    hook = str(listen(context, receiver.url()).id)
    assert (
        browser.post("/admin/webhooks", {"sec-fetch-site": "cross-site"}, action="test", webhook=hook).status_code
        == 403
    )
    assert browser.post("/admin/webhooks", action="test", webhook="7").status_code == 404
    answers = [browser.post("/admin/webhooks", action="test", webhook=hook) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    with context.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.webhook_attempt)).scalar_one() == 10
    browser.client.cookies.clear()
    assert browser.get("/admin/webhooks").status_code == 303
