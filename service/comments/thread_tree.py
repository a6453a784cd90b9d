"""The thread of a page: approved comments in a tree."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from db import tables
from db.models import Status
from service.comment_row import PUBLIC_COLUMNS, PublicCommentRow, beginning_of_text
from service.comments.author_edit import read_changes
from service.comments.fold_long_comments import NOT_FOLDED, bound_part
from service.comments.thread_order_and_paging import (
    Replies,
    RootFinder,
    Roots,
    ThreadWindow,
    read_authors,
    read_replies,
)

DEPTH = 5
"""As in WordPress (``thread_comments_depth``). Replies to the deepest comments are shown on the same level."""


@dataclass(slots=True)
class Node(PublicCommentRow):
    """A comment in the tree. ``reply_to`` is the author of its parent, where the tree does not show which one that is.

    ``more`` is how many replies of a root are left out; they follow the comment ``last``. ``edited`` and ``deleted``:
    by its author; a deleted comment is a placeholder without words, shown because it has replies. ``is_folded``: only
    the beginning of its text is here. ``is_as_typed``: its text is shown without its marks. ``staff``: a moderator
    wrote it, for the site. ``pinned``: it stands above the others.
    """

    awaiting: bool
    parent_id: int | None
    staff: bool | None = None
    pinned: bool = False
    edited: bool = False
    deleted: bool = False
    depth: int = 1
    reply_to: str | None = None
    replies: list["Node"] = field(default_factory=list)
    more: int = 0
    last: int = 0
    is_folded: bool = False
    is_as_typed: bool = False

    @classmethod
    def placeholder(cls, comment_id: int, created_at: datetime, parent_id: int | None, depth: int = 1) -> "Node":
        """A placeholder for a comment that its author deleted."""
        blank: dict[str, Any] = {field.name: "" for field in fields(PublicCommentRow)}
        place = {"id": comment_id, "created_at": created_at, "parent_id": parent_id, "depth": depth}
        return cls(**blank | place, awaiting=False, deleted=True)


@dataclass(frozen=True, slots=True)
class Thread:
    """The roots in display order, and the number of comments on the page.

    ``ids`` are the roots of the window in order of time, without placeholders above them. ``older`` and ``newer``:
    whether there are more roots. ``alone``: a single root was requested.
    """

    count: int
    roots: list[Node]
    ids: tuple[int, ...] = ()
    older: bool = False
    newer: bool = False
    alone: bool = False


def build(nodes: Iterable[Node]) -> Thread:
    """Build the tree from nodes in order of time. A reply whose parent is not among them becomes a root."""
    by_id = {node.id: node for node in nodes}
    replies: defaultdict[int, list[Node]] = defaultdict(list)  # 0: the roots
    for node in by_id.values():
        replies[node.parent_id if node.parent_id in by_id else 0].append(node)
    roots: list[Node] = []
    waiting: list[tuple[Node, Node | None, list[Node]]] = [(root, None, roots) for root in reversed(replies[0])]
    while waiting:  # not recursive: a chain of replies can be thousands long
        node, parent, siblings = waiting.pop()
        siblings.append(node)
        if parent is not None:
            node.depth = min(parent.depth + 1, DEPTH)
            node.reply_to = parent.author or None if parent.depth == DEPTH else node.reply_to
        place = siblings if node.depth == DEPTH else node.replies
        waiting += [(reply, node, place) for reply in reversed(replies[node.id])]
    return Thread(sum(not (node.awaiting or node.deleted) for node in by_id.values()), roots)


def find_author(connection: Connection, site_id: int, page_id: int, comment_id: int) -> str | None:
    """The author of an approved comment of this page; None if there is no such comment."""
    return connection.execute(_APPROVED_AUTHOR, {"b_site": site_id, "b_page": page_id, "b_id": comment_id}).scalar()


_APPROVED_AUTHOR = select(tables.comment.c.author).where(
    tables.comment.c.site_id == bindparam("b_site"),
    tables.comment.c.page_id == bindparam("b_page"),
    tables.comment.c.id == bindparam("b_id"),
    tables.comment.c.status == Status.APPROVED,
)


def depth_of(connection: Connection, site_id: int, comment_id: int) -> int:
    """The depth at which a comment is shown, 1 to ``DEPTH``."""
    depth, child = 0, comment_id
    while child and depth < DEPTH:
        depth += 1
        child = connection.execute(_PARENT_ID, {"b_site": site_id, "b_id": child}).scalar() or 0
    return max(1, depth)


_PARENT_ID = select(tables.comment.c.parent_id).where(
    tables.comment.c.site_id == bindparam("b_site"), tables.comment.c.id == bindparam("b_id")
)


def count_shown(connection: Connection, site_id: int, page_id: int) -> int:
    """The number of approved comments of a page."""
    return connection.execute(_COUNT_APPROVED, {"b_site": site_id, "b_page": page_id}).scalar_one()


_COUNT_APPROVED = select(func.count()).where(
    tables.comment.c.site_id == bindparam("b_site"),
    tables.comment.c.page_id == bindparam("b_page"),
    tables.comment.c.status == Status.APPROVED,
)

_comment, _page = tables.comment.c, tables.page.c
_PINNED = select(_page.pinned_id).where(_page.site_id == bindparam("b_site"), _page.id == bindparam("b_page"))


def read_thread(
    connection: Connection, site_id: int, page_id: int, window: ThreadWindow, *, preview: int = 0
) -> Thread:
    """The part of a thread in a window. Long comments are folded, but for the one that the window is around.

    ``preview`` is the id of a comment that is shown although it is not approved, since the reader has its private link.
    Spam is previewed like a pending comment, so that the preview reveals nothing about the spam check.
    """
    if not page_id:
        return Thread(0, [])
    return _ThreadReader(connection, site_id, page_id, window, preview).read()


@dataclass(slots=True)
class _ThreadReader:
    connection: Connection
    site_id: int
    page_id: int
    window: ThreadWindow
    preview: int

    def read(self) -> Thread:
        finder = RootFinder(self.connection, self.site_id, self.page_id)
        wanted = self.preview or self.window.comment
        focus = self._visible_row(wanted) if wanted else None
        above = finder.root_of(focus.parent_id or focus.id if self.preview else focus.id) if focus else 0
        alone = finder.root_of(self.window.replies) if self.window.replies else 0
        roots = Roots([alone]) if alone else finder.roots(self.window, above)
        after = finder.position(self.window.after) if alone and self.window.after else None
        pinned = self._pinned(finder) if self.window.is_first and not alone else 0
        with_pinned = Roots([*({*roots.ids, pinned} - {0})])
        replies = read_replies(self.connection, self.site_id, with_pinned.ids, self.window.size, after)
        count = count_shown(self.connection, self.site_id, self.page_id)
        nodes = list(self._read_nodes(with_pinned, replies, focus, above))
        bound_part(nodes, {focus.id} if focus else ())
        shown = build(nodes).roots
        if self.window.order == "new":
            shown.reverse()
        if pinned:
            shown.sort(key=lambda node: node.id != pinned)
            shown[0].pinned = shown[0].id == pinned
        return Thread(count, shown, tuple(roots.ids), roots.older, roots.newer, alone=bool(alone))

    def _pinned(self, finder: RootFinder) -> int:
        """The pinned comment, if it is shown and answers no other; else 0."""
        of_page = {"b_site": self.site_id, "b_page": self.page_id}
        pinned = self.connection.execute(_PINNED, of_page).scalar() or 0
        return pinned if pinned and finder.root_of(pinned) == pinned else 0

    def _visible_row(self, comment_id: int) -> Row[Any] | None:
        """A comment, if this reader may see it."""
        statuses = [Status.APPROVED, *([Status.PENDING, Status.SPAM] if comment_id == self.preview else [])]
        query = _SELECT_NODES.where(_comment.page_id == self.page_id, _comment.status.in_(statuses))
        return self.connection.execute(query, {"b_site": self.site_id, "b_ids": [comment_id]}).first()

    def _read_nodes(
        self, roots: Roots, replies: Mapping[int, Replies], focus: Row[Any] | None, above: int
    ) -> Iterable[Node]:
        """The comments in order of time. The parent of each is among them, unless it is a root."""
        root_of = {reply: root for root, below in replies.items() for reply in below.ids}
        ids = {*roots.ids, *root_of}
        others = list(ids - {focus.id} if focus else ids)
        rows = list(self.connection.execute(_SELECT_BEGINNINGS, {"b_site": self.site_id, "b_ids": others}))
        if focus is not None:
            rows.append(focus)
            if focus.id not in ids and above in ids:
                root_of[focus.id] = above
        nodes = self._add_changes({row.id: Node(**row._mapping) for row in rows})
        for root, below in replies.items():
            nodes[root].more, nodes[root].last = below.more, below.ids[-1]
        self._attach_to_roots(nodes, root_of)
        return nodes.values()

    def _add_changes(self, nodes: Mapping[int, Node]) -> dict[int, Node]:
        """The nodes in order of time, with edited ones marked, and with placeholders for deleted comments above."""
        changes = read_changes(self.connection, self.site_id, self.page_id)
        for edited in changes.edited & nodes.keys():
            nodes[edited].edited = True
        deleted = changes.placeholders(node.parent_id for node in nodes.values())
        above = [Node.placeholder(comment.id, comment.created_at, comment.parent_id) for comment in deleted]
        every = sorted([*nodes.values(), *above], key=lambda node: (node.created_at, node.id))
        return {node.id: node for node in every}

    def _attach_to_roots(self, nodes: Mapping[int, Node], root_of: Mapping[int, int]) -> None:
        """Attach replies whose parent is in another part of the thread to their root, with the name they reply to."""
        orphans = [nodes[reply] for reply in root_of if nodes[reply].parent_id not in nodes]
        names = read_authors(self.connection, self.site_id, {node.parent_id for node in orphans if node.parent_id})
        for node in orphans:
            node.reply_to = names.get(node.parent_id or 0)
            node.parent_id = root_of[node.id]


_NODE = (*PUBLIC_COLUMNS, (_comment.status != Status.APPROVED).label("awaiting"), _comment.parent_id, _comment.staff)
_WANTED = (_comment.site_id == bindparam("b_site"), _comment.id.in_(bindparam("b_ids", expanding=True)))
_SELECT_NODES: Select[Any] = select(*_NODE).where(*_WANTED)
_BEGINNING = beginning_of_text(NOT_FOLDED + 1)  # of a text that will be folded, the rest need not be read
_SELECT_BEGINNINGS: Select[Any] = select(
    *(_BEGINNING if column is _comment.text else column for column in _NODE)
).where(*_WANTED)
