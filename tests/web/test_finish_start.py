"""What no reader waits for is loaded once the service serves, or stops it."""

from typing import Any

import pytest

from service import app as service_app
from service.app import create_app
from service.settings import Settings
from service.web.http.deferred_routes import DeferredRoutes
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import ARTICLE


def client(settings: Settings, clock: Clock, deferred: DeferredRoutes) -> AppClient:
    return AppClient(create_app(settings, clock, deferred=deferred), base_url=PUBLIC_URL)


def test_readers_are_served_before_anything_else_is_loaded(settings: Settings, clock: Clock) -> None:
    deferred = DeferredRoutes()
    with client(settings, clock, deferred) as reader:
        for path in ("/form", "/thread", "/comments", "/captcha", "/page"):
            assert reader.get(path, params={"page": ARTICLE}).status_code == 200
        assert reader.get("/embed.js").status_code == reader.get("/healthz").status_code == 200
        assert not deferred.are_loaded


@pytest.mark.parametrize("path", ["/admin/login", "/feed", "/wp-json/", "/readyz", "/"])
def test_who_asks_for_something_else_waits_until_it_is_loaded(settings: Settings, clock: Clock, path: str) -> None:
    deferred = DeferredRoutes()
    with client(settings, clock, deferred) as moderator:
        assert moderator.get(path, params={"page": ARTICLE}).status_code == 200
        assert deferred.are_loaded
        assert moderator.get("/nothing").status_code == 404
        assert moderator.get("/form", params={"page": ARTICLE}).status_code == 200


def test_a_part_that_cannot_be_loaded_is_told_and_refused(
    settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_options: Any) -> None:
        raise ImportError("of another version")

    monkeypatch.setattr(service_app, "_all_routes", broken)
    deferred = DeferredRoutes()
    with client(settings, clock, deferred) as asking:
        assert asking.get("/admin/login").status_code == 503
        assert "of another version" in str(deferred.error)
        assert asking.get("/form", params={"page": ARTICLE}).status_code == 200


def test_first_routes_are_routes_of_the_whole_table() -> None:
    first, whole = service_app._first_routes(), service_app._all_routes(demo=True)
    assert first.fixed
    assert set(first.fixed) <= set(whole.fixed)
