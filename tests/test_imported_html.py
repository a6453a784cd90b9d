"""HTML of imported comments is shown as WordPress shows it, and nothing readable is lost."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.html_links import link_addresses, with_absolute_links
from service.imported_html import paragraphs
from service.safe_html import render, shown_text
from tests.rows import each_row
from tests.work import calls

REL = ' rel="ugc nofollow noopener"'


def shown(html: str) -> str:
    return render(html, "html").replace(REL, "").replace(' translate="no"', "")


@each_row(
    ("stored", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p><p>three</p>"),
        ("one<br/>\ntwo<br>three", "<p>one<br>\ntwo<br>\nthree</p>"),
        ("one\n<br>two", "<p>one<br>\ntwo</p>"),
        ("one<br><br>two", "<p>one<br>\n<br>\ntwo</p>"),
        ("<p>one</p>\n\n<p>two</p>", "<p>one</p><p>two</p>"),
        ("one <b>two</b> <i>three</i>", "<p>one <b>two</b> <i>three</i></p>"),
        ("a\n<pre>b\n\n<b>c</b></pre>\nd", "<p>a</p><pre>b\n\n<b>c</b></pre><p>d</p>"),
        ("<pre>a<br>b <stdio.h></pre>", "<pre>a\nb &lt;stdio.h&gt;</pre>"),
        ("<ul>\n<li>a\nb</li>\n<li>c</li>\n</ul>d", "<ul><li>a<br>\nb</li><li>c</li></ul><p>d</p>"),
        ("<h2>a</h2>b", "<p><strong>a</strong></p><p>b</p>"),
        ("<div>a</div><div>b</div>", "<p>a</p><p>b</p>"),
        ("a<!-- <b>not</b> -->b", "<p>ab</p>"),
        ("a <!-- b", "<p>a &lt;!-- b</p>"),
        (
            "[CODE lang=c]\nif (a < b) &amp;&amp;\n\n<b>[/code]",
            "<pre><code>if (a &lt; b) &amp;&amp;\n\n&lt;b&gt;</code></pre>",
        ),
        ("[code] and no end", "<p>[code] and no end</p>"),
        ("a < b, List<String>, </nothing> and 1<2", "<p>a &lt; b, List&lt;String&gt;, &lt;/nothing&gt; and 1&lt;2</p>"),
        ("&#x1F339; &#55356;&#57145; &#xD83C;&#xDF39; &#55356;", "<p>🌹 🌹 🌹 \ufffd</p>"),
    ],
)
def test_lines_paragraphs_and_code(stored: str, html: str) -> None:
    assert shown(stored) == html


@pytest.mark.parametrize(
    ("stored", "html"),
    [
        ('<img src="https://a.example/r.jpg" alt="A rose">', '<a href="https://a.example/r.jpg">A rose</a>'),
        ("<img src='//a.example/r.jpg'>", '<a href="//a.example/r.jpg">//a.example/r.jpg</a>'),
        ('<img src="data:image/png;base64,xx" alt="A rose">', "A rose"),
        ('<img class="wp-smiley" alt=":-)" src="https://a.example/s.gif">', ":-)"),
        ('<img alt=":rose:" src="https://a.example/s.gif">', ":rose:"),
        ('<a href="https://a.example/"><img src="t.jpg" alt="A rose"></a>', '<a href="https://a.example/">A rose</a>'),
        ('<iframe src="https://v.example/1"></iframe>', '<a href="https://v.example/1">https://v.example/1</a>'),
        ('<img src="javascript:alert(1)" alt="">x', "x"),
    ],
)
def test_a_picture_or_film_is_a_link_or_its_words(stored: str, html: str) -> None:
    assert shown(stored) == f"<p>{html}</p>"


def test_bare_addresses_are_links_outside_of_links_and_code() -> None:
    link = '<a href="https://a.example/x?a=1&amp;b=2">https://a.example/x?a=1&amp;b=2</a>'
    assert shown("(https://a.example/x?a=1&amp;b=2).") == f"<p>({link}).</p>"
    for inside in ("<code>{}</code>", "<pre>{}</pre>", '<a href="https://b.example">see {}</a>'):
        assert shown(inside.format("https://a.example/")).count("<a") == inside.count("<a")
    assert f'"{REL}'.strip('"') in render("https://a.example", "html")
    assert shown("https://a.example/{{7*7}}").count("{") == 0


def test_there_are_no_more_links_than_a_comment_may_have() -> None:
    assert shown("https://a.example/ " * 80).count("<a ") == 50


@pytest.mark.parametrize(
    ("href", "whole"),
    [
        ("/about/", "https://a.example/about/"),
        ("?p=1&amp;q=2", "https://a.example/b/?p=1&amp;q=2"),
        ("#comment-1", "https://a.example/b/#comment-1"),
        ("../c", "https://a.example/c"),
        ("https://else.example/", "https://else.example/"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("//[", "//["),
        ("", ""),
    ],
)
def test_links_beside_a_page_lead_there(href: str, whole: str) -> None:
    html = with_absolute_links(f'<a title="/x" href="{href}">/y</a> href="/z"', "https://a.example/b/")
    assert html == f'<a title="/x" href="{whole}">/y</a> href="/z"'


def test_words_stay_apart_in_an_excerpt() -> None:
    assert shown_text("<p>a</p><p>b<br>c</p><li>d</li>e", "html").split() == ["a", "b", "c", "d", "e"]


_PIECES = st.sampled_from(
    [
        "<b>", "</b>", "<p>", "</p>", "<br>", "\n", "\n\n", "<ul>", "<li>", "</ul>", "<pre>", "</pre>", "<blockquote>",
        "<div>", "</div>", "<td>", "[code]", "[/code]", "<a href='/x'>", "</a>", "<h2>", "</h2>", "<x>", "&", "<", ">",
        "<img src='https://a.example/'>", "https://a.example/", "\"", "'", "<!--", "{{", "}}",
    ]
)  # fmt: skip


@example([("<https://a.example/", "word")])
@given(st.lists(st.tuples(st.lists(_PIECES, max_size=3).map("".join), st.from_regex(r"[a-z]{3,8}", fullmatch=True))))
def test_every_word_is_shown_whatever_tags_are_around(parts: list[tuple[str, str]]) -> None:
    text = shown_text("".join(f"{tags} {word} " for tags, word in parts), "html")
    assert [word for _, word in parts if word not in text] == []


@each_row(
    "piece",
    ["<!--", "[code]", "<a '", '<a "', "<b>", "https://a.example ", "&#55356;", "<img src=x ", "[code=", "<p>\n"],
)
def test_no_text_costs_more_than_its_length(piece: str) -> None:
    assert calls(lambda: render(piece * (60_000 // len(piece)), "html")) < 200_000


def test_a_tag_of_one_long_word_is_read_once() -> None:
    word = "a" * 250_000  # to look for a name at each of its letters would take minutes
    assert shown(f'<img {word} alt="A rose">') == "<p>A rose</p>"
    assert (
        with_absolute_links(f'<a {word} href="/x">', "https://a.example/") == f'<a {word} href="https://a.example/x">'
    )


def test_a_long_tag_keeps_only_the_attributes_that_are_read() -> None:
    many = " ".join(f"a{number}=1" for number in range(1000))
    assert (
        paragraphs(f'<b {many}>b</b> <a {many} href="/x" {many} href="/y">c</a>')
        == '<p><b >b</b> <a href="/x">c</a></p>'
    )
    assert many in shown(f"<word {many}>")


def test_lists_and_quotes_in_one_another_end_at_a_hundred_levels() -> None:
    html = paragraphs("<blockquote>" * 1000 + "words" + "</blockquote>" * 1000)
    assert html.count("<blockquote>") == 100
    assert "words" in html


def test_links_are_found_in_safe_html_alone() -> None:
    assert link_addresses('<a title="https://a.example>">x</a>', "r") == '<a title="https://a.example>">x</a>'
    assert link_addresses("no address", "r") == "no address"
    assert re.findall("<a", link_addresses("<code>x</code> http://a.example", "r")) == ["<a"]
