"""One key for all spellings of an address, and only pages of registered sites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.urls import BadPage, UnknownOrigin, canonical, page_key, resolve

SITES = {"https://blog.example": 7}


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("HTTPS://Blog.Example:443/Post#top", "https://blog.example/Post"),
        ("http://blog.example:80", "http://blog.example/"),
        ("https://blog.example/a?utm_source=x&id=3&fbclid=y", "https://blog.example/a?id=3"),
        ("https://blog.example/a?parent=5&preview=x&replytocom=2", "https://blog.example/a"),
        ("https://blog.example/%7Euser/ü", "https://blog.example/~user/%C3%BC"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("  https://blog.example:8443/a  ", "https://blog.example:8443/a"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
    ],
)
def test_an_address_has_one_canonical_form(address: str, url: str) -> None:
    assert canonical(address) == url
    assert canonical(url) == url


def test_a_trailing_slash_makes_no_other_page() -> None:
    assert page_key("https://blog.example/a/") == page_key("https://blog.example/a")
    assert page_key("https://blog.example/") == "https://blog.example/"


def test_a_page_of_a_registered_site_is_found() -> None:
    page = resolve("https://blog.example/a/?utm_medium=mail", SITES)
    assert (page.site_id, page.url, page.key) == (7, "https://blog.example/a/", "https://blog.example/a")


def test_a_page_of_nobody_is_refused_with_the_way_to_register_it() -> None:
    with pytest.raises(UnknownOrigin, match=r"leave-a-reply site add http://blog\.example "):
        resolve("http://blog.example/a", SITES)


@pytest.mark.parametrize(
    "address",
    [
        "", "x", "/a", "javascript:alert(1)", "https://", "https://u:p@blog.example/", "https://blog.example:0/",
        "https://blog.example:99999/", "https://[::1", "https://blog.example\\@evil.example/", "https://a b/",
        "https://blog.example/" + "x" * 2001, "data:text/html,x", "https://blog.example/a\r\nX: y",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadPage):
        resolve(address, SITES)


@given(st.one_of(st.text(), st.text().map("https://blog.example/".__add__)))
def test_any_text_is_a_page_or_refused(address: str) -> None:
    try:
        page = resolve(address, SITES)
    except BadPage:
        return
    assert page.key == resolve(page.url, SITES).key
