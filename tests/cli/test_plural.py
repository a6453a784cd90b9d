"""Numbers with their noun in the output of commands."""

import pytest

from service.cli import plural


@pytest.mark.parametrize(("number", "words"), [(0, "0 comments"), (1, "1 comment"), (2000, "2,000 comments")])
def test_one_comment_is_singular(number: int, words: str) -> None:
    assert plural.comments(number) == words
