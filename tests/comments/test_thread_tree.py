"""The tree of comments: five levels, in order of time, and nothing lost whatever the parents are."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.comments.thread_tree import DEPTH, Node, Thread, build


def node(number: int, parent: int | None = None) -> Node:
    made = Node.placeholder(number, datetime(2026, 1, 1, tzinfo=UTC), parent)
    made.author, made.deleted = f"Author {number}", False
    return made


def drawn(nodes: list[Node]) -> list[Node]:
    return [each for one in nodes for each in [one, *drawn(one.replies)]]


def tree(nodes: list[Node]) -> list[object]:
    return [each.id if not each.replies else [each.id, *tree(each.replies)] for each in nodes]


def shape(thread: Thread) -> list[object]:
    return tree(thread.roots)


def test_replies_stand_below_what_they_answer_in_order_of_time() -> None:
    assert shape(build([node(1), node(2), node(3, 1), node(4, 2), node(5, 1)])) == [[1, 3, 5], [2, 4]]


def test_a_reply_dated_before_its_parent_still_stands_below_it() -> None:
    assert shape(build([node(2, 1), node(1)])) == [[1, 2]]


def test_past_the_fifth_level_replies_stand_beside_and_say_whom_they_answer() -> None:
    thread = build([node(n, n - 1 or None) for n in range(1, 8)])
    last = drawn(thread.roots)[-3:]
    assert [each.depth for each in last] == [DEPTH, DEPTH, DEPTH]
    assert [each.reply_to for each in last] == [None, "Author 5", "Author 6"]


def test_a_reply_to_a_comment_that_is_not_shown_becomes_a_root() -> None:
    assert shape(build([node(1), node(3, 2)])) == [1, 3]


def test_a_chain_of_ten_thousand_replies_is_built() -> None:
    thread = build([node(n, n - 1 or None) for n in range(1, 10_001)])
    assert thread.count == len(drawn(thread.roots)) == 10_000


@given(st.lists(st.integers(0, 30), max_size=30))
def test_nothing_is_lost_and_nothing_doubled(parents: list[int]) -> None:
    """Parents are older than their replies, so there are no cycles; any older comment may be a parent."""
    nodes = [node(n, parent if parent < n else None) for n, parent in enumerate(parents, 1)]
    assert sorted(each.id for each in drawn(build(nodes).roots)) == [each.id for each in nodes]
