import pytest

from service.spam.classifier.comment_score import score
from service.spam.classifier.features import BITS, Sample, hashed, tokens
from service.spam.classifier.prior import Prior, shipped


def test_the_shipped_prior_tells_plain_spam_from_a_plain_comment() -> None:
    spam = Sample(
        "Great post! Get cheap viagra and casino bonus here: <a href=http://cheap-pills.example>buy viagra online</a>",
        "Buy Viagra Online",
        "",
        "http://cheap-pills.example/buy",
    )
    ham = Sample(
        "I tried this with Python 3.11 and got an error in line 4. Did you mean `items()` there?",
        "Ines Prado",
    )
    assert shipped().score(spam).logit > shipped().hold > shipped().score(ham).logit


def test_the_score_is_explained_by_at_most_five_tokens_the_weightiest_first() -> None:
    top = shipped().score(Sample("cheap loans and casino", "Loans")).top
    assert 0 < len(top) <= 5
    assert [abs(weight) for _, weight in top] == sorted((abs(weight) for _, weight in top), reverse=True)


def test_without_a_local_model_the_whole_score_is_the_priors() -> None:
    sample = Sample("Hello there", "Tomasz")
    found = score(sample, shipped())
    assert (found.logit, found.local) == (found.prior, 0.0)
    assert found.prior == pytest.approx(shipped().score(sample).logit)


def test_the_file_is_at_most_four_megabytes() -> None:
    assert len(shipped().to_bytes()) <= 4_000_000


def test_a_prior_survives_its_file_within_a_byte_of_precision() -> None:
    prior = Prior.from_weights([(hashed("word", "casino"), 2.0), (hashed("word", "hello"), -0.5)], -1.0, 0.5)
    again = Prior.from_bytes(prior.to_bytes())
    assert again == prior
    assert again.table[again.weights[hashed("word", "casino")]] == pytest.approx(2.0)
    assert again.table[again.weights[hashed("word", "hello")]] == pytest.approx(-0.5, abs=0.02)


@pytest.mark.parametrize("data", [b"", b"LARPRIOR", b"x" * ((1 << BITS) + 24)])
def test_a_foreign_file_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match="run `leave-a-reply train` again"):
        Prior.from_bytes(data)


def test_an_email_domain_says_nothing_to_the_prior() -> None:
    prior = Prior.from_weights([(hashed("mail", "mail.example"), 9.0)], 0.0, 0.0)
    named = tokens(Sample("hi", "", "a@mail.example"))
    assert ("mail", "mail.example") in named
    assert prior.score(Sample("hi", "", "a@mail.example")).logit == 0.0
