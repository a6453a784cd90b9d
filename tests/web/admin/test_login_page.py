"""Login, sessions and logout."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from starlette.testclient import TestClient

from service import admin_logins
from service.app import create_app
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.web.admin.conftest import PASSWORD, Browser

NO_ADMIN = admin_logins._NO_ADMIN


def test_an_admin_logs_in_and_sees_the_list(stranger: Browser, ida: int) -> None:
    response = stranger.log_in()
    assert response.status_code == 303
    assert stranger.get(response.headers["location"].removeprefix("..")).status_code == 200
    assert "Log out" in stranger.get("/admin").text


def test_the_cookie_is_out_of_reach_for_scripts_and_foreign_posts(stranger: Browser, ida: int) -> None:
    cookie = stranger.log_in().headers["set-cookie"]
    assert cookie.startswith("lar=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age=1209600" in cookie


def test_over_https_the_cookie_insists_on_it(tmp_path: Path, clock: Clock, password_hash: str) -> None:
    app = create_app(Settings(data=tmp_path, public_url="https://comments.test"), clock)
    with AppClient(app, base_url="https://comments.test", follow_redirects=False) as client:
        client.app_state["context"].writer.run(admin_logins.add, "Ida", password_hash, clock())
        browser = Browser(client)
        cookie = browser.log_in().headers["set-cookie"]
        assert cookie.startswith("__Host-lar=")
        assert "Secure" in cookie
        assert browser.get("/admin").status_code == 200


def test_readers_get_no_cookie(client: TestClient) -> None:
    for path in ("/page?page=https://blog.example/post", "/admin/login", "/admin.css"):
        assert "set-cookie" not in client.get(path).headers


def test_each_login_gets_its_own_cookie(stranger: Browser, ida: int) -> None:
    stranger.client.cookies.set("lar", "chosen-by-an-attacker")
    first = stranger.log_in().cookies["lar"]
    second = stranger.log_in().cookies["lar"]
    assert len({"chosen-by-an-attacker", first, second}) == 3


def test_logging_in_again_ends_the_previous_session(browser: Browser) -> None:
    old = browser.client.cookies["lar"]
    browser.log_in()
    browser.client.cookies.clear()
    browser.client.cookies.set("lar", old)
    assert browser.get("/admin").status_code == 303


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(stranger: Browser, ida: int) -> None:
    wrong = stranger.log_in(password="not the right one")
    unknown = stranger.log_in(name="Nobody", password="not the right one")
    assert wrong.status_code == unknown.status_code == 422
    said = [re.sub(r'<form class="passkey".*?</form>', "", page.text, flags=re.DOTALL) for page in (wrong, unknown)]
    assert said[0].replace("Ida", "Nobody") == said[1]
    assert "set-cookie" not in wrong.headers


def test_an_unknown_name_costs_a_hash_too(monkeypatch: pytest.MonkeyPatch, stranger: Browser, ida: int) -> None:
    seen = []

    class Spy(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2 calls it so
            seen.append((self.check_needs_rehash(hash), password))
            with pytest.raises(VerifyMismatchError):  # so the hash was computed
                super().verify(hash, password)
            raise VerifyMismatchError

    monkeypatch.setattr(admin_logins, "_hasher", Spy())
    monkeypatch.setattr(admin_logins, "_NO_ADMIN", NO_ADMIN)
    stranger.log_in(name="Nobody", password="typed")
    assert seen == [(False, "typed")], "as dear as any other"


def test_without_a_login_a_page_leads_there_and_back(stranger: Browser, ida: int) -> None:
    response = stranger.get("/admin?status=spam")
    assert (response.status_code, response.headers["location"]) == (
        303,
        "./admin/login?back=%2Fadmin%3Fstatus%3Dspam",
    )
    assert stranger.log_in(back="/admin?status=spam").headers["location"] == "../admin?status=spam"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/admin/../..//evil.example",
        "/adminevil",
        "/admin@evil.example",
        "javascript:alert(1)",
        "/admin?x=1\r\nset-cookie: a=b",
        "/comments",
    ],
)
def test_a_login_leads_nowhere_else(stranger: Browser, ida: int, back: str) -> None:
    assert stranger.log_in(back=back).headers["location"] == "../admin"
    assert stranger.client.get("/admin/login", params={"back": back}).headers["location"] == "../admin"


def test_a_login_ends_after_two_weeks(browser: Browser, clock: Clock) -> None:
    clock.advance(days=13, hours=23)
    assert browser.get("/admin").status_code == 200
    clock.advance(hours=1)
    assert browser.get("/admin").status_code == 303


def test_logging_out_ends_the_login_on_the_server_too(browser: Browser) -> None:
    cookie = browser.client.cookies["lar"]
    response = browser.post("/admin/logout")
    assert response.headers["location"] == "../admin/login?what=out"
    assert 'lar=""' in response.headers["set-cookie"]
    browser.client.cookies.set("lar", cookie)
    assert browser.get("/admin").status_code == 303


def test_logging_out_everywhere_ends_every_login(browser: Browser, context: AppContext, ida: int, clock: Clock) -> None:
    elsewhere = context.writer.run(admin_logins.open_session, ida, clock())
    assert browser.post("/admin/logout-everywhere").status_code == 303
    with context.engine.connect() as connection:
        assert admin_logins.who(connection, elsewhere, clock()) is None


def test_without_any_admin_the_login_says_how_to_make_one(stranger: Browser) -> None:
    assert "leave-a-reply admin add NAME" in stranger.get("/admin/login").text


@pytest.fixture
def throttled(settings: Settings, clock: Clock, password_hash: str) -> Iterator[Browser]:
    """A service that allows three attempts a minute."""
    app = create_app(settings.model_copy(update={"rate_login": "3/minute"}), clock)
    with AppClient(app, base_url=PUBLIC_URL, follow_redirects=False) as client:
        client.app_state["context"].writer.run(admin_logins.add, "Ida", password_hash, clock())
        yield Browser(client)


def test_a_client_that_guesses_has_to_wait(throttled: Browser) -> None:
    for guess in range(3):
        assert throttled.log_in(name=f"name {guess}", password="wrong").status_code == 422
    response = throttled.log_in()
    assert response.status_code == 429
    assert 1 <= int(response.headers["retry-after"]) <= 20
    assert "Too many attempts" in response.text


def test_a_name_that_is_guessed_from_many_networks_has_to_wait(
    throttled: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = iter([b"1", b"2", b"3", b"4"])
    monkeypatch.setattr("service.web.admin.login_page.client_of", lambda _request: next(clients))
    for name in ("Ida", "ida", " IDA "):
        assert throttled.log_in(name=name, password="wrong").status_code == 422
    assert throttled.log_in().status_code == 429


def test_the_wait_has_an_end(throttled: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        throttled.log_in(password="wrong")
    limits = throttled.client.app_state["context"].limits
    clock = limits._clock
    monkeypatch.setattr(limits, "_clock", lambda: clock() + 21)
    assert throttled.log_in(password=PASSWORD).status_code == 303
