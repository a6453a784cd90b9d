"""Parsing whole numbers in requests."""

import pytest

from service.number_parsing import whole_number
from tests.rows import each_row


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text, None) == number


@each_row("text", ["", " 1", "1\n", "-1", "+1", "1.0", "1e3", "0x1", "1_000", "٣", "²", "9" * 19])
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text, None) is None
    assert whole_number(text, 5) == 5


def test_a_number_may_have_fewer_digits_than_a_comments_id() -> None:
    assert whole_number("999999", 0, digits=6) == 999_999
    assert whole_number("1000000", 0, digits=6) == 0
