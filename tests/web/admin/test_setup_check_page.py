"""/admin/check: fetches pages of registered sites only."""

import pytest

from service.settings import Settings
from tests.web.admin.conftest import Browser


@pytest.fixture
def settings(settings: Settings) -> Settings:
    sites = ("http://127.0.0.1:1", "http://localhost:*")
    return settings.model_copy(update={"sites": sites, "public_url": "http://127.0.0.1:2"})


def test_findings_say_what_to_change(browser: Browser) -> None:
    assert browser.get("/admin/check").status_code == 200
    page = browser.post("/admin/check", url="http://127.0.0.1:1/article")
    assert page.status_code == 200
    assert "http://127.0.0.1:2 did not answer" in page.text
    assert "http://127.0.0.1:1/article did not answer" in page.text
    assert "2 problems found" in page.text


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://192.0.2.3:3/", "leave-a-reply site add http://192.0.2.3:3"),
        ("http://127.0.0.1:3/", "only by the command: leave-a-reply doctor http://127.0.0.1:3/"),
        ("http://169.254.169.254/latest", "is not registered"),
        ("file:///etc/passwd", "must be complete"),
        ("", "must be complete"),
        ('"><script>', "must be complete"),
    ],
)
def test_other_addresses_are_not_fetched(browser: Browser, url: str, says: str) -> None:
    page = browser.post("/admin/check", url=url)
    assert page.status_code == 422
    assert says in page.text
    assert "did not answer" not in page.text


def test_it_is_for_admins_and_not_too_often(browser: Browser) -> None:
    answers = [browser.post("/admin/check", url="http://127.0.0.1:1/") for _ in range(21)]
    assert [each.status_code for each in answers] == [200] * 20 + [429]
    browser.client.cookies.clear()
    asked = browser.post("/admin/check", url="http://127.0.0.1:1/")
    assert (asked.status_code, 'action="../admin/login"' in asked.text) == (403, True)
