"""What the classifier makes of texts is the same as ever: its weights were learned from that, and only from that."""

import random
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from math import isclose, sqrt
from pathlib import Path
from unicodedata import ucd_3_2_0

from bench import costly_texts
from bench.sample_requests import text_of
from service.spam.classifier import Sample, SiteModel, score, shipped
from service.spam.classifier.features import features, hashed, tokens
from service.spam.classifier.link_features import split_links
from service.spam.classifier.ngrams import ngram_features
from service.spam.classifier.normalise_text import plain
from service.spam.near_duplicates import Bands

_TODAY = Path(__file__).parent.parent / "todays_comments.txt"
SEEN = {
    "tokens": "8eee8680a2a71626f7e69dfe3a09e3c9",
    "features": "7534859e5acdd512a20887e1e5540077",
    "4-grams": "8b08bf6dacad4299833f1d3bf9425515",
    "links": "f4c5d2c77cda1dfe3c97e05019c89da0",
    "bands": "d2cfdcdc8f84722eccf510ef90329ec1",
}
"""Of all ``samples``, as computed in November 2026. Who changes one of these has to train the weights anew."""


@cache
def samples() -> tuple[Sample, ...]:
    return tuple(_samples())


def _samples() -> Iterator[Sample]:
    for line in _TODAY.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            _, author, url, text = (part.strip() for part in line.split(" ~ "))
            yield Sample(text, author, f"{author}@mail.example", url)
    for number in range(20):
        yield Sample(text_of(number), f"Reader {number}", f"reader{number}@example.org")
    yield Sample("\n\n".join(map(text_of, range(30)))[:8000], "Ada", "ada@example.org", "https://ada.example/")
    for text in (
        "See example.com, www.shop.example/x?y and HTTPS://BLOG.EXAMPLE./a_b; v i a g r a costs $5.00, or 10€!",
        "Don't it's o’clock l33t c4s1n0 сasino ca$h b2b 3d 007 x1 —a_b @ada: asks\tyes .no ?",
        "ada@example.org, +49 (30) 1234567: <a href=x>[url=y]z[/url] {a|b} #file_links 100% 日本語のテキスト สวัสดี",
    ):
        yield Sample(text, "Cheap Movers 24", "a1b2c3@EXAMPLE.org", "http://www.cheap-movers.example/texas?x=1")
    draw = random.Random(11)
    for _ in range(120):
        yield Sample(*(_of_old(costly_texts.text(draw)[:most]) for most in (9000, 300, 200, 400)))


def _of_old(text: str) -> str:
    """The characters that every Python knows alike."""
    return "".join(char for char in text if ucd_3_2_0.category(char) != "Cn")


def digest(values: Iterator[object]) -> str:
    found = sha256()
    for value in values:
        found.update(repr(value).encode("utf-8", "backslashreplace"))
    return found.hexdigest()[:32]


def test_tokens_hashes_links_and_fingerprints_are_as_they_were() -> None:
    assert {
        "tokens": digest(tokens(each) for each in samples()),
        "features": digest(features(tokens(each)) for each in samples()),
        "4-grams": digest(ngram_features(each.text) for each in samples()),
        "links": digest(split_links(plain(each.text)) for each in samples()),
        "bands": digest(Bands.of(each.text) for each in samples()),
    } == SEEN


def test_a_score_is_the_sum_of_its_weights() -> None:
    prior = shipped()
    local = SiteModel(dict.fromkeys(range(0, 1 << 20, 7), 0.25), 0.125, 50)
    for each in samples():
        named = tokens(each)
        general, own = prior.bias, local.bias
        for kind, name in named:
            place, value = hashed(kind, name), 1 / sqrt(8 + sum(one == kind for one, _ in named))
            byte = prior.weights[place]
            sign = byte - 256 if byte > 127 else byte
            general += 0.0 if kind == "mail" else prior.greatest * sign * abs(sign) / 127**2 * value
            own += local.weights.get(place, 0.0) * value
        for place, value in ngram_features(each.text):
            sign = prior.weights[place] - 256 if prior.weights[place] > 127 else prior.weights[place]
            general += prior.greatest * sign * abs(sign) / 127**2 * value
        alone, both = score(each, prior), score(each, prior, local)
        assert isclose(alone.logit, general, rel_tol=0, abs_tol=1e-9)
        assert isclose(both.prior, general, rel_tol=0, abs_tol=1e-9)
        assert isclose(both.local, max(-8.0, min(8.0, own)), rel_tol=0, abs_tol=1e-9)
