"""The thread of a page: approved comments, nested."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from db import tables
from db.models import Status

DEPTH = 5
"""As in WordPress (``thread_comments_depth``). Replies to the deepest are drawn beside them."""


@dataclass(slots=True)
class Node:
    """A comment in its place. ``reply_to`` names whom it answers where its place does not show it.

    ``more`` replies of a root are not in this part of the thread; they stand behind the comment ``last``.
    ``edited`` and ``deleted`` are by its author; a deleted one says nothing any more, and is there for its replies.
    """

    id: int
    author: str
    url: str
    text: str
    format: str
    created_at: datetime
    awaiting: bool
    parent_id: int | None
    edited: bool = False
    deleted: bool = False
    depth: int = 1
    reply_to: str | None = None
    replies: list["Node"] = field(default_factory=list)
    more: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Thread:
    """Roots in the order in which they are shown, and how many comments the page has in all. ``ids`` are those that the
    window has counted, in order of time: a deleted comment above one of them is not among them.

    ``older`` and ``newer`` say whether there are more roots than these; with ``alone``, there is one root by intent.
    """

    count: int
    roots: list[Node]
    ids: tuple[int, ...] = ()
    older: bool = False
    newer: bool = False
    alone: bool = False


def build(nodes: Iterable[Node]) -> Thread:
    """Nest nodes that come in order of time. A reply whose parent is not shown becomes a root."""
    by_id = {node.id: node for node in nodes}
    replies: defaultdict[int, list[Node]] = defaultdict(list)  # 0: the roots
    for node in by_id.values():
        replies[node.parent_id if node.parent_id in by_id else 0].append(node)
    roots: list[Node] = []
    waiting: list[tuple[Node, Node | None, list[Node]]] = [(root, None, roots) for root in reversed(replies[0])]
    while waiting:  # no recursion: a chain of replies may be thousands long
        node, parent, siblings = waiting.pop()
        siblings.append(node)
        if parent is not None:
            node.depth = min(parent.depth + 1, DEPTH)
            node.reply_to = parent.author or None if parent.depth == DEPTH else node.reply_to
        place = siblings if node.depth == DEPTH else node.replies
        waiting += [(reply, node, place) for reply in reversed(replies[node.id])]
    return Thread(sum(not (node.awaiting or node.deleted) for node in by_id.values()), roots)


def find_author(connection: Connection, site_id: int, page_id: int, comment_id: int) -> str | None:
    """Who wrote an approved comment of this page; None when there is no such comment."""
    return connection.execute(_AUTHOR, {"b_site": site_id, "b_page": page_id, "b_id": comment_id}).scalar()


_AUTHOR = select(tables.comment.c.author).where(
    tables.comment.c.site_id == bindparam("b_site"),
    tables.comment.c.page_id == bindparam("b_page"),
    tables.comment.c.id == bindparam("b_id"),
    tables.comment.c.status == Status.APPROVED,
)


def depth_of(connection: Connection, site_id: int, comment_id: int) -> int:
    """At which depth a comment is drawn, 1 to ``DEPTH``."""
    depth, child = 0, comment_id
    while child and depth < DEPTH:
        depth += 1
        child = connection.execute(_PARENT, {"b_site": site_id, "b_id": child}).scalar() or 0
    return max(1, depth)


_PARENT = select(tables.comment.c.parent_id).where(
    tables.comment.c.site_id == bindparam("b_site"), tables.comment.c.id == bindparam("b_id")
)


def count_shown(connection: Connection, site_id: int, page_id: int) -> int:
    """How many comments a page shows."""
    return connection.execute(_COUNT, {"b_site": site_id, "b_page": page_id}).scalar_one()


_COUNT = select(func.count()).where(
    tables.comment.c.site_id == bindparam("b_site"),
    tables.comment.c.page_id == bindparam("b_page"),
    tables.comment.c.status == Status.APPROVED,
)
