"""The rules, by theme. Each takes the evidence and yields what it found; weights are in points (3 holds, 6 files).

Points follow what was measured on real blog comments: a rule that hits a real reader more than once in a hundred never
holds alone.
"""

from collections.abc import Callable, Iterator

from service.spam.evidence import Evidence
from service.spam.rules import classifier, history, links, text, words
from service.spam.verdict import Reason

Rule = Callable[[Evidence], Iterator[Reason]]

ABOUT_THE_TEXT: tuple[Rule, ...] = (
    links.many_links,
    links.suspicious_links,
    links.link_in_name,
    links.only_a_link,
    text.foreign_markup,
    text.template_leftovers,
    text.hidden_characters,
    text.mixed_scripts,
    text.styled_letters,
    words.listed_words,
    words.disposable_email,
)
"""Rules that say the same of a comment whenever they are asked: the simulator asks them again."""

ABOUT_THE_MOMENT: tuple[Rule, ...] = (
    history.honeypot,
    history.haste,
    text.foreign_script,
    history.flood,
    history.spam_again,
    history.reputation,
    history.known_author,
)
"""Rules about how a comment came and what was known at that time."""

RULES: tuple[Rule, ...] = (*ABOUT_THE_TEXT, *ABOUT_THE_MOMENT, classifier.opinion)
