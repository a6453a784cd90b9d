"""Names that readers take for the same, and names that they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.comments.name_skeleton import skeleton
from tests.rows import each_row

NAME = "Ingrid Sollim"


@each_row(
    "spelling",
    [
        "ingrid sollim",
        "INGRID  SOLLIM",
        "lngrid Sollim",
        "Ingrid SoIIim",
        "1ngrid Sollim",
        "|ngrid Sollim",
        "Ingrid Sollim.",
        "\u201eIngrid Sollim\u201c",
        "Ingrid-Sollim",
        "Ingrid_Sollim",
        "Ingrid\u2800Sollim",
        "Ingrid Sollim\u2800",
        "Ingrid Sollim\u3164",
        "Ingrid\u200b Sollim",
        "Ingrid\u00a0Sollim",
        "\u202eIngrid Sollim",
        "Ingrid Sollim\ufe0f",
        "\u0131ngrid soll\u0131m",
        "\u0130ngrid Sollim",
        "Ingrid \ua731ollim",
        "\u0406ngrid S\u043ellim",
        "\uff29\uff4e\uff47\uff52\uff49\uff44 Sollim",
        "\U0001d4d8ngrid Sollim",
        "\u2160ngrid Sollim",
        "Ingrid Sollirn",
        "Ingrid 5ollim",
        "\ua4f2ngrid Sollim",
        "INGRID SO\ua4e1\ua4e1IM",
        "\u13a5ngrid Sollim",
        "INGRID \u13da\ua4f3\u13de\u13deI\u13b7",
        "\uab75ngrid Sollim",
        "INGRID \u13d5O\u14aaLIM",
        "IN\u13c0RID SOLLIM",
        "\u0399\u039dGRID SOLLI\u039c",
        "I\u039dGRID SOLLI\u041c",
        "INGRID \u054fOLLIM",
        "INGRID SO\U0001041b\U00010526IM",
    ],
)
def test_what_looks_alike_is_one_name(spelling: str) -> None:
    assert skeleton(spelling) == skeleton(NAME)


@pytest.mark.parametrize(
    "other", ["Ingrid Sollin", "Ingrid", "Ingri\u0300d Sollim", "Ingrid Sollim 2", "\u2026", "李小明"]
)
def test_other_names_are_other_names(other: str) -> None:
    assert skeleton(other) != skeleton(NAME)


def test_capital_and_small_letters_are_one_name_in_other_scripts_too() -> None:
    assert skeleton("\u0397\u03bb\u03af\u03b1\u03c2") == skeleton("\u0397\u039b\u038a\u0391\u03a3")
    assert skeleton("\u041d\u0438\u043d\u0430") == skeleton("\u041d\u0418\u041d\u0410")


def test_a_capital_that_looks_latin_counts_as_what_it_looks_like() -> None:
    assert skeleton("\u0397annah") == skeleton("Hannah")  # its small letter looks like n
    assert skeleton("\u039dIN\u0391") == skeleton("Nina")  # its small letter looks like v


def test_a_name_of_signs_alone_is_a_name() -> None:
    assert skeleton("***") != skeleton("!!!")
    assert skeleton("***")


@given(st.text(max_size=50))
def test_the_skeleton_of_a_skeleton_is_the_same(name: str) -> None:
    assert skeleton(skeleton(name)) == skeleton(name)


@given(st.text(st.characters(max_codepoint=127), max_size=50).filter(lambda name: any(map(str.isalnum, name))))
def test_a_name_in_ascii_is_folded_as_any_other(name: str) -> None:
    assert skeleton(name) == skeleton(name + "\ufe0f")  # which nobody sees
