"""The setup of the first admin, and changing a password."""

import pytest

from service import admin_logins
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import PASSWORD, Browser

NEW = "another sentence to remember"


@pytest.fixture
def token(context: AppContext, clock: Clock) -> str:
    return admin_logins.SetupLink(context.keyring).issue(clock())


def test_the_link_makes_the_first_admin_who_is_then_logged_in(stranger: Browser, token: str) -> None:
    assert stranger.get(f"/admin/setup?token={token}").status_code == 200
    response = stranger.post("/admin/setup", token=token, name=" Ida ", password=PASSWORD, again=PASSWORD)
    assert response.headers["location"] == "../admin"
    assert stranger.get("/admin").status_code == 200
    assert "already been used" in stranger.get(f"/admin/setup?token={token}").text
    assert stranger.post("/admin/setup", token=token, name="Eve", password=NEW, again=NEW).status_code == 403


def test_a_link_is_valid_for_a_day(stranger: Browser, token: str, clock: Clock) -> None:
    clock.advance(hours=24)
    response = stranger.get(f"/admin/setup?token={token}")
    assert response.status_code == 403
    assert "not valid" in response.text


@pytest.mark.parametrize("token", ["", "x", "x.y", "é" * 600])
def test_a_forged_link_is_refused(stranger: Browser, context: AppContext, token: str) -> None:
    fields = {"token": token, "name": "Eve", "password": NEW, "again": NEW}
    assert stranger.post("/admin/setup", **fields).status_code == 403
    with context.engine.connect() as connection:
        assert admin_logins.count(connection) == 0


@pytest.mark.parametrize(
    ("name", "password", "again", "sentence"),
    [
        ("", PASSWORD, PASSWORD, "A name must have 1 to 100"),
        ("Ida", "short", "short", "at least 10 characters"),
        ("Ida", "aaaaaaaaaaaa", "aaaaaaaaaaaa", "too easy to guess"),
        ("Ida", PASSWORD, NEW, "The passwords do not match"),
    ],
)
def test_a_problem_is_shown_next_to_its_field(
    stranger: Browser, token: str, name: str, password: str, again: str, sentence: str
) -> None:
    response = stranger.post("/admin/setup", token=token, name=name, password=password, again=again)
    assert response.status_code == 422
    assert sentence in response.text
    assert password not in response.text.replace(sentence, "")


def test_a_new_password_ends_every_other_login(browser: Browser, context: AppContext, ida: int, clock: Clock) -> None:
    elsewhere = context.writer.run(admin_logins.open_session, ida, clock())
    response = browser.post("/admin/account", current=PASSWORD, password=NEW, again=NEW)
    assert response.headers["location"] == "../admin/account?what=password"
    assert "Password changed" in browser.get("/admin/account?what=password").text
    with context.engine.connect() as connection:
        assert admin_logins.who(connection, elsewhere, clock()) is None
    browser.post("/admin/logout")
    assert browser.log_in().status_code == 422
    assert browser.log_in(password=NEW).status_code == 303


def test_a_new_password_needs_the_old_one(browser: Browser) -> None:
    response = browser.post("/admin/account", current="not it at all", password=NEW, again=NEW)
    assert response.status_code == 422
    assert "This is not your password." in response.text
