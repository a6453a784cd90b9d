"""Names that readers take for the same, and names that they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.comments.name_skeleton import skeleton

NAME = "Ingrid Sollim"


@pytest.mark.parametrize(
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
    ],
)
def test_what_looks_alike_is_one_name(spelling: str) -> None:
    assert skeleton(spelling) == skeleton(NAME)


@pytest.mark.parametrize(
    "other", ["Ingrid Sollin", "Ingrid", "Ingri\u0300d Sollim", "Ingrid Sollim 2", "\u2026", "李小明"]
)
def test_other_names_are_other_names(other: str) -> None:
    assert skeleton(other) != skeleton(NAME)


def test_a_name_of_signs_alone_is_a_name() -> None:
    assert skeleton("***") != skeleton("!!!")
    assert skeleton("***")


@given(st.text(max_size=50))
def test_the_skeleton_of_a_skeleton_is_the_same(name: str) -> None:
    assert skeleton(skeleton(name)) == skeleton(name)
