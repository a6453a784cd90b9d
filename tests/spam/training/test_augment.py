import random

import pytest

pytest.importorskip("numpy", reason="training needs numpy")

from service.spam.classifier.features import Sample
from service.spam.training.augment import augmented, homepage


def test_some_ham_without_a_website_gets_one_and_its_words_stay() -> None:
    chance = random.Random(1)
    found = [augmented(Sample("I grow beans in pots", "Ines"), False, [], chance) for _ in range(100)]
    assert 20 < sum(bool(one.url) for one in found) < 60
    assert {one.text for one in found} == {"I grow beans in pots"}


def test_a_spammers_website_is_sometimes_moved_into_the_text_or_dropped() -> None:
    chance = random.Random(1)
    found = [augmented(Sample("nice", "Shop", "", "http://s.example"), True, [], chance) for _ in range(200)]
    assert {bool(one.url) for one in found} == {True, False}
    assert any("http://s.example" in one.text for one in found)


def test_a_homepage_can_be_made_for_anybody() -> None:
    chance = random.Random(1)
    for author in ("Ines", "", "梅", "x" * 99):
        assert all("." in homepage(author, "", chance) for _ in range(50))
