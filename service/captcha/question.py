"""Sums, derived from a key and a nonce, so they are neither stored nor sent."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add, mul, sub
from struct import unpack
from typing import Literal, TypeVar

from service.captcha.difficulty import OPERAND_WANTED
from service.secret_keys import keyed_hash

SMALLEST, LARGEST = 2, 50
"""Answers of level 2 and above are uniform over these 49 values: a blind guess is right in 2.04 %."""

LARGEST_OPERAND = 12
"""Of level 1: sums that are done in the head."""

GAP = "?"
"""Stands for the number that is missing in a question of level 2 and above."""

_T = TypeVar("_T")
Operation = Literal["+", "−", "×"]
Term = int | None


@dataclass(frozen=True, slots=True)
class Question:
    """``left operation right = result``, where the missing term is None and its value is ``answer``.

    ``words`` says which of (left, right) are written as words rather than digits.
    """

    left: Term
    operation: Operation
    right: Term
    result: Term
    answer: int
    words: tuple[bool, bool] = (False, False)


def _easy_questions() -> Mapping[int, list[list[Question]]]:
    """Answer → for each operation that leads to it, the questions of level 1."""
    numbers = range(2, LARGEST_OPERAND + 1)
    pairs = [(left, right) for left in numbers for right in numbers]
    operations: tuple[tuple[Operation, Callable[[int, int], int]], ...] = (("+", add), ("−", sub), ("×", mul))
    found = {}
    for answer in range(SMALLEST, LARGEST + 1):
        of_each = (
            [Question(a, operation, b, None, answer) for a, b in pairs if function(a, b) == answer]
            for operation, function in operations
        )
        found[answer] = [questions for questions in of_each if questions]
    return found


_EASY = _easy_questions()
RESULTS = tuple(answer for answer, of_each in _EASY.items() if of_each)
"""Answers of level 1 are uniform over these 38 values: a blind guess is right in 2.6 %."""


class _Draws:
    """Draws numbers from a digest. 32 bytes give four draws, each with a bias below 2⁻⁵⁷."""

    def __init__(self, digest: bytes) -> None:
        self._numbers: list[int] = [*unpack(">4Q", digest)]

    def between(self, low: int, high: int) -> int:
        return low + self._numbers.pop() % (high - low + 1)

    def one_of(self, things: Sequence[_T]) -> _T:
        return things[self.between(0, len(things) - 1)]


def derive(key: bytes, nonce: bytes, site_id: int, level: int) -> Question:
    """The question of a nonce: the same on all replicas, and unpredictable without the key."""
    draws = _Draws(keyed_hash(key, b"sum|%d|%d|" % (site_id, level) + nonce))
    return _result_wanted(draws) if level < OPERAND_WANTED else _operand_wanted(draws)


def _result_wanted(draws: _Draws) -> Question:
    """``4 × 2 =``. The answer is drawn first, then a fitting operation, so answers stay uniform."""
    return draws.one_of(draws.one_of(_EASY[draws.one_of(RESULTS)]))


def _operand_wanted(draws: _Draws) -> Question:
    """``seven + ? = 15``: an operand is missing, and the other may be a word."""
    answer = draws.between(SMALLEST, LARGEST)
    kind = draws.between(0, 2)
    other = draws.between(2, 12)
    worded = draws.between(0, 3) > 0
    if kind == 0:
        return Question(other, "+", None, other + answer, answer, (worded, False))
    if kind == 1:
        return Question(None, "+", other, other + answer, answer, (False, worded))
    return Question(answer + other, "−", None, other, answer, (worded, False))


Gettext = Callable[[str], str]
_LONGEST_ANSWER = 40


def written(question: Question, language: str = "en") -> str:
    """The question as shown before the answer's field: ``4 × 2 =`` or ``seven + ? = 15``."""
    left = _term(question.left, worded=question.words[0], language=language)
    right = _term(question.right, worded=question.words[1], language=language)
    result = "" if question.result is None else f" {question.result}"
    return f"{left} {question.operation} {right} ={result}"


def spoken(question: Question, gettext: Gettext = str, language: str = "en") -> str:
    """The question for screen readers: ``4 times 2``. Some of them skip signs, especially U+2212."""
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
        return GAP
    return _in_words(value, language) if worded else str(value)


@lru_cache(maxsize=4096)
def _in_words(value: int, language: str) -> str:
    """The number in words, or in digits if num2words lacks the language."""
    from num2words import num2words  # imported here: it loads fifty languages, and most questions have no words

    try:
        return str(num2words(value, lang=language))
    except (NotImplementedError, OverflowError, ValueError, TypeError):
        return str(value)


def read_answer(typed: str, language: str = "en") -> int | None:
    """Parse a typed answer: digits of any script, or a number in words. None if it is neither.

    Accepts what NFKC makes equal (full-width digits), spaces around and between digits, a leading ``=``, a full stop or
    comma at the end, and the invisible marks that keyboards of right-to-left scripts put before numbers.
    """
    if len(typed) > _LONGEST_ANSWER:
        return None
    visible = "".join(letter for letter in typed if unicodedata.category(letter) != "Cf")
    text = unicodedata.normalize("NFKC", visible).strip().lstrip("=").rstrip(".,،。、").strip()
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
    """Folds case and drops all but letters and digits, so ``Twenty-one`` equals ``twenty one``."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
