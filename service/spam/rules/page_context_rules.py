"""Rules about the page: its language and its title, where somebody else than the commenter has said them."""

from collections.abc import Iterator
from functools import lru_cache

from babel import Locale

from service.language import N_
from service.spam.classifier.features import split
from service.spam.classifier.normalise_text import plain
from service.spam.classifier.text_traits import holds_one
from service.spam.evidence import Evidence
from service.spam.languages.trigrams import trigrams
from service.spam.reason_sentences import ReasonSentence
from service.spam.rules.link_rules import has_links
from service.spam.rules.rule import Symbol, rule
from service.spam.verdict import Reason

_LONG_WORD = 5
"""Letters: shorter words are in any text."""
_IN_ANY_TEXT = frozenset({
    "about", "after", "again", "article", "because", "before", "being", "blogs", "could", "every", "first",
    "great", "guide", "making", "never", "other", "people", "posts", "really", "should", "since", "still", "their",
    "there", "these", "thing", "things", "think", "those", "through", "today", "using", "website", "where",
    "which", "while", "without", "would", "years",
})  # fmt: skip


@rule(Symbol("foreign_language", N_("Another language than the page's"), 1, alone=True))
def foreign_language(evidence: Evidence) -> Iterator[Reason]:
    """The text is clearly in none of the languages of the page or site: measured 14.7 % of spam (2.5 % without one
    French blog that was sent English advertisements), 0.19 % of honest comments, most of those written in another
    language indeed. So it never holds alone."""
    if language := trigrams().foreign(evidence.typed, evidence.languages):
        yield Reason("foreign_language", 1.0, ReasonSentence.OTHER_LANGUAGE % {"language": _name_of(language)})


@rule(Symbol("title_words", N_("Repeats words of the page's title"), -1, alone=True))
def title_words(evidence: Evidence) -> Iterator[Reason]:
    """A long word of the page's title: 5 % of spam and 40 % of honest comments, measured on blogs that are not among
    the training data. It does not pay for links."""
    if not evidence.title:
        return
    wanted, text = _words(evidence.title[:300]), plain(evidence.plain[:4000])
    if not holds_one(text, wanted):  # else most texts would be split for nothing
        return
    shared = wanted.intersection(split(text))
    if shared and not has_links(evidence):
        yield Reason("title_words", -1.0, ReasonSentence.TITLE_WORDS % {"words": ", ".join(sorted(shared)[:3])})


@lru_cache(maxsize=256)
def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in split(plain(text)) if len(word) >= _LONG_WORD) - _IN_ANY_TEXT


def _name_of(code: str) -> str:
    return str(Locale("en").languages.get(code, code))
