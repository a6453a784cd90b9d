"""What the text classifier went by, in an admin's language: words as they are, traits of a text in words."""

from service.language import N_, Language
from service.sentence_forms import SentenceForms
from service.web.admin.reason_words import script_label

_TRAITS = SentenceForms(
    [
        *(N_("no %(what)s"), N_("few %(what)s"), N_("some %(what)s"), N_("many %(what)s"), N_("%(what)s, several")),
        *(N_("an empty text"), N_("a short text"), N_("a middling text"), N_("a long text")),
        *(N_("begins with a link"), N_("no full stop"), N_("mixed scripts"), N_("author is the host of a link")),
        *(N_("website has a path"), N_("website is a front page"), N_("author is the website")),
        *(N_("website in text"), N_("website has a query")),
        *(N_("script: %(script)s"), N_("author script: %(script)s"), N_("host: %(value)s"), N_("tld: %(value)s")),
        *(N_("link word: %(value)s"), N_("topic: %(value)s"), N_("website: %(value)s"), N_("mail: %(value)s")),
    ]
)
_COUNTED = (
    *(N_("words"), N_("lines"), N_("links"), N_("links among the words"), N_("link hosts"), N_("html links")),
    *(N_("html tags"), N_("capitals"), N_("exclamation marks"), N_("different words"), N_("author words")),
    *(N_("website labels"), N_("website hyphens"), N_("look-alike letters"), N_("invisible characters")),
)


def word_label(label: str, language: Language) -> str:
    """A word as it is, or a trait translated: see ``service.spam.classifier.prior.label``."""
    amount, _, what = label.partition(" ")
    if amount in ("no", "few", "some", "many") and what not in (*_COUNTED, "full stop"):
        return label  # two words that stand next to each other in the text

    def value_of(name: str, value: str) -> str:
        if name == "script":
            return script_label(value, language)
        return language.gettext(value) if name == "what" and value in _COUNTED else value

    return _TRAITS.translated(label, language, value_of)
