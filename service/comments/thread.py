"""The thread of a page: approved comments, nested."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from db import tables
from db.models import Status
from service.comment_row import PUBLIC_COLUMNS, PublicComment
from service.comments.author_edit import read_changes
from service.comments.paging import Replies, RootFinder, Roots, ThreadWindow, authors, read_replies

DEPTH = 5
"""As in WordPress (``thread_comments_depth``). Replies to the deepest are drawn beside them."""


@dataclass(slots=True)
class Node(PublicComment):
    """A comment in its place. ``reply_to`` names whom it answers where its place does not show it.

    ``more`` replies of a root are not in this part of the thread; they stand behind the comment ``last``.
    ``edited`` and ``deleted`` are by its author; a deleted one says nothing any more, and is there for its replies.
    """

    awaiting: bool
    parent_id: int | None
    edited: bool = False
    deleted: bool = False
    depth: int = 1
    reply_to: str | None = None
    replies: list["Node"] = field(default_factory=list)
    more: int = 0
    last: int = 0

    @classmethod
    def placeholder(cls, comment_id: int, created_at: datetime, parent_id: int | None, depth: int = 1) -> "Node":
        """The place of a comment that its author has deleted: nothing of what it said."""
        blank: dict[str, Any] = {field.name: "" for field in fields(PublicComment)}
        place = {"id": comment_id, "created_at": created_at, "parent_id": parent_id, "depth": depth}
        return cls(**blank | place, awaiting=False, deleted=True)


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

_comment = tables.comment.c


def read_thread(
    connection: Connection, site_id: int, page_id: int, window: ThreadWindow, *, preview: int = 0
) -> Thread:
    """The part of a thread that a window shows.

    ``preview`` is one comment that is not shown, if its author holds a link to it. Spam is previewed as a held comment
    is: whoever tests the filter learns nothing.
    """
    if not page_id:
        return Thread(0, [])
    return _Part(connection, site_id, page_id, window, preview).read()


@dataclass(slots=True)
class _Part:
    connection: Connection
    site_id: int
    page_id: int
    window: ThreadWindow
    preview: int

    def read(self) -> Thread:
        finder = RootFinder(self.connection, self.site_id, self.page_id)
        wanted = self.preview or self.window.comment
        focus = self._row(wanted) if wanted else None
        above = finder.root_of(focus.parent_id or focus.id if self.preview else focus.id) if focus else 0
        alone = finder.root_of(self.window.replies) if self.window.replies else 0
        roots = Roots([alone]) if alone else finder.roots(self.window, above)
        after = finder.position(self.window.after) if alone and self.window.after else None
        replies = read_replies(self.connection, self.site_id, roots.ids, self.window.size, after)
        count = count_shown(self.connection, self.site_id, self.page_id)
        nodes = self._nodes(roots, replies, focus, above)
        shown = build(nodes).roots
        if self.window.order == "new":
            shown.reverse()
        return Thread(count, shown, tuple(roots.ids), roots.older, roots.newer, alone=bool(alone))

    def _row(self, comment_id: int) -> Row[Any] | None:
        """A comment that this reader may see."""
        statuses = [Status.APPROVED, *([Status.PENDING, Status.SPAM] if comment_id == self.preview else [])]
        found = _COMMENTS.where(_comment.page_id == self.page_id, _comment.status.in_(statuses))
        return self.connection.execute(found, {"b_site": self.site_id, "b_ids": [comment_id]}).first()

    def _nodes(
        self, roots: Roots, replies: Mapping[int, Replies], focus: Row[Any] | None, above: int
    ) -> Iterable[Node]:
        """Comments in order of time, each with a parent that is among them, unless it is a root."""
        root_of = {reply: root for root, found in replies.items() for reply in found.ids}
        ids = {*roots.ids, *root_of}
        rows = list(self.connection.execute(_COMMENTS, {"b_site": self.site_id, "b_ids": list(ids)}))
        if focus is not None and focus.id not in ids:
            rows.append(focus)
            if above in ids:
                root_of[focus.id] = above
        nodes = self._with_changes({row.id: Node(**row._mapping) for row in rows})
        for root, found in replies.items():
            nodes[root].more, nodes[root].last = found.more, found.ids[-1]
        self._adopt(nodes, root_of)
        return nodes.values()

    def _with_changes(self, nodes: Mapping[int, Node]) -> dict[int, Node]:
        """In order of time, with marks on what was edited, and with those above them that their authors deleted."""
        changes = read_changes(self.connection, self.site_id, self.page_id)
        for edited in changes.edited & nodes.keys():
            nodes[edited].edited = True
        gone = changes.placeholders(node.parent_id for node in nodes.values())
        above = [Node.placeholder(each.id, each.created_at, each.parent_id) for each in gone]
        every = sorted([*nodes.values(), *above], key=lambda node: (node.created_at, node.id))
        return {node.id: node for node in every}

    def _adopt(self, nodes: Mapping[int, Node], root_of: Mapping[int, int]) -> None:
        """A reply whose parent is in another part hangs under the root, and says whom it answers."""
        loose = [nodes[reply] for reply in root_of if nodes[reply].parent_id not in nodes]
        names = authors(self.connection, self.site_id, {node.parent_id for node in loose if node.parent_id})
        for node in loose:
            node.reply_to = names.get(node.parent_id or 0)
            node.parent_id = root_of[node.id]


_COMMENTS: Select[Any] = select(
    *PUBLIC_COLUMNS, (_comment.status != Status.APPROVED).label("awaiting"), _comment.parent_id
).where(_comment.site_id == bindparam("b_site"), _comment.id.in_(bindparam("b_ids", expanding=True)))
