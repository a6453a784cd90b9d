"""Rules about words: the owner's lists, and domains of throw-away email addresses."""

from collections.abc import Iterator

from disposable_email_domains import blocklist

from service.spam.classifier.normalise import plain
from service.spam.evidence import Evidence
from service.spam.rules.rule import Symbol, rule
from service.spam.verdict import Reason
from service.spam.word_lists import WordList

LONG = 1000
"""Entries from which a list counts as pasted. One hit of a public list of 65,371 entries struck 15 % of honest
comments, three hits 0.4 %; so three hits hold, and one adds little."""


@rule(
    Symbol("words_hold", "The list that holds", 4.5, alone=True),
    Symbol("words_spam", "The list of spam", 6, alone=True),
    Symbol("words_trial", "The list on trial", 4.5, alone=True),
)
def listed_words(evidence: Evidence) -> Iterator[Reason]:
    """Entries of the owner's lists in the name, email address, website or text. One hit never files as spam.

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
    yield from _reason("words_hold", "the list that holds", policy.hold_words, fields, sender, (3.0, 3.0, 4.5))
    yield from _reason("words_spam", "the list of spam", policy.spam_words, fields, sender, (4.0, 6.0, 6.0))
    yield from _reason("words_trial", "the list on trial", policy.trial_words, fields, sender, (3.0, 3.0, 4.5))


def _reason(
    symbol: str,
    name: str,
    words: WordList,
    fields: list[str],
    sender: list[str],
    points: tuple[float, float, float],
) -> Iterator[Reason]:
    hits, by_sender = words.hits(fields), bool(words.hits(sender, 1))
    number = len(hits) + by_sender
    if not number:
        return
    if words.size >= LONG:
        points = (1.0, 2.0, 4.5)
    found = [f"“{entry[:40]}”" for entry in hits[:5]] + ["its network address or program"] * by_sender
    yield Reason(symbol, points[min(number, 3) - 1], f"It has what is on {name}: {', '.join(found)}.")


@rule(Symbol("disposable_email", "A throw-away email address", 1.5, alone=True))
def disposable_email(evidence: Evidence) -> Iterator[Reason]:
    """The domain, or a parent of it, belongs to a throw-away address service. It never holds alone: careful people use
    such addresses too."""
    domain = evidence.email[-254:].rpartition("@")[2].strip().lower()
    labels = domain.split(".")[-5:]
    if any(".".join(labels[at:]) in blocklist for at in range(len(labels) - 1)):
        yield Reason("disposable_email", 1.5, "The email address belongs to a service for throw-away addresses.")
