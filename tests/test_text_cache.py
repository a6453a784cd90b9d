"""Rendered texts are kept by bytes."""

from hypothesis import given
from hypothesis import strategies as st

from service.safe_html import TextCache


def twice(text: str, _form: str) -> str:
    return text * 2


def test_a_text_is_made_once() -> None:
    kept = TextCache(twice, 10_000)
    assert [kept("a", "x"), kept("a", "x"), kept("b", "x"), kept("a", "y")] == ["aa", "aa", "bb", "aa"]
    assert kept.made == 3


def test_what_was_not_asked_for_lately_goes_first() -> None:
    kept = TextCache(twice, 1500)
    for text in ("a", "b", "c", "d", "a", "e", "a"):
        kept(text, "x")
    assert kept.made == 5
    kept("b", "x")
    assert kept.made == 6


def test_one_that_is_too_large_is_not_kept() -> None:
    kept = TextCache(twice, 1500)
    assert len(kept("a" * 5000, "x")) == 10_000
    assert kept.size == 0


@given(st.lists(st.text(max_size=300), max_size=100))
def test_the_size_is_bounded(texts: list[str]) -> None:
    kept = TextCache(twice, 5000)
    for text in texts:
        assert kept(text, "x") == twice(text, "x")
        assert kept.size <= 5000
