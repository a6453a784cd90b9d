"""Braces of what was typed become entities and escapes, which browsers and parsers of JSON undo."""

import html
import json
import re

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.escape_braces import escape_braces, json_in_html
from service.safe_html import render
from tests.rows import each_row

TYPED = st.lists(
    st.sampled_from([*"{}<>&\"'`\\*\n ", "{{", "}}", "{%", "%}", "</script>", "<!--", "-->", "&#123;", "&lcub;"])
    | st.characters(exclude_categories=["Cs", "Cc"])
).map("".join)
JSON = st.recursive(TYPED | st.none() | st.integers(), lambda inside: st.lists(inside) | st.dictionaries(TYPED, inside))


@given(TYPED)
def test_escaped_text_holds_no_brace_and_loses_nothing(typed: str) -> None:
    escaped = escape_braces(html.escape(typed))
    assert not re.search("[{}]", escaped)
    assert html.unescape(escaped) == typed


@pytest.mark.parametrize(
    "kept",
    [
        "<style>a { b: c }</style>",
        "<script>if (a) { b }</script >",
        '<SCRIPT type="module">{}</Script>',
        '<script type="application/ld+json">{"a": {}}</script>',
    ],
)
def test_scripts_and_styles_are_left_as_they_are(kept: str) -> None:
    assert escape_braces(f"{{{kept}}}") == f"&#123;{kept}&#125;"


@pytest.mark.parametrize("other", ["<script-like>{</script-like>", "<!-- <script> -->{<!-- </script> -->", "<styles>{"])
def test_what_only_looks_like_a_script_is_none(other: str) -> None:
    assert escape_braces(other) == other.replace("{", "&#123;")


@given(JSON)
def test_json_in_a_script_element_is_the_same_json_without_what_html_or_templates_read(data: object) -> None:
    text = json_in_html(data, ensure_ascii=False)
    assert json.loads(text) == data
    assert not re.search("[<>&]", text)
    for string in re.findall(r'"(?:[^"\\]|\\.)*"', text):
        assert not re.search("[{}]", string)


@given(TYPED, st.sampled_from(["markdown", "html"]))
def test_a_rendered_comment_holds_no_brace_and_no_tag_of_another_language(typed: str, form: str) -> None:
    assert not re.search("[{}]|<[%?!]|<esi", render(typed, form))


@each_row(
    "typed",
    [
        '[x](http://a.example/{{7*7}} "{{ 7*7 }} <%= 7*7 %> <?php 7*7 ?>")',
        "<http://a.example/{{7*7}}>",
        "http://a.example/{%raw%}",
        "`{{ 7*7 }}`",
        "```\n{% raw %}\n```",
        "    {# gone #}",
        "> - {{ 7*7 }}",
        "&#123;&lbrace;&lcub;&#x7b; 7*7 &#125;}",
        "\\{\\{ 7*7 \\}\\}",
        "{{ 7*7 }}" + "*" * 600,
    ],
)
def test_markdown_brings_no_brace_back(typed: str) -> None:
    rendered = render(typed)
    assert not re.search("[{}]", rendered)
    assert jinja2.Template(rendered).render() == rendered


@pytest.mark.parametrize(
    "stored",
    [
        '<a href="http://a.example/?{{7*7}}" title="{{ 7*7 }}">x</a>',
        '<abbr title="{% raw %}">x</abbr>',
        "<pre>{# gone #}</pre>",
        "{{ 7*7 }} &#123;% raw %&#125;",
        "<script>{{ 7*7 }}</script><style>{{ 7*7 }}</style><!-- {{ 7*7 }} -->",
    ],
)
def test_html_of_wordpress_brings_none_either(stored: str) -> None:
    rendered = render(stored, "html")
    assert not re.search("[{}]", rendered)
    assert jinja2.Template(rendered).render() == rendered
