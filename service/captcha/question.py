"""The sum. It follows from a key and a nonce, so that nothing about it needs to be stored or sent."""

from dataclasses import dataclass
from typing import Literal

from service.keys import keyed_hash

SMALLEST, LARGEST = 2, 50
"""Answers are uniform over these 49 values: a blind guess wins 2.04 %."""

Operation = Literal["+", "−", "×"]
Term = int | None


@dataclass(frozen=True, slots=True)
class Question:
    """``left operation right = result``. One of the three is None: that is what is asked for.

    ``words`` says which of (left, right) are written as words rather than digits.
    """

    left: Term
    operation: Operation
    right: Term
    result: Term
    answer: int
    words: tuple[bool, bool] = (False, False)


class _Draws:
    """Numbers out of a digest. 32 bytes give four draws, each with a bias below 2⁻⁵⁷."""

    def __init__(self, digest: bytes) -> None:
        self._numbers = [int.from_bytes(digest[at : at + 8], "big") for at in range(0, 32, 8)]

    def between(self, low: int, high: int) -> int:
        return low + self._numbers.pop() % (high - low + 1)


def derive(key: bytes, nonce: bytes, site_id: int, level: int) -> Question:
    """The question that this nonce stands for: the same one on every replica, unknown to whoever lacks the key."""
    draws = _Draws(keyed_hash(key, b"sum|%d|%d|" % (site_id, level) + nonce))
    answer = draws.between(SMALLEST, LARGEST)
    if level == 1:
        return _result_wanted(answer, draws)
    return _operand_wanted(answer, draws)


def _result_wanted(answer: int, draws: _Draws) -> Question:
    """``4 × 2 =``. The answer is drawn first, then an operation that fits, so that answers stay uniform."""
    factors = [n for n in range(2, 10) if answer % n == 0 and 2 <= answer // n <= 9]
    kind = draws.between(0, 2 if factors else 1)
    if kind == 2:
        left = factors[draws.between(0, len(factors) - 1)]
        return Question(left, "×", answer // left, None, answer)
    if kind == 1:
        right = draws.between(1, min(20, 60 - answer))
        return Question(answer + right, "−", right, None, answer)
    left = draws.between(max(1, answer - 25), min(25, answer - 1))
    return Question(left, "+", answer - left, None, answer)


def _operand_wanted(answer: int, draws: _Draws) -> Question:
    """``seven + ? = 15``: an operand is missing, and the other may be a word."""
    kind = draws.between(0, 2)
    other = draws.between(2, 12)
    worded = draws.between(0, 3) > 0
    if kind == 0:
        return Question(other, "+", None, other + answer, answer, (worded, False))
    if kind == 1:
        return Question(None, "+", other, other + answer, answer, (False, worded))
    return Question(answer + other, "−", None, other, answer, (worded, False))
