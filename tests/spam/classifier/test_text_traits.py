"""What the classifier saw, in words that a moderator understands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.spam.classifier import text_traits
from service.spam.classifier.features import Sample, Token, tokens
from service.spam.classifier.link_features import parse
from service.spam.classifier.prior import label
from service.spam.classifier.text_traits import name_on_host, same_length_lowered
from tests.rows import each_row


@each_row(
    ("token", "shown"),
    [
        (("word", "casino"), "casino"),
        (("pair", "best casino"), "best casino"),
        (("author", "casino"), "author: casino"),
        (("shape", "links=0"), "no links"),
        (("shape", "links=2"), "few links"),
        (("shape", "exclamation marks=5"), "some exclamation marks"),
        (("shape", "html links=9"), "many html links"),
        (("shape", "length=3"), "a short text"),
        (("shape", "length=9"), "a long text"),
        (("shape", "script=latin"), "script: latin"),
        (("shape", "no full stop"), "no full stop"),
        (("topic", "pharma"), "topic: pharma"),
        (("topic", "all x0"), ""),
        (("cross", "praise=0 & sold=0"), ""),
    ],
)
def test_it_is_said_in_words(token: Token, shown: str) -> None:
    assert label(token) == shown


def test_no_sign_of_a_program_is_left() -> None:
    text = "Great post!!! Visit https://casino.example/?a=b NOW\n\nBEST casino, call +1 555 123 4567 <a href=x>x</a>"
    for token in tokens(Sample(text, "casino.example", "a1b2c3@example.org", "https://casino.example/x?y=1")):
        if token[0] == "shape":
            assert "=" not in label(token)


@given(st.text(st.sampled_from("usdſeurgbp$€5٣.,;:(){}<>=/`@[]#%\n\t wWaAhHfFrR"), max_size=40))
def test_no_pattern_is_left_out_that_would_match(text: str) -> None:
    for name, needs, pattern in text_traits.HINTS:
        assert text_traits.holds_one(text, needs) or not pattern.search(text), name
    for name, needs, pattern in text_traits.PATTERNS:
        assert text_traits.holds_one(text_traits.lowered(text), needs) or not pattern.search(text), name


@given(st.text())
def test_capitals_are_counted_alike_with_and_without_other_letters(text: str) -> None:
    assert text_traits.capitals(text) == (sum(map(str.isupper, text)), sum(map(str.isalpha, text)))


@pytest.mark.parametrize(
    ("author", "website", "said"),
    [
        ("Anna Cole", "https://anna-cole.example", "like a person, all of it in the host"),
        ("Anna", "https://blog.example.org", "like a person, none of it in the host"),
        ("Garage Door Repair Tucson", "https://tucsongaragedoorpros.com", "like keywords, many of it in the host"),
        ("cheap movers", "https://cheapmovers.example", "like keywords, all of it in the host"),
        ("cheap movers", "https://movers.example", "like keywords, some of it in the host"),
        ("haacked", "https://haacked.com", "like one word, all of it in the host"),
        ("Łukasz Żak", "https://zak.example", "like a person, none of it in the host"),
    ],
)
def test_a_name_is_compared_with_the_host_of_its_website(author: str, website: str, said: str) -> None:
    assert name_on_host(author, parse(website)) == said
    assert name_on_host(author, None) == ""


def test_lower_case_of_the_same_length_shows_where_something_stands_in_the_text() -> None:
    assert same_length_lowered("HTTPſ:// İÇ K") == "https:// iç k"
    text = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x20000))))
    assert len(same_length_lowered(text)) == len(text)
