"""What was typed becomes safe HTML, loses nothing and keeps its meaning."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.safe_html import render, web_address, without_tags
from tests.rows import each_row
from tests.work import calls


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("*a* **b** `c`", '<p><em>a</em> <strong>b</strong> <code translate="no">c</code></p>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("```\nx < y\n```", '<pre><code translate="no">x &lt; y\n</code></pre>'),
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


@each_row(
    ("typed", "address"),
    [
        ("example.org", "https://example.org"),
        ("http://example.org/a?b#c", "http://example.org/a?b#c"),
        ("HTTPS://Example.org", "HTTPS://Example.org"),
        ("example.org:8080/x", "https://example.org:8080/x"),
        ("http://localhost:8000/", "http://localhost:8000/"),
        ("localhost:8000", None),
        (".org:80", None),
        ("a." * 100_000 + ":", None),
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


def shown(typed: str) -> str:
    """What a reader sees: the text without tags."""
    return unescape(re.sub(r"<[^>]*>", "", render(typed)))


def test_numbers_in_brackets_stay_as_typed() -> None:
    assert render("1) one\n2) two") == "<p>1) one<br>\n2) two</p>"


@each_row("depth", [1, 2, 3, 5, 6, 7, 11, 12, 13, 25, 40])
@each_row("marks", ["> ", ">", "- ", "+ ", "* ", "1. ", "> - ", "- 1. > ", "> 2) "])
def test_the_words_behind_many_marks_are_shown(marks: str, depth: int) -> None:
    assert shown(marks * depth + "last").rstrip().endswith("last")
    stairs = [f"{marks * each}step{each}" for each in range(1, depth)]
    assert shown("\n".join([*stairs, "last"])).rstrip().endswith("last")
    assert all(f"step{each}" in shown("\n".join(stairs)) for each in range(1, depth))


_WORDS = st.from_regex(r"[a-zß-öа-я]{2,9}[0-9]?", fullmatch=True)
_BETWEEN = st.sampled_from(
    [
        " ", "\n", "\n\n", "> ", ">", "- ", "+ ", "* ", "1. ", "7) ", "    ", "\t", "*", "**", "_", "__", "~~", "`",
        "```", "~~~", "\\", "[", "]", "](", ")", "<", "& ", "&amp;", "!", "# ", "|", "://", "\u3000", "。", "\n> ",
        "\n- ", "\n```\n", "\n~~~~ ",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(st.lists(_BETWEEN, max_size=5).map("".join), _WORDS), min_size=1, max_size=12))
def test_every_word_that_is_typed_is_shown(parts: list[tuple[str, str]]) -> None:
    typed = "".join(marks + word for marks, word in parts)
    text = shown(typed)
    assert [word for _, word in parts if word not in text] == [], typed


@each_row(
    "typed",
    [
        "Liebe Leser*innen und Autor*innen",
        "3*4*5 = 60",
        "(a + b)*c - d*(e)",
        "What the f*ck, this sh*t",
        "****ing hell, you a****",
        "Edit __init__.py and __main__",
        "see _config_.yml, ./_data_/x and self._a_.b",
        "**/*.py and **/*.js",
        "/* a comment */ and src/* and */",
        "*_* and -_- and *_* and -_- and >_< and >_<",
        "哈哈~~太好了~~",
        "don`t and can`t",
        "(´･ω･`) and (´・ω・`) and ヽ(`Д´)ﾉ and ( ´ ▽ ` )",
        "`this' and `that'",
        "``this'' and ``that''",
        "the `90s and `80s",
        "@_ada_ and @_bob_, #_winter_ and $_GET or $_.",
        r"C:\Program Files\_data\[old]\*.dat",
        r"¯\_(ツ)_/¯ and ¯\_(ツ)_/¯",
        r"\\server\share",
        r"\(x\) and \[y\]",
        r".*\.txt and \d+\*\w",
        "docker run \\\\ --rm",
        "f[x](y) and f[x]()",
        "[Miller](2004)",
        "[Miller](https://) [Miller](//) [Miller](https:2004) [Miller](mailto:)",
        "[Miller](/2004) [Miller](javascript:2004) [Miller](ftp://x.example)",
        "* * *",
        "- - -",
        ">:( no",
        ">= 5",
        ">_<",
        ">50 % and\n>$5",
        "01. Mai",
        "3. 10. 2024 war schön",
        "+ 1 for this",
        "~~~~ hello ~~~~",
        "#1",
        "[1]: note",
        "2 * 3 * 4",
        "a_b_c",
    ],
)
def test_characters_that_are_no_marks_stay_as_typed(typed: str) -> None:
    assert shown(typed) == typed
    assert not re.search(r"<(?!/?p>|br>)", render(typed))


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("**強調（テスト）**です", "<p><strong>強調（テスト）</strong>です</p>"),
        ("これは*強調*です", "<p>これは<em>強調</em>です</p>"),
        ("**„Zitat“**, _so_!", "<p><strong>„Zitat“</strong>, <em>so</em>!</p>"),
        ("l'*amour* (*toujours*)", "<p>l'<em>amour</em> (<em>toujours</em>)</p>"),
        ("*a **b** c*", "<p><em>a <strong>b</strong> c</em></p>"),
        ("~~old~~ new", "<p><s>old</s> new</p>"),
    ],
)
def test_marks_at_the_edges_of_words_work_in_every_script(typed: str, html: str) -> None:
    assert render(typed) == html


@each_row(
    ("typed", "text"),
    [
        (r"\*so\* and \**so\**", "*so* and **so**"),
        (r"\_so\_ and \~~so\~~", "_so_ and ~~so~~"),
        (r"\`so\`", "`so`"),
        (r"\[so](https://example.org)", "[so](https://example.org)"),
        (r"\<https://example.org>", "<https://example.org>"),
        (r"\&copy;", "&copy;"),
        (r"\> so", "> so"),
        (r"\- so", "- so"),
        (r"\* so", "* so"),
        (r"1986\. A year", "1986. A year"),
    ],
)
def test_a_backslash_before_a_mark_makes_it_a_character_and_is_dropped(typed: str, text: str) -> None:
    assert shown(typed) == text


def test_numbers_are_shown_as_typed() -> None:
    dates = render("12. Mai 2024 war schön.\n\n3. Oktober auch.\n4. November")
    assert re.findall(r"<ol[^>]*>|<li[^>]*>", dates) == ['<ol start="12">', "<li>", '<li value="3">', "<li>"]
    answers = render("2. yes\n\n4. no")
    assert re.findall(r"<ol[^>]*>|<li[^>]*>", answers) == ['<ol start="2">', "<li>", '<li value="4">']


@pytest.mark.parametrize("quoted", ["> The bridge was closed.", ">> It was.", "> - It was.", "> > It was.\n> I think."])
def test_an_answer_below_a_quote_is_outside_of_it(quoted: str) -> None:
    _, _, after = render(quoted + "\nNo, that was later.").rpartition("</blockquote>")
    assert after == "\n<p>No, that was later.</p>"


def test_words_after_the_backticks_of_code_are_shown() -> None:
    assert shown("```python\nx = 1\n```") == "python\nx = 1\n"
    assert shown("``` some words\nand more") == "some words\nand more"


@pytest.mark.parametrize("typed", ["word[//a.b://", "h[//a.b://]", "https[x://a.b](https://a.b)", "https://\u200bword"])
def test_half_an_address_is_text(typed: str) -> None:
    assert shown(typed).startswith(typed[:4])


def test_a_line_below_a_list_is_outside_of_it() -> None:
    assert render("- a\n- b\nThat is all.").endswith("</ul>\n<p>That is all.</p>")
    assert render("- a\n  and more") == "<ul>\n<li>a<br>\nand more</li>\n</ul>"


@each_row(
    "after",
    [
        *"»”“؟،、」।…！；》’:?",
        "。谢谢大家",
        "）で",
        "』。",
        ":)",
        "，还有",
        ".»",
        "),",
        "\u200f و",
        "\u200bx",
        "—it is",
        "–",
        "”后来",
        "،ثم",
        "।",
        "｡ｶﾞ",
        "］",
        "\u061cx",
    ],
)
def test_a_bare_address_ends_before_the_punctuation_after_it(after: str) -> None:
    assert ">https://example.org/a/b</a>" + after in render(f"https://example.org/a/b{after} and more")
    assert 'href="https://example.org/a/b"' in render(f"https://example.org/a/b{after} and more")


@pytest.mark.parametrize("end", ["Foo_(bar)", "a_b_c_d", "a,b;c", "?q=a:b", "Col·lecció/x", "a.b", "~x/", "#/a!b"])
def test_a_bare_address_keeps_what_belongs_to_it(end: str) -> None:
    assert f">https://example.org/{end}</a>, and" in render(f"see https://example.org/{end}, and")


@pytest.mark.parametrize(
    "typed",
    [
        "a\n\n" * 21_000, "a\n" * 32_000, "> a\n" * 16_000, "- a\n" * 16_000, "- " * 32_000, ">" * 65_000, "!" * 65_000,
        "[" * 65_000, "]" * 65_000, "\\" * 65_000, "&amp;" * 13_000, "*a " * 21_000, "`" * 65_000,
        "https://a.b " * 5_400, "好*" * 16_000, "https://a.b/" + "»" * 30_000, "1. " * 20_000, "https:" * 10_000,
        "~~a" * 20_000, "_" * 65_000,
    ],
    ids=lambda typed: ascii(typed[:7]),
)  # fmt: skip
def test_no_text_costs_much(typed: str) -> None:
    assert calls(lambda: render(f"{typed} counted")) < 250_000
    assert render(typed).count("<") < 5_000


def test_what_is_past_the_limit_is_shown_as_typed_with_its_line_breaks() -> None:
    html = render("*a*\n" * 800 + "one\n*two*\n\nthree")
    assert html.count("<em>") == 250
    assert html.endswith("one<br>\n*two*</p><p>three</p>")
    long = render("a\n\n" * 2000 + "*end*")
    assert long.count("a") == 2000
    assert long.endswith("a\n\na\n\n*end*</pre>")


@pytest.mark.parametrize(
    "html",
    ["<ul><li>" * 8000 + "end", "a\n\n" * 21_000 + "end", "<" * 65_000 + "end", "<b>&amp;" + "& " * 30_000 + "end"],
)
def test_imported_html_past_the_limit_is_shown_without_tags(html: str) -> None:
    assert calls(lambda: render(f"{html} counted", "html")) < 1_000
    assert render(html, "html").count("<") < 5_000
    assert "end" in render(html, "html")


def test_the_words_of_html_cost_no_sanitizer_where_it_would_take_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert without_tags("A &amp; <b>B</b><script>c</script>") == "A & B"
    monkeypatch.delattr("nh3.clean")
    assert without_tags("<ul><li>" * 2_000 + 'A &amp; <b title="<>">B</b>') == "A & B"
