"""Sentences made in English are found again and filled in another language."""

from service.language import admin_language
from service.sentence_forms import LONGEST, SentenceForms
from service.web_origin import AddressProblem


def test_values_are_taken_over_and_a_sentence_of_any_length_is_shown() -> None:
    german, forms = admin_language("de"), SentenceForms(AddressProblem)
    said = AddressProblem.TOO_LONG % {"number": 2048}
    assert forms.translated(said, german) == german.gettext(AddressProblem.TOO_LONG) % {"number": 2048} != said
    assert forms.translated("Something else.", german) == "Something else."
    long = AddressProblem.TOO_LONG % {"number": "9" * LONGEST}
    assert forms.translated(long, german) == long
