"""The lines that nobody wrote as a comment: made of templates, of frames and trades."""

import random
import re
from collections import Counter

import pytest

from service.spam.training.advert_lines import FrameLanguage, _filled, languages, written
from service.spam.training.corpus import WRITTEN, Line
from service.spam.training.template_lines import templated, written_variants

LEFT_OVER = re.compile(r"[{}|]| ~ |\b(?:LINK|MAIL|PHONE|NAME|KEYWORD|BRAND|OFFER|SUBJECT)\b")
SERVED = {"en", "ar", "ckb", "de", "es", "fr", "ku", "ru", "tr", "zh"}  # languages of the form


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return written()


def test_each_template_becomes_a_cluster_of_spam_or_of_ham(lines: list[Line]) -> None:
    clusters = Counter((line.cluster, line.spam) for line in lines)
    assert len({cluster for cluster, _ in clusters}) == len(clusters)
    assert {number for (_, spam), number in clusters.items() if spam} == {12, 16}
    assert {number for (_, spam), number in clusters.items() if not spam} == {16, 12}
    assert {line.source for line in lines} == {WRITTEN, f"{WRITTEN} en", f"{WRITTEN} others"}


def test_nothing_of_a_template_is_left_in_a_line(lines: list[Line]) -> None:
    for line in lines:
        for part in (line.sample.text, line.sample.author, line.sample.url):
            assert not LEFT_OVER.search(part), part
        assert line.sample.text
        assert line.sample.author == line.sample.author.strip()


def test_the_lines_are_the_same_each_time(lines: list[Line]) -> None:
    assert written() == lines


def test_each_language_of_the_form_has_advertisements_and_honest_comments() -> None:
    found = languages()
    assert {language.code for language in found} >= SERVED
    for language in found:
        assert language.names
        assert language.trades
        assert {spam for spam, _, _ in language.frames} == {True, False}


def test_choices_may_lie_in_choices() -> None:
    found = {written_variants("{a|b{c|d}} e", random.Random(seed)) for seed in range(40)}
    assert found == {"a e", "bc e", "bd e"}


def test_links_of_a_line_lead_to_the_site_of_its_author() -> None:
    lines = [line for line in templated() if line.spam and line.sample.url and "://" in line.sample.text]
    hosts = re.compile(r"(?:https?://)?(?:www\.)?([^/\s]+)")
    same = 0
    for line in lines:
        own = hosts.match(line.sample.url)
        assert own
        same += own[1] in line.sample.text
    assert lines
    assert same == len(lines)


@pytest.mark.parametrize("line", ["advert KEYWORD ~ Great post", "spam KEYWORD", "trade a ~ b ~ c"])
def test_a_line_of_no_kind_is_refused(line: str) -> None:
    from service.spam.training.advert_lines import _read

    with pytest.raises(ValueError, match="no line of a language"):
        _read(line, [*languages()[:1]])


def test_some_advertisers_link_to_an_article_and_take_the_words_that_people_search_for_as_their_host() -> None:
    language = FrameLanguage("en", [".example"], "Ann", [["roof repair", "summit", "roofs", "gutters"]])
    found = [_filled(language, True, "KEYWORD", "See LINK", random.Random(seed)) for seed in range(80)]
    hosts = {re.sub(r"^See (?:https?://)?(?:www\.)?", "", one.text).partition("/")[0] for one in found}
    assert hosts == {"summit.example", "roofrepair.example", "roof-repair.example"}
    assert 10 < sum(one.text.endswith(("gutters", "roof-repair")) for one in found) < 50
