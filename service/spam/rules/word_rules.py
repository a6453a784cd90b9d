"""Rules about words: the owner's lists, domains of throw-away addresses, and the language and title of the page."""

from collections.abc import Iterator
from functools import lru_cache

from babel import Locale
from disposable_email_domains import blocklist

from service.language import N_
from service.spam.classifier.features import split
from service.spam.classifier.normalise_text import plain
from service.spam.classifier.text_traits import holds_one
from service.spam.evidence import Evidence
from service.spam.languages.text_language import trigrams
from service.spam.reason_sentences import BY_SENDER, ReasonSentence
from service.spam.rules.link_rules import has_links
from service.spam.rules.rule import Symbol, rule
from service.spam.verdict import Reason
from service.spam.word_lists import WordList

LONG = 1000
"""Entries from which a list counts as pasted. One hit of a public list of 65,371 entries struck 15 % of honest
comments, three hits 0.4 %; so three hits hold, and one adds little."""


@rule(
    Symbol("words_hold", N_("Words to hold"), 4.5, alone=True),
    Symbol("words_spam", N_("Spam words"), 6, alone=True),
    Symbol("words_trial", N_("Test words"), 4.5, alone=True),
)
def listed_words(evidence: Evidence) -> Iterator[Reason]:
    """Entries of the owner's lists in the name, email address, website or text. One hit never files as spam, but an
    entry that is a whole field counts as two: it names somebody.

    As in WordPress (``wp_check_comment_disallowed_list``), entries may also match the network address and the program.
    The two count as one hit, since a program's name is long and says little. The reason does not repeat them, so
    neither is stored.
    """
    policy = evidence.policy
    if not (policy.hold_words.size or policy.spam_words.size or policy.trial_words.size):
        return
    others = (evidence.author[:300], evidence.email[:300], evidence.url[:300])
    fields = [evidence.plain[:12_000], *(plain(field) for field in others if field)]
    sender = [plain(value[:300]) for value in evidence.sender if value]
    yield from _reason("words_hold", ReasonSentence.HOLD_WORDS, policy.hold_words, fields, sender, (3.0, 3.0, 4.5))
    yield from _reason("words_spam", ReasonSentence.SPAM_WORDS, policy.spam_words, fields, sender, (4.0, 6.0, 6.0))
    yield from _reason("words_trial", ReasonSentence.TEST_WORDS, policy.trial_words, fields, sender, (3.0, 3.0, 4.5))


def _reason(
    symbol: str,
    sentence: ReasonSentence,
    words: WordList,
    fields: list[str],
    sender: list[str],
    points: tuple[float, float, float],
) -> Iterator[Reason]:
    hits, by_sender = words.hits(fields), bool(words.hits(sender, 1))
    number = len(hits) + by_sender + sum(entry.startswith("=") for entry in hits)
    if not number:
        return
    if words.size >= LONG:
        points = (1.0, 2.0, 4.5)
    found = [f"“{entry[:40]}”" for entry in hits[:5]] + [BY_SENDER] * by_sender
    yield Reason(symbol, points[min(number, 3) - 1], sentence % {"entries": ", ".join(found)})


@rule(Symbol("disposable_email", N_("A throw-away email address"), 1.5, alone=True))
def disposable_email(evidence: Evidence) -> Iterator[Reason]:
    """The domain, or a parent of it, belongs to a throw-away address service. It never holds alone: careful people use
    such addresses too."""
    domain = evidence.email[-254:].rpartition("@")[2].strip().lower()
    labels = domain.split(".")[-5:]
    if any(".".join(labels[at:]) in blocklist for at in range(len(labels) - 1)):
        yield Reason("disposable_email", 1.5, ReasonSentence.THROW_AWAY)


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
