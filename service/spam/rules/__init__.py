"""The rules of the spam check. To add one, write it with ``@rule`` in the file of its topic and list it here.

Points follow measurements on real blog comments: a rule that hits more than 1 % of honest comments never holds one on
its own.
"""

from collections.abc import Iterable

from service.spam.rules import classifier, history, links, page_context, text, words
from service.spam.rules.rule import Finder, Rule

__all__ = ["ABOUT_THE_MOMENT", "ABOUT_THE_TEXT", "RULES", "RULE_NAMES", "Finder", "Rule", "refuse_unknown"]

ABOUT_THE_TEXT: tuple[Rule, ...] = (
    links.many_links,
    links.suspicious_links,
    links.link_in_name,
    links.only_a_link,
    links.website_article,
    text.foreign_markup,
    text.template_leftovers,
    text.hidden_characters,
    text.mixed_scripts,
    text.styled_letters,
    text.broken_lines,
    words.listed_words,
    words.disposable_email,
)
"""Rules that depend on the comment alone. The simulator runs them again."""

ABOUT_THE_MOMENT: tuple[Rule, ...] = (
    history.honeypot,
    history.haste,
    text.one_word,
    text.foreign_script,
    text.foreign_name,
    page_context.foreign_language,
    page_context.title_words,
    history.flood,
    history.spam_again,
    history.blocked,
    history.reputation,
    history.host_campaign,
    history.known_author,
)
"""Rules about how a comment arrived and what was known then. The simulator uses their stored reasons."""

RULES: tuple[Rule, ...] = (*ABOUT_THE_TEXT, *ABOUT_THE_MOMENT, classifier.opinion)

RULE_NAMES = {symbol.name: (symbol.label, symbol.most) for rule in RULES for symbol in rule.symbols}
"""Symbol name → its label and the most points it adds."""


def refuse_unknown(names: Iterable[str]) -> None:
    """Raises ValueError for the first name that is not a symbol of any rule."""
    for name in names:
        if name not in RULE_NAMES:
            raise ValueError(f"REPLY_SPAM_WEIGHTS: the spam check has no rule “{name}”")
