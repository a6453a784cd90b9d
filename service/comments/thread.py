"""The thread of a page: approved comments, nested."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from db import tables
from db.models import Status
from service.comments.changes import read_changes

DEPTH = 5
"""As in WordPress (``thread_comments_depth``). Replies to the deepest are drawn beside them."""


@dataclass(slots=True)
class Node:
    """A comment in its place. ``reply_to`` names whom it answers where its place does not show it.

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


@dataclass(frozen=True, slots=True)
class Thread:
    """The roots in order of time, and how many comments there are in all."""

    count: int
    roots: list[Node]


def read_thread(site_id: int, page_id: int, *, preview: int = 0) -> Callable[[Connection], Thread]:
    """A question to the database: the thread, with one comment that is not shown if its author holds a preview link.

    Spam is previewed as a held comment is: whoever tests the filter learns nothing.
    """

    def read(connection: Connection) -> Thread:
        rows = connection.execute(_THREAD, {"b_site": site_id, "b_page": page_id, "b_preview": preview})
        changes = read_changes(connection, site_id, page_id)
        nodes = [
            Node(*row[:6], row.status != Status.APPROVED, row.parent_id, edited=row.id in changes.edited)
            for row in rows
        ]
        gone = changes.placeholders(node.parent_id for node in nodes)
        nodes += [Node(each.id, "", "", "", "", each.created_at, False, each.parent_id, deleted=True) for each in gone]
        return build(sorted(nodes, key=lambda node: (node.created_at, node.id)) if gone else nodes)

    return read


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
            node.reply_to = parent.author or None if parent.depth == DEPTH else None
        place = siblings if node.depth == DEPTH else node.replies
        waiting += [(reply, node, place) for reply in reversed(replies[node.id])]
    return Thread(sum(not (node.awaiting or node.deleted) for node in by_id.values()), roots)


_THREAD = (
    select(
        tables.comment.c.id,
        tables.comment.c.author,
        tables.comment.c.url,
        tables.comment.c.text,
        tables.comment.c.format,
        tables.comment.c.created_at,
        tables.comment.c.status,
        tables.comment.c.parent_id,
    )
    .where(
        tables.comment.c.site_id == bindparam("b_site"),
        tables.comment.c.page_id == bindparam("b_page"),
        or_(
            tables.comment.c.status == Status.APPROVED,
            and_(
                tables.comment.c.id == bindparam("b_preview"),
                tables.comment.c.status.in_([Status.PENDING, Status.SPAM]),
            ),
        ),
    )
    .order_by(tables.comment.c.created_at, tables.comment.c.id)
)


def find_author(site_id: int, page_id: int, comment_id: int) -> Callable[[Connection], str | None]:
    """A question to the database: who wrote an approved comment of this page; None when there is no such comment."""

    def read(connection: Connection) -> str | None:
        return connection.execute(_AUTHOR, {"b_site": site_id, "b_page": page_id, "b_id": comment_id}).scalar()

    return read


_AUTHOR = select(tables.comment.c.author).where(
    tables.comment.c.site_id == bindparam("b_site"),
    tables.comment.c.page_id == bindparam("b_page"),
    tables.comment.c.id == bindparam("b_id"),
    tables.comment.c.status == Status.APPROVED,
)


def depth_of(site_id: int, comment_id: int) -> Callable[[Connection], int]:
    """A question to the database: at which depth a comment is drawn, 1 to ``DEPTH``."""

    def read(connection: Connection) -> int:
        depth, child = 0, comment_id
        while child and depth < DEPTH:
            depth += 1
            child = connection.execute(_PARENT, {"b_site": site_id, "b_id": child}).scalar() or 0
        return max(1, depth)

    return read


_PARENT = select(tables.comment.c.parent_id).where(
    tables.comment.c.site_id == bindparam("b_site"), tables.comment.c.id == bindparam("b_id")
)


def count_shown(site_id: int, page_id: int) -> Callable[[Connection], int]:
    """A question to the database: how many comments a page shows."""

    def read(connection: Connection) -> int:
        return connection.execute(_COUNT, {"b_site": site_id, "b_page": page_id}).scalar_one()

    return read


_COUNT = select(func.count()).where(
    tables.comment.c.site_id == bindparam("b_site"),
    tables.comment.c.page_id == bindparam("b_page"),
    tables.comment.c.status == Status.APPROVED,
)
