"""What a part of a thread shows is bounded by bytes and by work, and no comment is left out."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.comments.fold_long_comments import FOLDS, MOST_BYTES, MOST_WORK, bound_part
from service.comments.thread_tree import Node
from service.markdown.rendering_cost import estimated_work
from service.safe_html import as_typed, render
from tests.web.test_attacks import calls

LONGEST = 65_525
UNITS = ["a\n\n", "> a\n", "- a\n", "**a ", "`a` ", "http://a.b/ ", "[a](http://b.c) ", "<", "words ", "漢"]


def node(number: int, text: str) -> Node:
    made = Node.placeholder(number, datetime(2026, 1, 1, tzinfo=UTC), None)
    made.text, made.format, made.deleted = text, "markdown", False
    return made


def long(unit: str, size: int = LONGEST) -> str:
    return (unit * size)[:size]


def test_an_ordinary_part_is_shown_as_it_is() -> None:
    text = "I agree with **Ada**, but see https://example.org/why:\n\n> not so\n\n" + "word " * 60
    part = [node(number, text) for number in range(1, 151)]
    bound_part(part)
    assert {(each.text, each.is_folded, each.is_as_typed) for each in part} == {(text, False, False)}


def test_a_long_comment_is_folded_at_the_end_of_a_word() -> None:
    part = [node(1, "short"), node(2, long("words and "))]
    bound_part(part)
    assert not part[0].is_folded
    assert part[1].is_folded
    assert FOLDS[0] * 3 // 4 < len(part[1].text) <= FOLDS[0]
    assert part[1].text.endswith((" words", " and"))


def test_the_one_that_a_link_leads_to_is_whole() -> None:
    part = [node(number, long("words ")) for number in range(1, 151)]
    bound_part(part, {7})
    assert [each.id for each in part if not each.is_folded] == [7]
    assert len(part[6].text) == LONGEST


@given(st.lists(st.tuples(st.sampled_from(UNITS), st.integers(1, LONGEST)), min_size=1, max_size=150))
def test_bytes_and_work_are_bounded(texts: list[tuple[str, int]]) -> None:
    part = [node(number, long(*text)) for number, text in enumerate(texts, 1)]
    bound_part(part)
    # nothing is cut below the shortest fold, however many bytes a character has
    assert sum(len(each.text.encode()) for each in part) <= MOST_BYTES or all(len(each.text) <= 500 for each in part)
    assert sum(len(each.text.encode()) for each in part) <= 1.5 * MOST_BYTES
    work = [estimated_work(each.text, each.format) for each in part if not each.is_as_typed]
    assert sum(work) <= MOST_WORK


def test_those_who_write_little_are_rendered_whatever_others_write() -> None:
    part = [node(1, "**bold**"), *(node(number, long("*a* ")) for number in range(2, 151))]
    bound_part(part)
    assert not part[0].is_as_typed
    assert part[-1].is_as_typed


def test_the_estimate_covers_the_work() -> None:
    """Counted as calls of Python's functions: some of 0.1 microseconds each."""
    for unit in UNITS:
        text = long(unit, FOLDS[0])
        assert calls(lambda text=text: render(text)) < 2 * estimated_work(text, "markdown") + 10_000, unit
        assert calls(lambda text=text: as_typed(text)) < 5000, unit
