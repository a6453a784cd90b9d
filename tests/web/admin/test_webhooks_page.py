"""/admin/webhooks: what was sent, a test, and what was given up sent again."""

import pytest
from sqlalchemy import func, select

from db import tables
from service.settings import Settings
from service.web.context import AppContext
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
    assert "given up" in page.text
    assert hook.secret not in page.text
    assert "/hidden" not in page.text
    assert "0 messages are sent again" in browser.post("/admin/webhooks", action="replay", webhook=str(hook.id)).text


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
