"""/admin/account: application passwords are created, shown once, and revoked."""

import base64
import re

from starlette.testclient import TestClient

from tests.web.admin.conftest import PASSWORD, Browser


def made(browser: Browser, name: str = "Phone") -> str:
    page = browser.post("/admin/account/programs", program=name, current=PASSWORD)
    found = re.search(r'class="secret"[^>]*>([^<]+)<', page.text)
    assert found, page.text
    return found[1]


def opens(client: TestClient, login: str) -> bool:
    header = {"authorization": "Basic " + base64.b64encode(login.encode()).decode()}
    return client.get("/wp-json/wp/v2/users/me", headers=header).status_code == 200


def test_a_password_is_shown_once_and_opens_the_api(browser: Browser, client: TestClient) -> None:
    password = made(browser, "<b>Phone</b>")
    assert re.fullmatch(r"([A-Za-z0-9]{4} ){5}[A-Za-z0-9]{4}", password)
    assert opens(client, f"Ida:{password}")
    page = browser.get("/admin/account").text
    assert password not in page
    assert "&lt;b&gt;Phone&lt;/b&gt;" in page


def test_it_ends_when_it_is_revoked(browser: Browser, client: TestClient) -> None:
    password, other = made(browser), made(browser, "Tablet")
    ids = re.findall(r'name="id" value="(\d+)"', browser.get("/admin/account").text)
    answer = browser.post("/admin/account/programs/revoke", id=ids[-1])
    assert answer.headers["location"] == "../../../admin/account?what=revoked"
    assert "Password revoked." in browser.get("/admin/account?what=revoked").text
    assert [opens(client, f"Ida:{each}") for each in (password, other)].count(True) == 1


def test_a_name_is_needed(browser: Browser) -> None:
    for name in ("", "   ", "x" * 101):
        page = browser.post("/admin/account/programs", program=name)
        assert page.status_code == 422
        assert "Enter a name for the program" in page.text


def test_it_takes_a_login_and_our_own_page(stranger: Browser, browser: Browser) -> None:
    foreign = browser.post("/admin/account/programs", headers={"sec-fetch-site": "cross-site"}, program="x")
    assert foreign.status_code == 403
    browser.client.cookies.clear()
    asked = stranger.post("/admin/account/programs", program="x")
    assert (asked.status_code, "/admin/login" in asked.text) == (403, True)


def test_a_login_alone_makes_no_password(browser: Browser) -> None:
    for path, fields in (
        ("programs", {"program": "Phone"}),
        ("tokens", {"token": "Report", "days": "30", "scope": "pages:read"}),
    ):
        page = browser.post(f"/admin/account/{path}", **fields, current="not it")
        assert page.status_code == 422
        assert "This is not your password." in page.text
        assert fields.get("program", fields.get("token")) in page.text, "what was typed is kept"
        assert 'class="secret"' not in page.text
