"""Two-step login: codes of an app and recovery codes."""

import re
from base64 import b32decode
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from db import tables
from service import second_factor
from service.secret_keys import Keyring
from service.settings import Settings
from service.web.admin.kept_form import KeptForm
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import PASSWORD, Browser
from tests.writing import writing


class Phone:
    """An authenticator app with the key that the page shows."""

    def __init__(self, browser: Browser, clock: Clock) -> None:
        html = browser.post("/admin/account/second", action="begin", current=PASSWORD).text
        token = re.search(r'name="token" value="([^"]+)"', html)
        assert token, html
        self.token = token[1]
        key = re.search(r'<code class="secret" dir="ltr">([A-Z2-7 ]+)</code>', html)
        assert key, html
        assert "otpauth://totp/" in html
        self.key, self.clock = key[1].replace(" ", ""), clock

    def code(self, seconds: int = 0) -> str:
        return pyotp.TOTP(self.key).at(int(self.clock().timestamp()) + seconds)


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Those of all tests, with a rate of attempts if a test names one."""
    return settings.model_copy(update={"rate_login": getattr(request, "param", settings.rate_login)})


@pytest.fixture
def phone(browser: Browser, clock: Clock) -> Phone:
    return Phone(browser, clock)


def turn_on(browser: Browser, phone: Phone) -> list[str]:
    """Turn it on, and log out. Returns the recovery codes."""
    html = browser.post("/admin/account/second", action="confirm", code=phone.code(), token=phone.token).text
    codes = re.findall(r'dir="ltr">([0-9a-f]{8}-[0-9a-f]{8})</code>', html)
    browser.client.cookies.clear()
    phone.clock.advance(seconds=60)
    return codes


def enter(browser: Browser, code: str, back: str = "/admin/log") -> tuple[int, str]:
    asked = browser.log_in(back=back)
    assert asked.status_code == 200, asked.text
    assert "set-cookie" not in asked.headers
    token = re.search(r'name="token" value="([^"]+)"', asked.text)
    assert token
    answer = browser.post("/admin/login/code", token=token[1], code=code, back=back)
    return answer.status_code, answer.headers.get("location", "")


def test_a_login_needs_the_code_and_then_leads_where_one_wanted(browser: Browser, phone: Phone) -> None:
    assert len(turn_on(browser, phone)) == second_factor.RECOVERY_CODES
    assert enter(browser, "000000")[0] == 422
    assert browser.get("/admin").status_code == 303
    assert enter(browser, phone.code()) == (303, "../../admin/log")
    assert browser.get("/admin").status_code == 200


def test_a_form_that_was_sent_before_the_login_is_kept_through_both_steps(browser: Browser, phone: Phone) -> None:
    turn_on(browser, phone)
    kept = KeptForm("/admin/comment", [("action", "reply"), ("reply", "Thank you for all")]).packed()
    asked = browser.log_in(back="/admin/log", kept=kept)
    assert asked.text.count(f'name="kept" value="{kept}"') == 1
    token = re.search(r'name="token" value="([^"]+)"', asked.text)
    assert token
    goal: Any = {"back": "/admin/log", "kept": kept, "token": token[1]}
    assert browser.post("/admin/login/code", code="000000", **goal).text.count(f'name="kept" value="{kept}"') == 1
    answer = browser.post("/admin/login/code", code=phone.code(), **goal)
    assert (answer.status_code, 'name="reply" value="Thank you for all"' in answer.text) == (200, True)


def test_the_right_password_of_before_ends_in_ten_minutes_or_with_another_password(
    browser: Browser, context: AppContext, phone: Phone, clock: Clock
) -> None:
    turn_on(browser, phone)

    def token_in(html: str) -> str:
        found = re.search(r'name="token" value="([^"]+)"', html)
        assert found
        return found[1]

    token = token_in(browser.log_in().text)
    clock.advance(minutes=9)
    again = browser.post("/admin/login/code", token=token, code="000000")
    assert (again.status_code, token_in(again.text)) == (422, token), "a wrong code does not prolong it"
    clock.advance(minutes=2)
    assert browser.post("/admin/login/code", token=token, code=phone.code()).headers["location"].endswith("login")
    token = token_in(browser.log_in().text)
    with writing(context.engine) as connection:
        connection.execute(tables.admin.update().values(password_hash="another"))
    assert browser.post("/admin/login/code", token=token, code=phone.code()).headers["location"].endswith("login")
    assert browser.get("/admin").status_code == 303


def test_a_code_works_once_and_not_for_long(browser: Browser, phone: Phone) -> None:
    turn_on(browser, phone)
    code = phone.code()
    assert enter(browser, code)[0] == 303
    assert enter(browser, code)[0] == 422
    assert enter(browser, phone.code(-60))[0] == 422
    assert enter(browser, phone.code(60))[0] == 422
    assert enter(browser, phone.code(30))[0] == 303


def test_a_recovery_code_works_once_without_the_phone(browser: Browser, phone: Phone) -> None:
    codes = turn_on(browser, phone)
    assert enter(browser, f" {codes[3].upper()} ")[0] == 303
    assert enter(browser, codes[3])[0] == 422
    assert enter(browser, codes[4])[0] == 303
    assert "8 recovery codes are left" in browser.get("/admin/account").text


def test_it_counts_once_a_code_has_confirmed_it(browser: Browser, phone: Phone) -> None:
    answer = browser.post("/admin/account/second", action="confirm", code="123456", token=phone.token)
    assert (answer.status_code, "QR code" in answer.text) == (422, True)
    browser.client.cookies.clear()
    assert browser.log_in().status_code == 303


def test_the_key_is_shown_to_whom_has_just_typed_the_password(browser: Browser, phone: Phone, clock: Clock) -> None:
    assert browser.post("/admin/account/second", action="begin", current="wrong").status_code == 422
    assert "otpauth:" not in browser.get("/admin/account").text
    for token in ("", "x", phone.token):
        clock.advance(minutes=10 if token == phone.token else 0)
        answer = browser.post("/admin/account/second", action="confirm", code=phone.code(), token=token)
        assert (answer.status_code, "otpauth:" in answer.text) == (422, False)
    browser.client.cookies.clear()
    assert browser.log_in().status_code == 303, "two-step login is not on"


def test_it_is_turned_off_with_the_password_alone(browser: Browser, phone: Phone) -> None:
    turn_on(browser, phone)
    enter(browser, phone.code())
    assert browser.post("/admin/account/second", action="off", current="wrong").status_code == 422
    assert browser.post("/admin/account/second", action="off", current=PASSWORD).status_code == 303
    log = browser.get("/admin/log").text
    assert "Two-step login turned on" in log
    assert "Two-step login turned off" in log
    browser.client.cookies.clear()
    assert browser.log_in().status_code == 303


@pytest.mark.parametrize("token", ["", "x", "WzEsOTk5OTk5OTk5OV0.x"])
def test_without_the_password_a_code_opens_nothing(browser: Browser, phone: Phone, token: str) -> None:
    turn_on(browser, phone)
    answer = browser.post("/admin/login/code", token=token, code=phone.code())
    assert answer.headers["location"] == "../../admin/login"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("settings", ["5/minute"], indirect=True)
@pytest.mark.parametrize("name", ["code 1", "login code 1", "1"])
def test_who_tries_names_at_the_login_keeps_no_admin_from_the_second_step(
    name: str, browser: Browser, phone: Phone, ida: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ida == 1
    turn_on(browser, phone)
    clients = iter(f"192.0.2.{number}".encode() for number in range(100))
    monkeypatch.setattr("service.web.admin.login_page.client_of", lambda _request: next(clients))
    answers = [browser.log_in(name=name).status_code for _ in range(10)]
    assert answers[-1] == 429
    assert enter(browser, phone.code())[0] == 303


@pytest.mark.parametrize("settings", ["5/minute"], indirect=True)
def test_codes_are_throttled(browser: Browser, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_on(browser, phone)
    token = re.search(r'name="token" value="([^"]+)"', browser.log_in().text)
    assert token
    clients = iter(f"192.0.2.{number}".encode() for number in range(10))
    monkeypatch.setattr("service.web.admin.two_step_login.client_of", lambda _request: next(clients))
    answers = [browser.post("/admin/login/code", token=token[1], code="000000") for _ in range(10)]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"]


def test_the_password_counts_for_ten_minutes(browser: Browser, phone: Phone, clock: Clock) -> None:
    turn_on(browser, phone)
    token = re.search(r'name="token" value="([^"]+)"', browser.log_in().text)
    assert token
    clock.advance(minutes=10)
    answer = browser.post("/admin/login/code", token=token[1], code=phone.code())
    assert answer.headers["location"] == "../../admin/login"


def test_the_database_alone_gives_no_codes(phone: Phone, context: AppContext) -> None:
    with context.engine.connect() as connection:
        sealed = connection.execute(select(tables.second_factor.c.sealed)).scalar_one()
        assert b32decode(phone.key) not in sealed
        stranger = Keyring(("a long sentence of another service 81736",))
        assert second_factor.read_begun(connection, stranger, 1, "Ida", "") is None


def test_who_logs_in_between_two_rotations_of_the_secret_needs_no_recovery_code(
    browser: Browser, phone: Phone, context: AppContext, clock: Clock, ida: int
) -> None:
    turn_on(browser, phone)
    first, second, third = (f"a long sentence for the tests, number {n} 58213" for n in range(3))
    rotations = [Keyring((*context.keyring._masters, first)), Keyring((first, second)), Keyring((second, third))]
    for keyring in rotations:
        with writing(context.engine) as connection:
            assert second_factor.check(connection, keyring, ida, phone.code(), clock())
        clock.advance(seconds=60)
