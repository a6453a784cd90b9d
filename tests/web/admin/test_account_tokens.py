"""``/admin/account``: tokens of the JSON API are made, listed and revoked."""

import re

from service import admin_accounts, admin_logins
from service.admin_rights import Role
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import PASSWORD, Browser


def make(browser: Browser, name: str = "Report", days: str = "30", scopes: tuple[str, ...] = ("pages:read",)) -> str:
    return browser.post("/admin/account/tokens", token=name, days=days, scope=list(scopes), current=PASSWORD).text


def token_in(page: str) -> str:
    found = re.search(r"lar_\w{40}", page)
    assert found
    return found[0]


def me(browser: Browser, token: str) -> int:
    return browser.client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_listed_and_revoked(browser: Browser) -> None:
    token = token_in(make(browser))
    assert me(browser, token) == 200
    page = browser.get("/admin/account").text
    assert token not in page
    assert "pages:read" in page
    assert "until 24 December 2026" in page
    number = re.search(r'tokens/revoke"><input type="hidden" name="id" value="(\d+)"', page)
    assert number
    answer = browser.post("/admin/account/tokens/revoke", id=number[1])
    assert answer.headers["location"].endswith("account?what=token-revoked")
    assert me(browser, token) == 401


def test_a_token_that_a_token_made_says_so_and_goes_with_it(browser: Browser) -> None:
    bearer = {"authorization": f"Bearer {token_in(make(browser, 'Robot', scopes=('tokens:write',)))}"}
    wanted = {"name": "Nightly", "scopes": ["tokens:write"]}
    made = browser.client.post("/api/v1/tokens", json=wanted, headers=bearer).json()
    page = browser.get("/admin/account").text
    assert "; created by the token <bdi>Robot</bdi> and revoked with it</small>" in page
    assert page.count("revoked with it") == 1
    browser.post("/admin/account/tokens/revoke", id=made["made_by"])
    assert me(browser, made["token"]) == 401


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(browser: Browser) -> None:
    page = make(browser, " ", "400", ())
    for sentence in ("a name for the token, with 1 to 100", "from 1 to 366", "Select at least one permission."):
        assert sentence in page
    assert 'value="400"' in page
    page = make(browser, "Mine", "0", ("pages:read", "spam:check"))
    assert re.findall(r'value="([\w:]+)" checked', page) == ["pages:read", "spam:check"]
    assert not re.search(r"lar_\w{40}", page)


def test_an_admin_is_offered_what_the_role_allows(
    stranger: Browser, ida: int, context: AppContext, clock: Clock, password_hash: str
) -> None:
    eve = context.writer.run(admin_logins.add, "Eve", password_hash, clock())
    assert eve
    context.writer.run(admin_accounts.set_role, eve, Role.MODERATOR, None, ida, clock())
    stranger.log_in("Eve")
    page = stranger.get("/admin/account").text
    assert 'value="comments:moderate"' in page
    assert 'value="sites:write"' not in page
    assert "Select at least one permission." in make(stranger, scopes=("sites:write",))


def test_a_new_password_may_revoke_them(browser: Browser) -> None:
    token = token_in(make(browser))
    new = "another sentence that is long"
    fields = {"current": "a sentence that is easy to remember", "password": new, "again": new, "programs": "revoke"}
    assert browser.post("/admin/account", **fields).status_code == 303
    assert me(browser, token) == 401
