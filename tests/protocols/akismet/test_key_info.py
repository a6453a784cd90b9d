"""What is said of a key: whether it is one, and what it asked."""

from typing import Any

import pytest

from tests.conftest import Clock
from tests.protocols.akismet.conftest import Blog


@pytest.mark.parametrize("name", ["key", "api_key"])
@pytest.mark.parametrize("address", ["https://shop.example/", "http://localhost:8080", "shop.example/blog"])
def test_a_key_is_valid_for_any_site(blog: Blog, name: str, address: str) -> None:
    assert len(blog.site.check_key) == 12
    answer = blog.call("verify-key", {name: blog.site.check_key, "blog": address})
    assert answer.text == "valid"
    assert not any(header.startswith("x-akismet") for header in answer.headers)


@pytest.mark.parametrize(
    ("change", "help_text"),
    [
        ({"key": "000000000000"}, "No site has this key."),
        ({"key": ""}, 'Empty "key" value'),
        ({"blog": ""}, 'Empty "blog" value'),
        ({"blog": "http://"}, "We were unable to parse your blog URI"),
        ({"blog": "a b"}, "We were unable to parse your blog URI"),
    ],
)
def test_what_is_not_valid_is_invalid_and_says_why(blog: Blog, change: dict[str, str], help_text: str) -> None:
    answer = blog.call("verify-key", {"key": blog.site.check_key, "blog": "https://shop.example"} | change)
    assert answer.text == "invalid"
    assert answer.headers["x-akismet-debug-help"] == help_text


def test_the_plugin_finds_the_service_connected(blog: Blog) -> None:
    answer = blog.client.get("/1.1/test", headers={"host": "rest.akismet.com"})
    assert (answer.status_code, answer.text) == (200, "connected")


def test_usage_counts_the_month(blog: Blog, clock: Clock) -> None:
    blog.check()
    blog.check(comment_author="viagra-test-123")
    asked = {"api_key": blog.site.check_key}
    for answer in (blog.client.get("/1.2/usage-limit", params=asked), blog.client.post("/1.2/usage-limit", data=asked)):
        assert answer.json() == {"limit": "none", "usage": 2, "percentage": "0.00", "throttled": False}
    clock.advance(days=10)
    assert blog.usage() == 0


def test_sites_of_a_key_are_listed_by_month(blog: Blog) -> None:
    blog.check()
    row: dict[str, Any] = {"site": "shop.example", "api_calls": "1", "spam": "0", "ham": "1", "missed_spam": "0"}
    row |= {"false_positives": "0", "is_revoked": False}
    asked = {"api_key": blog.site.check_key}
    found = blog.client.get("/1.2/key-sites", params=asked).json()
    assert found == {"2026-11": [row], "limit": 500, "offset": 0, "total": 1}
    assert blog.client.get("/1.2/key-sites", params=asked | {"offset": "1"}).json()["2026-11"] == []
    assert blog.client.get("/1.2/key-sites", params=asked | {"filter": "else"}).json()["total"] == 0
    assert blog.client.get("/1.2/key-sites", params=asked | {"month": "2026-10"}).json()["2026-10"] == []


def test_sites_of_a_key_as_csv(blog: Blog) -> None:
    blog.check()
    asked = {"api_key": blog.site.check_key, "format": "csv"}
    assert blog.client.get("/1.2/key-sites", params=asked).text.splitlines() == [
        f"Active sites for {blog.site.check_key} during 2026-11 (limit:500, offset: 0, total: 1)",
        "Site,Total API Calls,Spam,Ham,Missed Spam,False Positives,Is Revoked",
        "shop.example,1,0,1,0,0,false",
    ]


@pytest.mark.parametrize("path", ["/1.2/usage-limit", "/1.2/key-sites"])
def test_usage_is_told_to_the_key_only(blog: Blog, path: str) -> None:
    assert blog.client.get(path, params={"api_key": "000000000000"}).text == "invalid"


def test_statistics_by_day_and_by_month(blog: Blog, clock: Clock) -> None:
    blog.check()
    clock.advance(days=10)
    blog.check(comment_author="viagra-test-123")
    days, months = blog.stats("60-days"), blog.stats("all")
    assert (days["spam"], days["ham"], days["accuracy"], days["time_saved"]) == ("1", "1", "100.00", "10")
    assert list(days["breakdown"]) == ["2026-11-24", "2026-12-04"]
    assert list(months["breakdown"]) == ["2026-11", "2026-12"]
    assert months["breakdown"]["2026-12"]["spam"] == "1"


def test_the_plugins_other_calls_are_answered(blog: Blog) -> None:
    assert blog.call("deactivate", {"key": blog.site.check_key}).text == "deactivated"
    assert blog.call("get-subscription", {"key": blog.site.check_key}).json()["status"] == "active"
