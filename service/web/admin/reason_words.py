"""What the spam filter says, in an admin's language: the sentences stored with comments, and the names of its rules."""

from collections.abc import Mapping

from babel import Locale

from service.language import Language
from service.sentence_forms import SentenceForms, listed
from service.spam.languages.text_language import language_names
from service.spam.reason_sentences import BY_SENDER, ReasonSentence
from service.spam.rules import RULE_NAMES

_FORMS = SentenceForms(ReasonSentence)
_SCRIPTS = {
    "arabic": "Arab",
    "armenian": "Armn",
    "bengali": "Beng",
    "cyrillic": "Cyrl",
    "devanagari": "Deva",
    "georgian": "Geor",
    "greek": "Grek",
    "han": "Hani",
    "cjk": "Hani",
    "hangul": "Hang",
    "hebrew": "Hebr",
    "hiragana": "Hira",
    "katakana": "Kana",
    "latin": "Latn",
    "tamil": "Taml",
    "thai": "Thai",
}
"""The first word of letters' Unicode names → the script's code."""


def reason_sentence(stored: str, language: Language) -> str:
    """A stored sentence in the admin's language; as it is if no version of the filter says so."""
    _ = language.gettext

    def value_of(name: str, value: str) -> str:
        if name == "sentence":
            return reason_sentence(value, language)
        if name in ("parts", "reports"):
            return listed(map(_, value.split(", ")), language)
        if name == "entries" and value.endswith(BY_SENDER):
            return listed([*filter(None, [value.removesuffix(BY_SENDER).removesuffix(", ")]), _(BY_SENDER)], language)
        if name == "language":
            return _name_of_language(value, language.locale)
        if name == "script":
            return script_label(value, language)
        return value

    return _FORMS.translated(stored, language, value_of)


def script_label(name: str, language: Language) -> str:
    """A script by the first word of its letters' Unicode names; that word if the language has no name for it."""
    return str(language.locale.scripts.get(_SCRIPTS.get(name, ""), name))


def rule_label(symbol: str, language: Language) -> str:
    """The name of a rule; its symbol if the rule no longer exists."""
    return language.gettext(RULE_NAMES[symbol][0]) if symbol in RULE_NAMES else symbol


def rule_labels(language: Language) -> dict[str, str]:
    """Symbol → name of each rule, by name."""
    return _by_name({symbol: rule_label(symbol, language) for symbol in RULE_NAMES})


def language_labels(language: Language) -> dict[str, str]:
    """Code → name of each language that comments are told to be in, by name."""
    names = language.locale.languages
    return _by_name({code: str(names.get(code, english)) for code, english in language_names().items()})


def _by_name(labels: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(labels.items(), key=lambda pair: pair[1].casefold()))


def _name_of_language(english: str, locale: Locale) -> str:
    """The name of a language that is stored by its English name."""
    code = next((code for code, name in language_names().items() if name == english), "")
    return str(locale.languages.get(code, english))
