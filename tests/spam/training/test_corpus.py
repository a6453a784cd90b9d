import random
import re
from collections import Counter

import pytest

from service.spam.training.corpus import WRITTEN, written, written_variants

LINES = written()
SIGNS = ("¿", "ç", "ß", "ł", "ж", "ı", "の", "이")  # of eight languages


def test_each_template_becomes_a_cluster_of_spam_or_of_ham() -> None:
    clusters = Counter((line.cluster, line.spam) for line in LINES)
    assert len({cluster for cluster, _ in clusters}) == len(clusters)
    assert {number for (_, spam), number in clusters.items() if spam} == {12}
    assert {number for (_, spam), number in clusters.items() if not spam} == {16}
    assert {line.source for line in LINES} == {WRITTEN}


def test_nothing_of_a_template_is_left_in_a_line() -> None:
    for line in LINES:
        for part in (line.sample.text, line.sample.author, line.sample.url):
            assert not re.search(r"[{}|]|\bLINK\b|\bMAIL\b|\bPHONE\b", part), part
        assert line.sample.text
        assert line.sample.author == line.sample.author.strip()


def test_the_lines_are_the_same_each_time() -> None:
    assert written() == LINES


@pytest.mark.parametrize("sign", SIGNS)
def test_the_lines_speak_more_than_english(sign: str) -> None:
    assert any(sign in line.sample.text for line in LINES)


def test_choices_may_lie_in_choices() -> None:
    found = {written_variants("{a|b{c|d}} e", random.Random(seed)) for seed in range(40)}
    assert found == {"a e", "bc e", "bd e"}


def test_links_of_a_line_lead_to_the_site_of_its_author() -> None:
    lines = [line for line in LINES if line.spam and line.sample.url and "://" in line.sample.text]
    hosts = re.compile(r"(?:https?://)?(?:www\.)?([^/\s]+)")
    same = 0
    for line in lines:
        own = hosts.match(line.sample.url)
        assert own
        same += own[1] in line.sample.text
    assert lines
    assert same == len(lines)
