"""Errors raised in English by lower packages, in an admin's language."""

from service.comments.moderate import TOO_MANY
from service.doctor.finding_sentences import FetchedBadly, FindingSentence
from service.doctor.log_check import LOG_BREAKS
from service.importers.import_sentences import ImportSentence
from service.language import Language
from service.outgoing_http import FetchProblem
from service.pages.address_rules_input import RulesProblem
from service.redirects import RedirectProblem
from service.sentence_forms import SentenceForms, listed
from service.site_removal_problems import KeptProblem
from service.web_origin import AddressProblem
from service.webhooks.site_webhooks import WebhookProblem

_FORMS = SentenceForms(
    [
        *(*FetchProblem, *FetchedBadly, *FindingSentence, *LOG_BREAKS),
        *(TOO_MANY, *RulesProblem, *RedirectProblem, *KeptProblem, *AddressProblem, *WebhookProblem),
        *ImportSentence,
    ]
)


def error_words(said: str, language: Language) -> str:
    """An error in the admin's language. What is not one of ours, such as a receiver's answer, stays as it is."""
    _ = language.gettext
    options = {"--room": _("Room"), "--token": _("Token")}

    def value_of(name: str, value: str) -> str:
        title, option, rest = value.partition(": --format ")
        if name == "kind" and option:
            return f"{_(title)}{option}{rest}"
        if name == "keys":
            return listed(value.split(", "), language)
        if name in ("problem", "break", "kind"):
            return error_words(value, language)
        if name == "where":
            return _(value)
        if name == "options":
            return listed((options.get(option, option) for option in value.split(" and ")), language)
        return value

    return _FORMS.translated(said, language, value_of)
