"""What leaves a mark on the screen, and what a reader counts as one character."""

from service.visible_text import initial, is_visible
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
