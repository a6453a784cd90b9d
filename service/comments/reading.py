"""Reads a part of a thread: so many roots, the first replies of each, and whatever comment was asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from db import tables
from db.models import Status
from service.comments.changes import read_changes
from service.comments.replies import Replies, authors, read_replies
from service.comments.thread import Node, Thread, build, count_shown
from service.comments.window import Finder, Roots, Window

_comment = tables.comment.c


def read_thread(connection: Connection, site_id: int, page_id: int, window: Window, *, preview: int = 0) -> Thread:
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
    window: Window
    preview: int

    def read(self) -> Thread:
        finder = Finder(self.connection, self.site_id, self.page_id)
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
        nodes = self._with_changes({row.id: _node(row) for row in rows})
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
        above = [Node(each.id, "", "", "", "", each.created_at, False, each.parent_id, deleted=True) for each in gone]
        every = sorted([*nodes.values(), *above], key=lambda node: (node.created_at, node.id))
        return {node.id: node for node in every}

    def _adopt(self, nodes: Mapping[int, Node], root_of: Mapping[int, int]) -> None:
        """A reply whose parent is in another part hangs under the root, and says whom it answers."""
        loose = [nodes[reply] for reply in root_of if nodes[reply].parent_id not in nodes]
        names = authors(self.connection, self.site_id, {node.parent_id for node in loose if node.parent_id})
        for node in loose:
            node.reply_to = names.get(node.parent_id or 0)
            node.parent_id = root_of[node.id]


def _node(row: Row[Any]) -> Node:
    awaiting = row.status != Status.APPROVED
    return Node(row.id, row.author, row.url, row.text, row.format, row.created_at, awaiting, row.parent_id)


_SHOWN: Sequence[Any] = [
    _comment[name] for name in ("id", "author", "url", "text", "format", "created_at", "status", "parent_id")
]
_COMMENTS = select(*_SHOWN).where(
    _comment.site_id == bindparam("b_site"), _comment.id.in_(bindparam("b_ids", expanding=True))
)
