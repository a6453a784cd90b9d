"""The privacy page says what the settings in force keep."""

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.web.context import AppContext
from service.webhooks import site_webhooks
from service.webhooks.site_webhooks import Kind, Wanted
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def page(settings: Settings, clock: Clock, **changes: object) -> str:
    app = create_app(settings.model_copy(update=changes), clock)
    with AppClient(app, base_url=PUBLIC_URL) as client:
        return client.get("/privacy").text


def test_times_are_those_of_the_settings(settings: Settings, clock: Clock) -> None:
    usual = page(settings, clock)
    assert "<td>15 days</td>" in usual
    assert "<td>30 days</td>" in usual
    assert "<td>48 hours</td>" in usual
    assert usual.count("until the comment is deleted") == 3
    other = page(settings, clock, email_days=365, website_days=10, spam_days=0, network_hours=1, edit_minutes=1)
    assert "<td>365 days</td>" in other
    assert "<td>10 days</td>" in other
    assert "<td>1 hour</td>" in other
    assert "until it is deleted" in other
    assert "for 1 minute after" in other


def test_without_mail_nobody_can_ask(client: TestClient) -> None:
    assert "Ask the owner of the site" in client.get("/privacy").text
    ours = {"sec-fetch-site": "same-origin"}
    assert client.post("/privacy", data={"email": "ada@example.org"}, headers=ours).status_code == 404


def test_what_is_passed_on_is_said(client: TestClient, context: AppContext, clock: Clock) -> None:
    assert "other programs" not in client.get("/privacy").text
    context.writer.run(site_webhooks.add, 1, Wanted(Kind.STANDARD, "https://hooks.example/a"), clock())
    assert "without email addresses" in client.get("/privacy").text
    context.writer.run(site_webhooks.add, 1, Wanted(Kind.STANDARD, "https://hooks.example/b", with_email=True), clock())
    assert "forwards comments and email addresses" in client.get("/privacy").text
