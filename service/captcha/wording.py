"""The sum in words and digits, and a typed answer read back."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from service.captcha.question import LARGEST, Question, Term

Gettext = Callable[[str], str]
_LONGEST_ANSWER = 40


def written(question: Question, language: str = "en") -> str:
    """What is shown before the answer's field: ``4 × 2 =`` or ``seven + ? = 15``."""
    left = _term(question.left, worded=question.words[0], language=language)
    right = _term(question.right, worded=question.words[1], language=language)
    result = "" if question.result is None else f" {question.result}"
    return f"{left} {question.operation} {right} ={result}"


def spoken(question: Question, gettext: Gettext = str, language: str = "en") -> str:
    """What a screen reader says: ``4 times 2``. Some readers skip the signs, U+2212 above all."""
    left = _term(question.left, worded=question.words[0], language=language)
    right = _term(question.right, worded=question.words[1], language=language)
    sum_ = _spoken_sum(question.operation, gettext).format(left=left, right=right)
    if question.result is None:
        return sum_
    return gettext("the missing number in: {sum} equals {result}").format(sum=sum_, result=question.result)


def _spoken_sum(operation: str, gettext: Gettext) -> str:
    if operation == "+":
        return gettext("{left} plus {right}")
    if operation == "−":
        return gettext("{left} minus {right}")
    return gettext("{left} times {right}")


def _term(value: Term, *, worded: bool, language: str) -> str:
    if value is None:
        return "?"
    return _in_words(value, language) if worded else str(value)


@lru_cache(maxsize=4096)
def _in_words(value: int, language: str) -> str:
    """The number as a word, where num2words has the language; else its digits."""
    from num2words import num2words  # here: it loads fifty languages, and most questions have no words

    try:
        return str(num2words(value, lang=language))
    except (NotImplementedError, OverflowError, ValueError, TypeError):
        return str(value)


def read_answer(typed: str, language: str = "en") -> int | None:
    """The number somebody typed: digits of any script, or the word for it. None when it is no number.

    Accepts what NFKC makes equal (full-width digits), spaces around and between digits, and a leading ``=``.
    """
    if len(typed) > _LONGEST_ANSWER:
        return None
    text = unicodedata.normalize("NFKC", typed).strip().lstrip("=").strip()
    if not text:
        return None
    digits = [unicodedata.digit(letter, None) for letter in text if not letter.isspace()]
    if all(digit is not None for digit in digits):
        return int("".join(map(str, digits))) if len(digits) <= 3 else None
    return _words_for_numbers(language).get(_fold(text))


@lru_cache(maxsize=64)
def _words_for_numbers(language: str) -> dict[str, int]:
    return {_fold(_in_words(number, language)): number for number in range(LARGEST + 1)}


def _fold(text: str) -> str:
    """Compares ``Twenty-one`` and ``twenty one``."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
