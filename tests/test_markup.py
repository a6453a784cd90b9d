"""What was typed becomes safe HTML, and loses nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.markup import one_line, render, web_address


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("```\nx < y\n```", "<pre><code>x &lt; y\n</code></pre>"),
        ("# no heading", "<p># no heading</p>"),
        ("<b>no html</b>", "<p>&lt;b&gt;no html&lt;/b&gt;</p>"),
    ],
)
def test_a_small_markdown_is_understood(typed: str, html: str) -> None:
    assert render(typed) == html


def test_links_are_marked_as_a_readers() -> None:
    link = 'href="https://example.org/x" rel="ugc nofollow noopener"'
    assert link in render("see https://example.org/x")
    assert link in render("[see](https://example.org/x)")


@pytest.mark.parametrize("typed", ["![x](http://x.example/p.png)", "<img src=x>", '<img src="http://x.example/p.png">'])
def test_there_are_no_images(typed: str) -> None:
    assert "<img" not in render(typed)
    assert "<img" not in render(typed, "html")


_ALLOWED_TAG = re.compile(r"</?(a|abbr|b|blockquote|br|cite|code|del|em|i|li|ol|p|pre|q|s|strong|ul)(?=[ >])[^<>]*>")
_ATTACKS = st.sampled_from(
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
        "<svg/onload=alert(1)>",
        "<a href='javascript:alert(1)'>", "<a href=\"data:text/html,x\">", "`", "](", "[", "<", ">", '"', "'", "&",
        "<style>", "<!--", "-->", "<math><mtext></p><style>", "\\", "*", "_", "\n", "```", "\u202e", "&#x6a;avascript:",
    ]
)  # fmt: skip


@given(
    st.lists(st.one_of(_ATTACKS, st.text(max_size=8)), max_size=12).map("".join), st.sampled_from(["markdown", "html"])
)
def test_whatever_is_typed_only_harmless_tags_come_out(typed: str, form: str) -> None:
    html = render(typed, form)
    rest = _ALLOWED_TAG.sub("", html)
    assert "<" not in rest
    for tag in re.findall(r"<[^>]+>", html):
        assert not re.search(r"\son\w+=|javascript:|data:|style=", tag, re.IGNORECASE), tag


def test_a_text_made_to_keep_us_busy_is_shown_as_it_stands() -> None:
    assert render("[" * 60_000).count("[") == 60_000
    assert "<em>" not in render("*a* " * 2000)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("example.org", "https://example.org"),
        ("http://example.org/a?b#c", "http://example.org/a?b#c"),
        ("HTTPS://Example.org", "HTTPS://Example.org"),
        ("example.org:8080/x", "https://example.org:8080/x"),
        ("http://localhost:8000/", "http://localhost:8000/"),
        ("javascript:alert(1)", None),
        ("mailto:a@b.example", None),
        ("nonsense", None),
        ('http://a.example/"onmouseover=x', None),
        ("http://user@evil.example/", None),
        ("http://exa mple.org", None),
    ],
)
def test_a_website_is_an_http_address_or_nothing(typed: str, address: str | None) -> None:
    assert web_address(typed) == address


def test_a_name_is_one_visible_line() -> None:
    assert one_line(" Ada\n\u202eLovelace\u200b ") == "Ada Lovelace"
