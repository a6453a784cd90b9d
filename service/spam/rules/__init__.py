"""The rules of the spam check. To add one, write it with ``@rule`` in the file of its topic and list it here.

Points follow measurements on real blog comments: a rule that hits more than 1 % of honest comments never holds one on
its own.
"""

from collections.abc import Iterable

from service.spam.rules import classifier_rule, link_rules, sender_rules, text_rules, word_rules
from service.spam.rules.rule import Finder, Rule

__all__ = ["ABOUT_THE_MOMENT", "ABOUT_THE_TEXT", "RULES", "RULE_NAMES", "Finder", "Rule", "refuse_unknown"]

ABOUT_THE_TEXT: tuple[Rule, ...] = (
    link_rules.many_links,
    link_rules.suspicious_links,
    link_rules.link_in_name,
    link_rules.only_a_link,
    link_rules.website_article,
    text_rules.foreign_markup,
    text_rules.template_leftovers,
    text_rules.hidden_characters,
    text_rules.mixed_scripts,
    text_rules.styled_letters,
    text_rules.broken_lines,
    word_rules.listed_words,
    word_rules.disposable_email,
)
"""Rules that depend on the comment alone. The simulator runs them again."""

ABOUT_THE_MOMENT: tuple[Rule, ...] = (
    sender_rules.honeypot,
    sender_rules.haste,
    text_rules.one_word,
    text_rules.foreign_script,
    text_rules.foreign_name,
    word_rules.foreign_language,
    word_rules.title_words,
    sender_rules.flood,
    sender_rules.spam_again,
    sender_rules.blocked,
    sender_rules.reputation,
    sender_rules.host_campaign,
    sender_rules.known_author,
)
"""Rules about how a comment arrived and what was known then. The simulator uses their stored reasons."""

RULES: tuple[Rule, ...] = (*ABOUT_THE_TEXT, *ABOUT_THE_MOMENT, classifier_rule.opinion)

RULE_NAMES = {symbol.name: (symbol.label, symbol.most) for rule in RULES for symbol in rule.symbols}
"""Symbol name → its label and the most points it adds."""


def refuse_unknown(names: Iterable[str]) -> None:
    """Raises ValueError for the first name that is not a symbol of any rule."""
    for name in names:
        if name not in RULE_NAMES:
            raise ValueError(f"REPLY_SPAM_WEIGHTS: the spam check has no rule “{name}”")
