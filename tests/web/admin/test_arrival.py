"""GET /check: tells the setup check, and no other client, how its requests arrive."""

import pytest
from starlette.testclient import TestClient

from service.doctor import Probe
from service.secret_keys import Keyring
from service.settings import Settings
from service.web.context import AppContext
from tests.conftest import Clock


@pytest.fixture
def settings(settings: Settings) -> Settings:
    from ipaddress import ip_network

    return settings.model_copy(update={"trusted_proxies": (ip_network("10.0.0.0/8"),)})


def test_it_tells_whether_a_proxy_forwards(client: TestClient, context: AppContext, clock: Clock) -> None:
    token = Probe(context.keyring).issue(clock())
    found = client.get("/check", params={"token": token})
    assert found.json() == {"forwarded": False, "trusted": False, "peer": ""}
    assert found.headers["cache-control"] == "no-store"
    forwarded = client.get("/check", params={"token": token}, headers={"x-forwarded-for": "192.0.2.1"}).json()
    assert forwarded["forwarded"] is True
    assert "192.0.2.1" not in str(forwarded)


def test_it_answers_the_self_check_alone(client: TestClient, context: AppContext, clock: Clock) -> None:
    token = Probe(context.keyring).issue(clock())
    stranger = Probe(Keyring(("kT7vQ2mZx9LbW4nRj8HdP3sYc6FgVa5u",))).issue(clock())
    for wrong in ("", "x", token + "x", stranger):
        assert client.get("/check", params={"token": wrong}).status_code == 404
    clock.advance(minutes=3)
    assert client.get("/check", params={"token": token}).status_code == 404
