"""What leaves a mark on the screen, and what a reader counts as one character."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from service.safe_html import render
from service.visible_text import initial, is_visible, one_line, shows_nothing
from tests.rows import each_row


@each_row("text", ["a", "ß", "字", "1", "?", "€", "😀", "\u200bé", "🫨", "🫩", "\uf8ff"])
def test_letters_digits_and_signs_are_seen(text: str) -> None:
    assert is_visible(text)


@each_row(
    "text",
    [
        "",
        " \t\n",
        "\u200b",
        "\u3164",
        "\u00ad",
        "\u2800",
        "\u115f\u1160",
        "\ufe0f",
        "\u0301",
        "\x00",
        "\u2065",
        "\U000e0001",
        "\U0001fffe",
    ],
)
def test_blanks_are_not_seen(text: str) -> None:
    assert not is_visible(text)


@each_row(
    ("name", "first"),
    [
        ("ada", "A"),
        ("Ünal", "Ü"),
        ("u\u0308nal", "U\u0308"),
        ("ßen", "ß"),
        ("ﬁn", "ﬁ"),
        ("🇩🇪 Max", "🇩🇪"),
        ("🇩", "🇩"),
        ("👩\u200d💻 Eve", "👩\u200d💻"),
        ("👍🏽 up", "👍🏽"),
        ("❤️ love", "❤️"),
        ("字", "字"),
        ("?", "?"),
    ],
)
def test_the_initial_is_one_character_to_a_reader(name: str, first: str) -> None:
    assert initial(name) == first


def test_a_name_is_one_visible_line() -> None:
    assert one_line(" Ada\n\u202eLovelace\u200b ") == "Ada Lovelace"


@each_row(
    "typed",
    [
        "", " ", "\u200b\u200b", "&nbsp;", ">", "> >", "-", "1.", "```\n```", "\u3164", "\u2800", "\u115f\u00ad",
        "&#8203;", "[](https://example.org)", "[\u200b](https://example.org 'a>b')", "\u202e", "- \n- \n",
        "\ufe0f\u0301",
    ],
)  # fmt: skip
def test_a_text_may_show_nothing(typed: str) -> None:
    assert shows_nothing(typed)


@each_row("typed", ["a", "?!", "+1", "…", "👍", "^", "`x`", "1", "* * *", "https://example.org", "ا", "&lt;"])
def test_a_sign_is_something_to_see(typed: str) -> None:
    assert not shows_nothing(typed)


@given(st.text(st.sampled_from("aß1 \n\t#>-*+_=.:!()<\\|\"'\u3164\u200b"), max_size=40))
def test_a_text_that_is_not_rendered_for_it_shows_what_the_rendered_one_shows(typed: str) -> None:
    shown = unescape(re.sub(r"<[^>]*>", "", render(typed)))
    if not shows_nothing(typed):
        assert is_visible(shown)
