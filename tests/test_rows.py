"""A table of cases fails with every case that failed."""

import pytest

from tests.rows import each_row


def test_each_row_is_tried_and_those_that_fail_are_named() -> None:
    tried = []

    @each_row("half", [1, 2])
    @each_row(("whole", "double"), [(2, 4), (3, 7), (4, 8), (5, 11)])
    def is_right(whole: int, double: int, half: int) -> None:
        tried.append((half, whole))
        assert double == 2 * whole

    with pytest.raises(BaseExceptionGroup, match="2 of 2 rows failed") as failed:
        is_right()
    assert sorted(tried) == [(half, whole) for half in (1, 2) for whole in (2, 3, 4, 5)]
    [[first, second], _] = [each.exceptions for each in failed.value.exceptions]
    assert first.__notes__ == ["with {'whole': 3, 'double': 7}"]
    assert second.__notes__ == ["with {'whole': 5, 'double': 11}"]
