"""No text may raise. Speed is measured by the bench, not here."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.spam.classifier.comment_score import score
from service.spam.classifier.decided_comments import DecidedComment, usable_decisions
from service.spam.classifier.features import Sample
from service.spam.classifier.minhash import fingerprint, similarity
from service.spam.classifier.prior import shipped
from service.spam.classifier.site_model import refit

ANY = st.text(st.characters(codec=None), max_size=300)
BOMBS = (
    "a",
    "\x00",
    "\ud800",
    "http://",
    "<a href=",
    "[url=",
    "a.",
    "a@",
    "1-",
    "{a|",
    "\u0301",
    "ﷺ",
    "漢",
    "((",
    " ",
    "</",
)


@given(ANY, ANY, ANY, ANY)
def test_any_text_can_be_judged(text: str, author: str, email: str, url: str) -> None:
    found = score(Sample(text, author, email, url), shipped())
    assert found.logit == found.logit
    assert len(found.top) <= 5


@given(ANY, ANY)
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    assert 0 <= similarity(fingerprint(one), fingerprint(other)) <= 1


@settings(max_examples=20)
@given(st.lists(st.tuples(ANY, st.booleans()), max_size=6))
def test_any_text_can_be_learned_from(log: list[tuple[str, bool]]) -> None:
    decisions = [DecidedComment(Sample(text, text), spam, str(at)) for at, (text, spam) in enumerate(log)]
    assert refit(usable_decisions(decisions), shipped()).model.learned == len(log)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_megabyte_of_one_thing_is_judged_like_any_other(bomb: str) -> None:
    text = bomb * (1_000_000 // len(bomb))
    score(Sample(text, text, text, text), shipped())
    fingerprint(text)
