"""The sum follows from key and nonce, and its answers are uniform."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.captcha.question import LARGEST, RESULTS, SMALLEST, Question, derive, read_answer, spoken, written
from tests.rows import each_row

KEY = b"k" * 32


def result_of(question: Question) -> int:
    left = question.answer if question.left is None else question.left
    right = question.answer if question.right is None else question.right
    return {"+": left + right, "−": left - right, "×": left * right}[question.operation]


@given(st.binary(min_size=16, max_size=16), st.integers(1, 2), st.integers(1, 10**6))
def test_the_sum_is_right_whatever_the_nonce(nonce: bytes, level: int, site_id: int) -> None:
    question = derive(KEY, nonce, site_id, level)
    assert result_of(question) == (question.answer if question.result is None else question.result)
    assert SMALLEST <= question.answer <= LARGEST
    assert question == derive(KEY, nonce, site_id, level)


def test_another_key_asks_something_else() -> None:
    nonces = [os.urandom(16) for _ in range(50)]
    assert [derive(KEY, n, 1, 1) for n in nonces] != [derive(b"x" * 32, n, 1, 1) for n in nonces]


@pytest.mark.parametrize(("level", "numbers", "most"), [(1, 38, 0.031), (2, 49, 0.025)])
def test_no_constant_guess_wins_more_than_another(level: int, numbers: int, most: float) -> None:
    answers = Counter(derive(KEY, os.urandom(16), 1, level).answer for _ in range(100_000))
    assert len(answers) == numbers
    assert max(answers.values()) / 100_000 < most


def test_level_one_is_done_in_the_head() -> None:
    questions = [derive(KEY, os.urandom(16), 1, 1) for _ in range(10_000)]
    assert {question.operation for question in questions} == {"+", "−", "×"}
    assert {term for question in questions for term in (question.left, question.right)} == {*range(2, 13)}
    assert max(question.answer for question in questions if question.operation == "×") == 50


def test_the_docs_say_what_a_blind_guess_wins() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "captcha.md").read_text()
    assert f"1 in {len(RESULTS)}" in " ".join(docs.split())


def test_level_one_asks_for_a_result_and_level_two_for_a_missing_number() -> None:
    for _ in range(200):
        assert derive(KEY, os.urandom(16), 1, 1).result is None
        missing = derive(KEY, os.urandom(16), 1, 2)
        assert [missing.left, missing.right].count(None) == 1


def test_a_sum_is_written_with_signs_and_spoken_in_words() -> None:
    question = Question(4, "×", 2, None, 8)
    assert written(question) == "4 × 2 ="
    assert spoken(question) == "4 times 2"
    assert written(Question(7, "+", None, 15, 8, (True, False))) == "seven + ? = 15"
    assert spoken(Question(7, "+", None, 15, 8)) == "the missing number in: 7 plus ? equals 15"


@each_row(
    ("typed", "language"),
    [
        ("21", "en"), (" 2 1 ", "en"), ("２１", "en"), ("٢١", "ar"), ("۲۱", "fa"), ("२१", "hi"), ("= 21", "en"),
        ("twenty-one", "en"), ("Twenty one", "en"), ("vingt et un", "fr"), ("einundzwanzig", "de"), ("021", "en"),
        ("21.", "en"), ("21 ,", "en"), ("\u200f٢١", "ar"), ("\u202b21\u202c", "ar"), ("۲۱،", "fa"),
    ],
)  # fmt: skip
def test_an_answer_is_read_in_any_script_and_as_a_word(typed: str, language: str) -> None:
    assert read_answer(typed, language) == 21


@each_row("typed", ["", " ", "x", "-21", "21.0", "1e1", "0x15", "²¹a", "2100", "2" * 41, "٢١x"])
def test_what_is_no_number_is_no_answer(typed: str) -> None:
    assert read_answer(typed) is None


@given(st.text())
def test_any_text_may_be_typed_as_an_answer(typed: str) -> None:
    answer = read_answer(typed)
    assert answer is None or 0 <= answer <= 999
