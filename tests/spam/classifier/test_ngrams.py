import pytest

from service.spam.classifier.features import Sample, hashed
from service.spam.classifier.ngrams import LENGTH, NgramWeights, ngram_features, ngrams
from service.spam.classifier.prior import Prior
from service.spam.classifier.score import score


def test_a_run_is_four_characters_as_typed() -> None:
    assert ngrams("So Hi!") == {"So H", "o Hi", " Hi!"}


def test_a_gap_of_any_kind_is_one_space_and_a_link_one_character() -> None:
    assert ngrams("see  \n https://shop.example/a/b now") == ngrams("see @ now")
    assert ngrams("see www.shop.example now") == ngrams("see @ now")


@pytest.mark.parametrize("text", ["", " ", "a", "abc", "\udfff"])
def test_the_shortest_text_has_one(text: str) -> None:
    assert len(ngrams(text)) == 1


def test_of_a_long_text_the_beginning_and_the_end_are_looked_at() -> None:
    found = ngrams("x" * 50_000 + "begins far in" + "y" * 50_000 + "ends")
    assert {"xxxx", "yyyy", "ends"} <= found
    assert "far " not in found


def test_what_is_looked_up_is_what_was_trained() -> None:
    weights = NgramWeights(lambda place: place % 7)
    text = "Thank you for  this, see http://a.example and more"
    assert weights.sum(text) == pytest.approx(sum((place % 7) * value for place, value in ngram_features(text)))


def test_a_run_is_remembered_and_never_more_than_some_thousands() -> None:
    asked: list[int] = []
    weights = NgramWeights(lambda place: asked.append(place) or 1)
    assert weights.sum("abcde") == weights.sum("abcde")
    assert len(asked) == 2
    for number in range(0x3400, 0x9000):
        weights.sum(chr(number) * LENGTH)
    assert len(weights) <= 16384


def test_a_misspelt_word_is_known_by_its_runs_and_shown_as_a_manner_of_writing() -> None:
    prior = Prior.from_weights([(hashed("run", "casi"), 3.0)], 0.0, 0.0)
    found = score(Sample("casinno"), prior)
    assert found.logit > 0
    assert found.top == (("manner of writing", round(found.logit, 2)),)
