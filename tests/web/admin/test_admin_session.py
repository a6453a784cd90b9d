"""A GET changes nothing, and neither does a form from another site or without a login."""

import pytest
from starlette.testclient import TestClient

from service.web.context import AppContext
from tests.conftest import PUBLIC_URL
from tests.web.admin.conftest import AddComment, Browser, statuses

POSTS = (
    "/admin/comments",
    "/admin/pages",
    "/admin/account",
    "/admin/login",
    "/admin/setup",
    "/admin/logout",
    "/admin/logout-everywhere",
)
GETS = ("/admin", "/admin/account", "/admin/login", "/admin/setup")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": PUBLIC_URL},
    ],
)
def test_a_form_on_our_own_page_passes(
    browser: Browser, context: AppContext, add: AddComment, headers: dict[str, str]
) -> None:
    key = add()
    browser.post("/admin/comments", headers, action="spam", comment=key)
    assert statuses(context)[key] == "spam"


def test_the_requested_origin_passes(browser: Browser, context: AppContext, add: AddComment) -> None:
    key = add()
    headers = {"origin": "http://10.0.0.5:8000", "host": "10.0.0.5:8000", "cookie": _cookie(browser)}
    browser.post("/admin/comments", headers, action="spam", comment=key)
    assert statuses(context)[key] == "spam"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": PUBLIC_URL + ".evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": PUBLIC_URL},
        {"sec-fetch-site": ""},
    ],
)
def test_a_form_from_elsewhere_changes_nothing(
    browser: Browser, context: AppContext, add: AddComment, headers: dict[str, str]
) -> None:
    key = add()
    fields = {"action": "spam", "comment": key, "name": "Ida", "password": "x"}
    for path in POSTS:
        response = browser.post(path, headers, **fields)
        assert response.status_code == 403
        assert "not sent from our own page" in response.text
    assert statuses(context)[key] == "pending"
    assert browser.get("/admin").status_code == 200


@pytest.mark.parametrize("path", ["/admin/comments", "/admin/pages", "/admin/account", "/admin/logout-everywhere"])
def test_without_a_login_a_post_changes_nothing(
    stranger: Browser, context: AppContext, add: AddComment, path: str
) -> None:
    key = add()
    by_script = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
    response = stranger.post(path, by_script, action="spam", comment=key)
    assert response.status_code == 303
    assert response.headers["location"] == "../admin/login?back=%2Fadmin%3Fwhat%3Dexpired"
    assert statuses(context)[key] == "pending"


@pytest.mark.parametrize("path", ["/admin/logout", "/admin/logout-everywhere"])
def test_actions_accept_no_get(browser: Browser, context: AppContext, add: AddComment, path: str) -> None:
    key = add()
    response = browser.get(f"{path}?action=spam&comment={key}")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert statuses(context)[key] == "pending"


def test_the_address_of_an_action_leads_to_the_list(browser: Browser, context: AppContext, add: AddComment) -> None:
    key = add()
    response = browser.get(f"/admin/comments?action=spam&comment={key}&q=soup")
    assert response.status_code == 303
    assert response.headers["location"].endswith(f"/admin?action=spam&comment={key}&q=soup")
    assert statuses(context)[key] == "pending"


@pytest.mark.parametrize("path", GETS)
def test_a_get_writes_nothing(
    browser: Browser, context: AppContext, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, submit = [], context.writer.submit_for
    monkeypatch.setattr(context.writer, "submit_for", lambda *job: written.append(job) or submit(*job))
    assert browser.get(path + "?action=spam&done=1&n=3&what=spam&token=x").status_code < 500
    assert written == []


@pytest.mark.parametrize("path", GETS)
def test_every_page_is_strict_and_never_stored(browser: Browser, path: str) -> None:
    sent = browser.get(path).headers
    assert sent["cache-control"] == "no-store"
    assert "default-src 'none'" in sent["content-security-policy"]
    assert "unsafe" not in sent["content-security-policy"]
    assert "frame-ancestors 'none'" in sent["content-security-policy"]


@pytest.mark.parametrize("path", GETS)
def test_styles_and_scripts_come_from_where_the_admin_is(browser: Browser, path: str) -> None:
    html = browser.get(path).text
    assert PUBLIC_URL not in html
    assert "<style" not in html
    assert " style=" not in html
    assert " onclick" not in html


def test_the_assets_are_there(client: TestClient) -> None:
    assert client.get("/admin.css").headers["content-type"].startswith("text/css")
    assert client.get("/admin.js").headers["content-type"].startswith("text/javascript")


def _cookie(browser: Browser) -> str:
    return f"lar={browser.client.cookies['lar']}"
