import re
from collections.abc import Callable
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.importers.shown_html import shown_html
from service.importers.shown_text import Words, from_either, from_html, from_lines, from_markdown
from service.safe_html import render
from tests.rows import each_row
from tests.work import calls

ROSE = "https://blog.example/rose.jpg"


def shown(html: str) -> str:
    """What our threads show of it, without what is there for browsers only."""
    html = re.sub(r' (rel|translate)="[^"]*"', "", render(*from_html(html)))
    html = re.sub(r" *(</?(p|ul|ol|li|blockquote|pre)>)\s*", r"\1", html.replace("<br>\n", "<br>"))
    return html if "<pre>" in html else re.sub(r" +", " ", html)


@each_row(
    ("html", "right"),
    [
        ("<p>One</p>\n<p>two\nlines<br>and a break</p>", "<p>One</p><p>two lines<br>and a break</p>"),
        ("words &amp; <b>more</b>", "<p>words &amp; <b>more</b></p>"),
        ("<div>a<div>b</div></div>c", "<p>a</p><p>b</p><p>c</p>"),
        ("<ul>\n<li>a\n<ul><li>b</li></ul></li>\n</ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("<blockquote>a<p>b</p></blockquote>", "<blockquote><p>a</p><p>b</p></blockquote>"),
        ("<h2>Head</h2>text", "<p><strong>Head</strong></p><p>text</p>"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "<p>a b</p><p>1 2</p>"),
        ("<p>a</p><pre><code>x &lt; y<br><br>  z</code></pre>", "<p>a</p><pre><code>x &lt; y\n\n  z</code></pre>"),
        ("<pre>a\n\n\nb</pre>", "<pre>a\n\n\nb</pre>"),
        ("<kbd>Esc</kbd> <u>under</u> <strike>gone</strike>", "<p><code>Esc</code> under <s>gone</s></p>"),
        ("<p><b>one<p>two</b> three", "<p><b>one</b></p><p><b>two</b> three</p>"),
        ("<ol start='3'><li>c</ol>", '<ol start="3"><li>c</li></ol>'),
        ("<input type=checkbox checked> done", "<p>[x] done</p>"),
        ("a<script>alert(1)</script><style>b{}</style>b<!-- c -->", "<p>ab</p>"),
    ],
)
def test_html_becomes_the_tags_that_our_threads_show(html: str, right: str) -> None:
    assert shown(html) == right


@pytest.mark.parametrize(
    ("html", "right"),
    [
        (f"<img src='{ROSE}' alt='a rose'>", f'<p><a href="{ROSE}">a rose</a></p>'),
        (f"<p><img src='{ROSE}' alt=''></p>", f'<p><a href="{ROSE}">{ROSE}</a></p>'),
        ("<img src='//cdn.example/1.png' alt=':rose:'>", "<p>:rose:</p>"),
        ("hi <img class='vemoji' src='//cdn.example/1.png'>", "<p>hi</p>"),
        (
            "<img class='vemoji' src='//cdn.example/1.png'>",
            '<p><a href="https://cdn.example/1.png">https://cdn.example/1.png</a></p>',
        ),
        ("<img src='data:image/png;base64,x' alt='drawn'>", "<p>drawn</p>"),
        (
            f"<a href='https://blog.example/big'><img src='{ROSE}'></a>",
            f'<p><a href="https://blog.example/big">{ROSE}</a></p>',
        ),
        (
            "<iframe src='https://video.example/1'></iframe>",
            '<p><a href="https://video.example/1">https://video.example/1</a></p>',
        ),
    ],
)
def test_pictures_and_films_become_links_or_their_words(html: str, right: str) -> None:
    assert shown(html) == right


@pytest.mark.parametrize(
    ("html", "right"),
    [
        ("<a href='https://x.example/a?b=1&amp;c'>x</a>", '<p><a href="https://x.example/a?b=1&amp;c">x</a></p>'),
        (
            "<a href='https://x.example/a/long'>https://x.example/a...</a>",
            '<p><a href="https://x.example/a/long">https://x.example/a/long</a></p>',
        ),
        ("<a href='https://x.example/'></a>", '<p><a href="https://x.example/">https://x.example/</a></p>'),
        ("<a href='#c1'>@Mara</a>, <a href='javascript:x'>no</a>", "<p>@Mara, no</p>"),
    ],
)
def test_links_keep_their_words_and_their_addresses(html: str, right: str) -> None:
    assert shown(html) == right


def test_markdown_stays_as_typed_unless_it_holds_tags_or_pictures() -> None:
    for typed in (
        "Hello *roses*\n\n> a < b & c",
        "not <a tag>",
        "<![CDATA[ x ]]>",
        "wow![1] (no picture)",
        "use <b>, not <i>",
    ):
        assert from_markdown(typed) == (typed, "markdown")
    assert render(*from_markdown(f"![a rose]({ROSE})")) == render(f'<a href="{ROSE}">a rose</a>', "html")
    assert from_markdown("a <b>c</b>\nd `<b>`")[0] == "<p>a <b>c</b><br /> d <code>&lt;b&gt;</code></p>"


def test_html_and_markdown_are_told_apart_by_how_a_text_begins() -> None:
    assert from_either("<p>one</p>\n<p>two</p>") == ("<p>one</p> <p>two</p>", "html")
    assert from_either("<p> is a tag") == ("<p> is a tag", "markdown")
    assert from_either("one\n\n**two**") == ("one\n\n**two**", "markdown")


def test_lines_of_html_without_paragraphs_are_breaks() -> None:
    assert from_lines("one\ntwo\r\n\r\n<b>three</b>")[0] == "one<br>two<p><b>three</b>"
    assert from_lines("<p>one\ntwo</p>")[0] == "<p>one two</p>"


WORDS = ["rose", "tulip", "lily"]
TAGS = [
    "p",
    "/p",
    "b",
    "/b",
    "ul",
    "li",
    "/ul",
    "pre",
    "/pre",
    "br",
    "blockquote",
    "/blockquote",
    "/a",
    "h1",
    "/h1",
    "td",
    "div",
    "/div",
]
PIECES = [*(f"<{tag}>" for tag in TAGS), "<a href='https://x.example'>", "\n", "\n\n", " ", "&lt;", "> "]


@given(st.lists(st.sampled_from([*PIECES, *WORDS]), max_size=30))
def test_no_word_is_lost_and_none_is_added(pieces: list[str]) -> None:
    result = shown_html("".join(pieces))
    words = [piece for piece in pieces if piece in WORDS]
    assert re.findall("|".join(WORDS), unescape(re.sub(r"<[^<>]*>", "", render(result, "html")))) == words


HOSTILE = (
    "![](",
    "![",
    "[",
    "[a][",
    "<b>",
    "<a href='",
    "&amp;",
    "*a ",
    "_a_",
    "> ",
    "a\n\n",
    "|a|\n",
    "//a.b ",
    "<br>",
)


@each_row("piece", HOSTILE)
@each_row("convert", [from_html, from_lines, from_either])
def test_a_hostile_text_takes_work_that_grows_with_its_length(convert: Callable[[str], Words], piece: str) -> None:
    def work(size: int) -> int:
        return calls(lambda: convert(piece * (size // len(piece)) + "<br>"))

    work(100)  # the library prepares what it needs
    assert work(4_000) < 2.2 * work(2_000) + 1000
    assert work(30_000) < 100_000


def test_a_table_that_grows_with_the_square_of_its_source_stays_markdown() -> None:
    table = "|a" * 400 + "\n" + "|-" * 400 + "\n" + "x|\n" * 400
    assert from_markdown(table + "<br>") == (table + "<br>", "markdown")
    small = "|a|b|\n|-|-|\n|c|d|\n\n<br>"
    assert "<td>c</td>" in from_markdown(small)[0]
