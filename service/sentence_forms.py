"""Sentences that are made in English and shown to admins in their language: stored with a comment, or raised as errors.

A form is such a sentence with places for values, ``The text holds %(number)s links.`` What is stored, logged and sent
to programs is the filled form in English. A page finds the form again, and fills its translation with the same values.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from service.language import Language

_PLACE = re.compile(r"%\((\w+)\)s")

LONGEST = 1000
"""Characters of a sentence whose form is looked for: with several places, that takes the square of its length. A longer
one, which has somebody's long address in it, stays in English."""


def untouched(_name: str, value: str) -> str:
    """A value as it is."""
    return value


@dataclass(frozen=True, slots=True)
class _Form:
    text: str
    begins: str


class SentenceForms:
    """Some forms. A sentence that has several is taken for the one with the most words of its own."""

    def __init__(self, forms: Iterable[str]) -> None:
        ordered = sorted(map(str, forms), key=lambda form: -len(_PLACE.sub("", form)))
        self._forms = [_Form(form, _PLACE.split(form)[0]) for form in ordered]

    def translated(self, sentence: str, language: Language, value_of: Callable[[str, str], str] = untouched) -> str:
        """The sentence in a language; as it is if it has none of these forms. ``value_of`` translates a value, by the
        name of its place."""
        for form in self._forms if len(sentence) <= LONGEST else ():
            if sentence.startswith(form.begins) and (match := _pattern_of(form.text).fullmatch(sentence)):
                values = {name: isolated(value_of(name, text), language) for name, text in match.groupdict().items()}
                return filled(language.gettext(form.text), values)
        return sentence


def isolated(value: str, language: Language) -> str:
    """A value with a direction of its own: Arabic would show the parts of ``/blog/`` and ``+1.5`` in another order."""
    return f"\u2068{value}\u2069" if language.dir == "rtl" and not value.startswith("\u2067") else value


def comma_of(language: Language) -> str:
    """What stands between the values of a list."""
    return {"ar": "، ", "ckb": "، ", "zh-Hans": "、"}.get(language.code, ", ")


def listed(values: Iterable[str], language: Language) -> str:
    """Several values, with the comma of the language; in Arabic from right to left, whatever the first one is."""
    text = comma_of(language).join(isolated(value, language) for value in values)
    return f"\u2067{text}\u2069" if language.dir == "rtl" else text


def filled(form: str, values: Mapping[str, object]) -> str:
    """A form, or its translation, with values in its places. A per cent sign elsewhere stays what it is."""
    return _PLACE.sub(lambda place: str(values[place[1]]), form)


@cache  # not all at the start: to compile them takes 30 ms
def _pattern_of(form: str) -> re.Pattern[str]:
    """A value that is named twice is the same both times."""
    written, known = "", set[str]()
    for at, part in enumerate(_PLACE.split(form)):
        if at % 2:
            written += f"(?P={part})" if part in known else f"(?P<{part}>.*?)"
            known.add(part)
        else:
            written += re.escape(part)
    return re.compile(written, re.DOTALL)
