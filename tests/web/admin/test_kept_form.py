"""A form that was sent when the login had run out: it is kept through the login, and waits for a click."""

import html
import re
from typing import Any

import pytest

from service.web.admin.kept_form import KeptForm
from service.web.context import AppContext
from tests.web.admin.conftest import PASSWORD, AddComment, Browser, statuses


def kept_of(page: str) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', page)
    return found[1] if found else ""


@pytest.mark.usefixtures("ida")
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/admin/comment", {"action": "reply", "reply": "Line one\n\n<b>„two“</b>", "name": "The editors"}),
        ("/admin/comment", {"action": "edit", "text": "語" * 21_000, "author": "Tomás"}),
        ("/admin/comments", {"action": "spam"}),
        ("/admin/redirects", {"site": "1", "text": "/one /two\n" * 9000}),
    ],
)
def test_what_was_sent_when_the_login_had_run_out_waits_for_a_click(
    stranger: Browser, context: AppContext, add: AddComment, path: str, fields: dict[str, str]
) -> None:
    key = add()
    sent: Any = {"comment": key, **fields}
    page = stranger.post(path, headers={"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"}, **sent)
    assert (page.status_code, "Your login had expired" in page.text) == (403, True)
    goal: Any = {"back": "/admin?status=spam", "kept": kept_of(page.text)}
    wrong = stranger.post("/admin/login", name="Ida", password="wrong", **goal)
    assert (wrong.status_code, kept_of(wrong.text)) == (422, goal["kept"])
    again = html_form(stranger.post("/admin/login", name="Ida", password=PASSWORD, **goal).text, 'action="../admin/')
    assert again == (path, sent)
    assert statuses(context) == {key: "pending"}
    assert stranger.post(path, **sent).status_code in (200, 303, 422)


def html_form(page: str, mark: str) -> tuple[str, dict[str, str]]:
    """The path and the hidden fields of the last form of a page."""
    form = page.rpartition("<form")[2].partition("</form>")[0]
    action = re.search(mark + r'([^"]+)"', form)
    assert action
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    return f"/admin/{action[1]}", {name: html.unescape(value) for name, value in fields}


def test_a_form_with_a_secret_is_not_written_into_the_login(stranger: Browser) -> None:
    forms: tuple[tuple[str, Any], ...] = (
        ("/admin/account", {"action": "password", "current": "secret one"}),
        ("/admin/webhooks", {"action": "add", "token": "secret one"}),
        ("/admin/logout", {"any": "thing"}),
    )
    for path, fields in forms:
        assert stranger.post(path, **fields).status_code == 303


@pytest.mark.usefixtures("ida")
@pytest.mark.parametrize(
    "kept",
    ["x", "eJw=", KeptForm("//evil.example/", [("a", "b")]).packed(), KeptForm("/admin/login", []).packed(), "é"],
)
def test_a_forged_form_is_not_offered(stranger: Browser, kept: str) -> None:
    answer = stranger.post("/admin/login", name="Ida", password=PASSWORD, back="/admin/log", kept=kept)
    assert (answer.status_code, answer.headers["location"]) == (303, "../admin/log")
