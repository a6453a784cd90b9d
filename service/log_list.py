"""The log of actions as admins read it: newest first, in pages, each entry with what came of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, and_, case, func, or_, select

from db import tables
from db.models import Status
from service.action_log import ActKind, Actor
from service.admin_rights import Right
from service.logged_change import LoggedChange, Subject
from service.ways_to_undo import WAY_OF, UndoWay, right_of, way_of

PER_PAGE = 50
LONGEST = 300_000
"""Characters of an entry's words that a page reads. Only what word lists said before is longer."""

_LONG = json.dumps({"change": LoggedChange(Subject.SPAM, "words", None, None).stored})
_FOR_THE_AUDIT = [action for action, way in WAY_OF.items() if way is UndoWay.NOTHING]
_READ = ("id", "site_id", "at", "actor", "action", "comment_id", "batch", "number", "program")
_entry, _content, _admin = tables.log_entry.c, tables.log_content.c, tables.admin.c
_decision, _comment, _change = tables.decision.c, tables.comment.c, tables.page_change.c


@dataclass(slots=True)
class ListedEntry:
    """What one click, or one call of a program, did.

    ``by`` names the admin, as the name was then; None if nobody did, or the admin is gone and the entry is older than
    version 0.2. ``program`` is the name of the admin's token. ``outcomes`` counts the comments by their new status,
    ``undone`` those whose decision was taken back since. ``authors`` are some of the comments' authors;
    ``pages_changed`` counts the changes of pages that stand. ``words`` is the content, unless it was erased, or is
    longer than ``LONGEST``. ``taken_back``: a later entry did so.
    """

    id: int
    site_id: int
    at: datetime
    actor: Actor
    by: str | None
    action: ActKind
    comment_id: int | None
    batch: int | None
    number: int
    program: str | None
    words: Mapping[str, Any]
    outcomes: dict[Status, int] = field(default_factory=dict)
    undone: int = 0
    authors: list[str] = field(default_factory=list)
    pages_changed: int = 0
    taken_back: bool = False

    @property
    def change(self) -> LoggedChange | None:
        """The state that it changed; None if it changed none, or its words are gone."""
        return LoggedChange.read(self.words)

    def given_to(self, comment_id: int) -> Status | None:
        """The status that one of several comments was given together; None if it was alone, or its words are gone."""
        moved = self.words.get("moved", ()) if self.comment_id is None else ()
        return next((Status(after) for moved_id, _, after in moved if moved_id == comment_id), None)

    @property
    def way(self) -> UndoWay:
        """How it is taken back."""
        return way_of(self.action, self.change)

    @property
    def right(self) -> Right:
        """The right that taking it back needs."""
        return right_of(self.way, self.change)

    @property
    def can_undo(self) -> bool:
        """Whether there is something that still stands, and can be taken back."""
        if self.taken_back:
            return False
        if self.way is UndoWay.DECISIONS:
            return self.undone > 0 if self.action is ActKind.UNDO else self.undone < sum(self.outcomes.values())
        if self.way is UndoWay.PAGES:
            return self.pages_changed > 0
        if self.way is UndoWay.WORDS:
            return "before" in self.words
        return self.way in (UndoWay.REPLY, UndoWay.IMPORT) or self.change is not None


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, and the id below which the next one begins; None on the last page."""

    entries: Sequence[ListedEntry]
    older: int | None


def read_log(
    connection: Connection,
    before: int | None = None,
    per_page: int = PER_PAGE,
    *,
    sites: Sequence[int] | None = None,
    comment: tuple[int, int] | None = None,
) -> LogPage:
    """The newest entries, or those before an id; of some ``sites`` only, or only those that touched one ``comment``
    (site, id), alone or with others."""
    query = (
        select(
            *(_entry[name] for name in _READ),
            func.coalesce(_entry.by_name, _admin.name).label("by"),
            case((func.length(_content.content) <= LONGEST, _content.content), else_=_LONG).label("content"),
        )
        .select_from(tables.log_entry)
        .outerjoin(tables.admin, _admin.id == _entry.admin_id)
        .outerjoin(tables.log_content, and_(_content.site_id == _entry.site_id, _content.entry_id == _entry.id))
        .where(_entry.action.not_in(_FOR_THE_AUDIT))
        .order_by(_entry.id.desc())
        .limit(per_page + 1)
    )
    if before is not None:
        query = query.where(_entry.id < before)
    if sites is not None:
        query = query.where(_entry.site_id.in_(sites))
    if comment:
        query = query.where(_entry.site_id == comment[0], _entry.id.in_(_ids_about(*comment)))
    entries = [_read(row._mapping) for row in connection.execute(query)]
    for add in (_add_outcomes, _add_pages_changed, _add_taken_back):
        add(connection, entries[:per_page])
    return LogPage(entries[:per_page], entries[per_page - 1].id if len(entries) > per_page else None)


def _ids_about(site_id: int, comment_id: int) -> CompoundSelect[tuple[int]]:
    """The entries about a comment alone, and those about several that name it. These are found by the batches of its
    decisions: a long batch has an entry for each slice, and one that has lost its words may be of any."""
    alone = select(_entry.id).where(_entry.site_id == site_id, _entry.comment_id == comment_id)
    batches = select(_decision.batch).where(_decision.site_id == site_id, _decision.comment_id == comment_id)
    together = (
        select(_entry.id)
        .outerjoin(tables.log_content, and_(_content.site_id == _entry.site_id, _content.entry_id == _entry.id))
        .where(_entry.site_id == site_id, _entry.batch.in_(batches), _entry.comment_id.is_(None))
        .where(or_(_content.content.is_(None), _content.content.like(f"%[{comment_id}, %")))
    )
    return alone.union_all(together)


def _read(row: Mapping[Any, Any]) -> ListedEntry:
    fields = {name: value for name, value in row.items() if name != "content"}
    words = json.loads(row["content"]) if row["content"] else {}
    known = {"actor": Actor(row["actor"]), "action": ActKind(row["action"]), "words": words}
    return ListedEntry(**fields | known)


def _add_outcomes(connection: Connection, entries: Sequence[ListedEntry]) -> None:
    of_batch = [entry for entry in entries if entry.batch and entry.way is UndoWay.DECISIONS]
    by_batch = {(entry.site_id, entry.batch): entry for entry in of_batch if entry.action is not ActKind.UNDO}
    query = (
        select(
            _decision.site_id,
            _decision.batch,
            _decision.after,
            func.count(),
            func.count(_decision.undone_at),
            func.min(_comment.author),
        )
        .select_from(tables.decision)
        .outerjoin(tables.comment, and_(_comment.site_id == _decision.site_id, _comment.id == _decision.comment_id))
        .where(_decision.batch.in_({entry.batch for entry in of_batch}))
        .group_by(_decision.site_id, _decision.batch, _decision.after)
    )
    for site_id, batch, after, number, undone, author in connection.execute(query):
        for entry in of_batch:
            if entry.action is ActKind.UNDO and (entry.site_id, entry.batch) == (site_id, batch):
                entry.undone += undone
        if (found := by_batch.get((site_id, batch))) is None:
            continue
        found.outcomes[Status(after)] = number
        found.undone += undone
        if author is not None:
            found.authors.append(author)


def _add_pages_changed(connection: Connection, entries: Sequence[ListedEntry]) -> None:
    by_batch = {(entry.site_id, entry.batch): entry for entry in entries if entry.way is UndoWay.PAGES}
    stands = (_change.batch.in_({batch for _, batch in by_batch}), _change.undone_at.is_(None))
    query = select(_change.site_id, _change.batch, func.count()).group_by(_change.site_id, _change.batch)
    for site_id, batch, number in connection.execute(query.where(*stands)) if by_batch else ():
        by_batch[site_id, batch].pages_changed = number


def _add_taken_back(connection: Connection, entries: Sequence[ListedEntry]) -> None:
    """An entry that takes another back has its id as ``batch``; the undo of an import has the number of the import."""
    undone = {(entry.site_id, entry.batch if entry.way is UndoWay.IMPORT else entry.id): entry for entry in entries}
    query = select(_entry.site_id, _entry.batch, _entry.action).where(
        _entry.site_id.in_({site_id for site_id, _ in undone}), _entry.batch.in_({batch for _, batch in undone})
    )
    for site_id, batch, action in connection.execute(query) if undone else ():
        if entry := undone.get((site_id, batch)):
            entry.taken_back |= entry.way is not UndoWay.IMPORT or action == ActKind.IMPORT_UNDONE
