import pytest

from service.spam.classifier.comment_score import score
from service.spam.classifier.features import Sample, hashed
from service.spam.classifier.ngrams import ngram_features, ngram_value, ngrams
from service.spam.classifier.prior import Prior


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


@pytest.mark.parametrize("text", ["Thank you for  this, see http://a.example", "Grüße \udfff aus 東京!", "", "abc"])
def test_what_is_looked_up_is_what_was_trained(text: str) -> None:
    assert ngram_features(text) == [(at, ngram_value(len(ngrams(text)))) for at in sorted(_hashes(text))]
    weights = {at: 1.0 + number for number, (at, _) in enumerate(ngram_features(text))}
    prior = Prior.from_weights(weights.items(), 0.0, 0.0)
    summed = sum(prior.table[prior.weights[at]] * value for at, value in ngram_features(text))
    assert prior.manner(Sample(text)) == pytest.approx(summed)


def _hashes(text: str) -> list[int]:
    return [hashed("run", run) for run in ngrams(text)]


def test_a_misspelt_word_is_known_by_its_runs_and_shown_as_a_manner_of_writing() -> None:
    prior = Prior.from_weights([(hashed("run", "casi"), 3.0)], 0.0, 0.0)
    found = score(Sample("casinno"), prior)
    assert found.logit > 0
    assert found.top == (("manner of writing", round(found.logit, 2)),)
