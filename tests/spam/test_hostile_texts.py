"""Hostile texts: no exception, and no more work than for any other. ``HOSTILE_TEXTS=100000`` tries as many.

What they take in time, ``python -m bench.run checks`` measures.
"""

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import costly_texts
from service.spam.classifier import SiteModel, Thresholds, shipped
from service.spam.classifier.features import words_of
from service.spam.evidence import Evidence, SiteClassifier, hosts_of
from service.spam.look_up_and_judge import check
from service.spam.near_duplicates import Bands
from service.spam.site_policy import Policy
from service.spam.verdict import Verdict
from tests.work import calls

PART = 100
PARTS = -(-int(os.environ.get("HOSTILE_TEXTS", "0")) // PART) or 1
"""A test may take two minutes, so many texts are many tests."""

MOST_CALLS = 100_000
"""Of functions, for a whole check. The worst text known takes 64,000, most take 11,000."""

POLICY = Policy.of({"words": {"hold": 'aaaa\n"aaaa"\na\n=x\nwww.\nhttp', "spam": "\n".join(map(str, range(2000)))}})


def judge(text: str, author: str = "", email: str = "", url: str = "", language: str = "en") -> Verdict:
    prior = shipped()
    model = SiteClassifier(prior, SiteModel({1: 1.0}), Thresholds(prior.hold))
    return check(Evidence(text, author, email, url, "", 1.0, False, language=language, policy=POLICY, model=model))


def work(text: str, **more: str) -> int:
    """Functions called by the whole check, of a text that was not seen before."""
    words_of.cache_clear()

    def whole() -> None:
        Bands.of(text)
        verdict = judge(text, **more)
        hosts_of(more.get("url", ""), [])
        assert "check_failed" not in {reason.symbol for reason in verdict.reasons}

    return calls(whole)


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    judge("Warm up: Купить http://xn--pypal-4ve.com")


@pytest.mark.parametrize("seed", range(1, 1 + PARTS))
def test_hostile_texts_in_every_field(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(PART):
        text = costly_texts.text(rng)
        more = {name: costly_texts.text(rng)[:3000] for name in ("author", "email", "url")}
        assert work(text, **more, language=rng.choice(["en", "ru", "", "\ud800", "x" * 99])) < MOST_CALLS, text[:80]


@pytest.mark.parametrize(
    "char", ["a", "é", "\u0301", "\u200b", "\ud800", "\x00", " ", "\n", ".", "[", "漢", "𝐜", "ﷺ", "@", "<"]
)
def test_ten_times_as_much_of_one_character_is_no_more_work(char: str) -> None:
    less, more = (
        work(char * number, author=char * (number // 30), email=char * (number // 30), url=char * (number // 30))
        for number in (300_000, 3_000_000)
    )
    assert more < min(1.1 * less, MOST_CALLS)


@pytest.mark.parametrize("unit", ["<a ", "ΐ<a ", "<a on"])
def test_many_tags_that_never_end(unit: str) -> None:
    assert work(unit * 30_000) < min(1.1 * work(unit * 10_000), MOST_CALLS)


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_any_text_is_judged(text: str, author: str, email: str, url: str, language: str) -> None:
    verdict = judge(text, author, email, url, language)
    assert "check_failed" not in {reason.symbol for reason in verdict.reasons}
