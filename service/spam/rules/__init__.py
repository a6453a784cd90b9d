"""The rules, by theme. Each takes the evidence and yields what it found; weights are in points (3 holds, 6 files).

Points follow what was measured on real blog comments: a rule that hits a real reader more than once in a hundred never
holds alone.
"""

from collections.abc import Callable, Iterator

from service.spam.evidence import Evidence
from service.spam.rules import duplicates, form, hidden, language, links, mail, markup, reputation, words
from service.spam.rules import model as classifier
from service.spam.verdict import Reason

Rule = Callable[[Evidence], Iterator[Reason]]

ABOUT_THE_TEXT: tuple[Rule, ...] = (
    links.number,
    links.addresses,
    links.name,
    links.only,
    markup.foreign,
    markup.leftovers,
    hidden.characters,
    hidden.mixed_scripts,
    hidden.styled_letters,
    words.listed,
    mail.disposable,
)
"""Rules that say the same of a comment whenever they are asked: the simulator asks them again."""

ABOUT_THE_MOMENT: tuple[Rule, ...] = (
    form.honeypot,
    form.haste,
    language.foreign_script,
    duplicates.flood,
    duplicates.spam_again,
    reputation.standing,
    reputation.known_author,
)
"""Rules about how a comment came and what was known at that time."""

RULES: tuple[Rule, ...] = (*ABOUT_THE_TEXT, *ABOUT_THE_MOMENT, classifier.opinion)
