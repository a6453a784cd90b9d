"""How hard a site's question is, as it is stored."""

from typing import Any

import pytest

from service.captcha.difficulty import EASIEST, HARDEST
from service.spam.site_policy import Policy
from service.spam.spam_settings_form import level_choice, read_form

NAMES = {
    "auto": (EASIEST, HARDEST),
    "least-2": (2, HARDEST),
    "least-3": (3, HARDEST),
    "least-4": (4, 4),
    "always-1": (1, 1),
    "always-2": (2, 2),
    "always-3": (3, 3),
}


@pytest.mark.parametrize(("name", "levels"), NAMES.items())
def test_a_choice_is_stored_by_its_name(name: str, levels: tuple[int, int]) -> None:
    stored = read_form(lambda field: name if field == "level" else "").settings
    assert stored["level"] == name
    policy = Policy.of(stored)
    assert (policy.easiest, policy.hardest) == levels
    assert policy.as_json()["level"] == level_choice(stored) == name


@pytest.mark.parametrize(("name", "levels"), NAMES.items())
def test_a_pair_as_version_0_1_stored_it_is_the_choice_it_was(name: str, levels: tuple[int, int]) -> None:
    stored = {"level": [*levels]}
    policy = Policy.of(stored)
    assert (policy.easiest, policy.hardest, level_choice(stored)) == (*levels, name)


@pytest.mark.parametrize("stored", [{}, {"level": "auto"}, {"level": "least-9"}, {"level": ""}, {"level": None}])
def test_what_is_not_there_is_auto(stored: dict[str, Any]) -> None:
    policy = Policy.of(stored)
    assert (policy.easiest, policy.hardest, level_choice(stored)) == (EASIEST, HARDEST, "auto")
