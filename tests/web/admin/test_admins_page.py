"""/admin/people: roles, invitations, removal; and the list of logins."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from db import tables
from service import admin_accounts, admin_logins, app_passwords, sites
from service.admin_rights import Role
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import PASSWORD, Browser
from tests.writing import writing


def invite(browser: Browser, **more: str | list[str]) -> str:
    """The path of a new invitation."""
    fields: dict[str, str | list[str]] = {"action": "invite", "role": "moderator", "every": "yes", "note": "Kit"}
    html = browser.post("/admin/people", **fields | more).text
    link = re.search(r'<code class="secret" dir="ltr">(\S+)</code>', html)
    assert link, html
    url = urlsplit(link[1])
    return f"{url.path}?{url.query}"


def accept(browser: Browser, path: str, name: str = "Kit") -> int:
    token = path.partition("token=")[2]
    browser.client.cookies.clear()
    answer = browser.post("/admin/invited", token=token, name=name, password=PASSWORD, again=PASSWORD)
    return answer.status_code


def of(context: AppContext, name: str) -> admin_accounts.AdminAccount | None:
    with context.engine.connect() as connection:
        return next((each for each in admin_accounts.read_people(connection) if each.name == name), None)


def test_an_invitation_makes_one_moderator_and_is_used_up(browser: Browser, context: AppContext, ida: int) -> None:
    path = invite(browser)
    assert "Kit</bdi></b> <small>Moderator" in browser.get("/admin/people").text
    assert "Moderator" in browser.get(path).text
    assert accept(browser, path, "Ida") == 422
    assert accept(browser, path) == 303
    person = of(context, "Kit")
    assert person
    assert (person.role, person.sites) == (Role.MODERATOR, None)
    assert browser.get("/admin").status_code == 200
    assert browser.get("/admin/people").status_code == 403
    assert accept(browser, path, "Eve") == 403
    assert browser.get(path).status_code == 403


def test_an_invitation_for_some_sites_stays_with_these(browser: Browser, context: AppContext) -> None:
    assert browser.post("/admin/people", action="invite", role="reader").status_code == 422
    assert accept(browser, invite(browser, role="reader", every="", site=["1", "99"])) == 303
    person = of(context, "Kit")
    assert person
    assert (person.role, person.sites) == (Role.READER, {1})


def test_an_invitation_ends_with_its_site_whose_id_may_be_that_of_the_next(
    browser: Browser, context: AppContext
) -> None:
    path = invite(browser, role="reader", every="", site=["1"])
    for job in sites.remove(1, with_comments=True):
        context.writer.run(job)
    assert accept(browser, path) == 403


@pytest.mark.parametrize("action", ["remove", "role"])
def test_who_may_not_invite_any_more_has_kept_no_link(
    browser: Browser, context: AppContext, ida: int, action: str
) -> None:
    with writing(context.engine) as connection:
        mallory = admin_logins.add(connection, "Mallory", "x", context.clock())
        assert mallory
        admin_accounts.added(connection, mallory, Role.OWNER, None, ida, context.clock())
        token = admin_accounts.invite(connection, Role.OWNER, None, "me", context.clock())
        if action == "remove":
            admin_accounts.remove(connection, mallory, ida, context.clock())
        else:
            admin_accounts.set_role(connection, mallory, Role.READER, None, ida, context.clock())
        assert admin_accounts.take_invitation(connection, token, context.clock()) is None


def test_an_invitation_is_withdrawn_or_too_old(browser: Browser, clock: Clock) -> None:
    path = invite(browser)
    key = re.search(r'name="key" value="(\w+)"', browser.get("/admin/people").text)
    assert key
    assert "what=withdraw" in browser.post("/admin/people", action="withdraw", key=key[1]).headers["location"]
    assert browser.get(path).status_code == 403
    assert "what=gone" in browser.post("/admin/people", action="withdraw", key="x").headers["location"]
    old = invite(browser)
    clock.advance(days=7, seconds=1)
    assert browser.get(old).status_code == 403


@pytest.mark.parametrize("fields", [{"action": "remove"}, {"action": "role", "role": "reader", "every": "yes"}])
def test_the_last_owner_stays(browser: Browser, context: AppContext, ida: int, fields: dict[str, str]) -> None:
    answer = browser.post("/admin/people", admin=str(ida), **fields)
    assert answer.status_code == 422
    assert "There must be an owner." in answer.text
    person = of(context, "Ida")
    assert person
    assert person.role is Role.OWNER


def test_who_is_removed_is_gone_at_once_with_all_passwords(
    browser: Browser, context: AppContext, clock: Clock, password_hash: str
) -> None:
    eve = context.writer.run(admin_logins.add, "Eve", password_hash, clock())
    assert eve
    context.writer.run(app_passwords.add, eve, "Phone", app_passwords.new_password(), clock())
    cookie = context.writer.run(admin_logins.open_session, eve, clock())
    assert browser.post("/admin/people", action="remove", admin=str(eve)).headers["location"].endswith("what=remove")
    with context.engine.connect() as connection:
        assert admin_logins.who(connection, cookie, clock()) is None
        query = select(func.count()).select_from(tables.application_password)
        assert connection.execute(query).scalar_one() == 0
    assert "Admin removed" in browser.get("/admin/log").text
    assert "Eve" in browser.get("/admin/log").text


def test_a_role_counts_from_the_next_request(browser: Browser, context: AppContext, ida: int, clock: Clock) -> None:
    context.writer.run(admin_logins.add, "Eve", "no password opens this", clock())
    context.writer.run(admin_accounts.set_role, ida, Role.READER, None, None, clock())
    assert browser.get("/admin/people").status_code == 403
    assert browser.get("/admin").status_code == 200


def test_a_login_of_another_browser_is_seen_and_ended(
    browser: Browser, context: AppContext, ida: int, clock: Clock
) -> None:
    other = context.writer.run(admin_logins.open_session, ida, clock(), "Lynx <script>")
    html = browser.get("/admin/account").text
    assert "Lynx &lt;script&gt;" in html
    key = re.search(r'name="key" value="(\w+)"', html)
    assert key
    browser.post("/admin/account/logins/end", key=key[1])
    with context.engine.connect() as connection:
        assert admin_logins.who(connection, other, clock()) is None
    assert browser.get("/admin/account").status_code == 200
    assert "Lynx" not in browser.get("/admin/account").text


def test_a_new_password_ends_those_of_programs_if_one_says_so(
    browser: Browser, context: AppContext, ida: int, clock: Clock
) -> None:
    def number() -> int:
        with context.engine.connect() as connection:
            return len(app_passwords.of_admin(connection, ida))

    context.writer.run(app_passwords.add, ida, "Phone", app_passwords.new_password(), clock())
    assert "Also revoke app passwords and tokens" in browser.get("/admin/account").text
    change = {"current": PASSWORD, "password": PASSWORD + "!", "again": PASSWORD + "!"}
    browser.post("/admin/account", **change)
    assert number() == 1
    again = {"current": PASSWORD + "!", "password": PASSWORD, "again": PASSWORD}
    browser.post("/admin/account", programs="revoke", **again)
    assert number() == 0
