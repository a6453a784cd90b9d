"""Finds what was changed in, or removed from, the log of actions."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from db import tables
from service.action_log import INSTALLATION, ActKind, Actor
from service.log_chain import AT_ONCE, ENTRIES, Head, has_words, is_digest_of, is_second, link_of, read_heads, seals_of
from service.page_change_hashes import ChangeNotes
from service.secret_keys import Keyring
from service.ways_to_undo import AT_LEAST

_SLACK = timedelta(hours=1)
"""By how much the clocks of two machines may differ."""

_entry, _decision, _content = tables.log_entry.c, tables.decision.c, tables.log_content.c


@dataclass(frozen=True, slots=True)
class Break:
    """Where a site's log is broken. ``what``: ``missing`` (an entry was removed), ``changed``, ``content`` (its words
    were changed, or are about another comment), ``words`` (its words were removed, and not by the service), ``stray``
    (words of no entry), ``end`` (entries were cut off at the end, or the end is not sealed by a secret that is known),
    ``gone`` (the log was removed as a whole), ``decision`` (a decision that is not as the log says) or ``change`` (a
    change of a page that is not as noted, or at place 0 one that is not noted)."""

    site_id: int
    place: int
    what: str


def verify(connection: Connection, keyring: Keyring, now: datetime) -> Iterator[Break]:
    """Check every log from its beginning to its end. Yields the first break of each."""
    heads = {head.site_id: head for head in read_heads(connection)}
    joined = select(_entry.site_id).where(_entry.place.is_not(None)).distinct()
    gone, undecided, stray = _gone(connection, heads), _undecided(connection), _stray(connection)
    changed = connection.execute(select(tables.page_change.c.site_id).distinct()).scalars()
    for site_id in sorted({*heads, *connection.execute(joined).scalars(), *gone, *undecided, *stray, *changed}):
        found = None
        if site_id in heads or site_id not in gone:
            found = _verify_site(connection, keyring, heads.get(site_id, Head(site_id, 0, b"")), now)
        for what, sites in (("gone", gone), ("decision", undecided), ("stray", stray)):
            if found is None and site_id in sites:
                found = Break(site_id, 1, what)
        if found is not None:
            yield found


def _verify_site(connection: Connection, keyring: Keyring, head: Head, now: datetime) -> Break | None:
    place, link, words, changes = 0, b"", _MissingWords(now - AT_LEAST + _SLACK), ChangeNotes()
    for rows in _slices(connection, head.site_id):
        for row in rows:
            if row.place != place + 1:
                return Break(head.site_id, place + 1, "missing")
            place += 1
            if (link := link_of(link, place, row._mapping, row.content_digest)) != row.link or not _is_sound(row):
                return Break(head.site_id, place, "changed")
            if not words.are_sound(row):
                return Break(head.site_id, place, "content")
            changes.take(row, place)
        if changed := _decided_otherwise(connection, head.site_id, rows):
            return Break(head.site_id, changed, "decision")
    if place != head.place or (place and head.seal not in seals_of(keyring, head.site_id, place, link)):
        return Break(head.site_id, place + 1, "end")
    return _compare(connection, head, words, changes)


def _compare(connection: Connection, head: Head, words: "_MissingWords", changes: ChangeNotes) -> Break | None:
    """What is not as the chain and the entries that wait to be joined say together."""
    waiting = ENTRIES.where(_entry.site_id == head.site_id, _entry.place.is_(None)).order_by(_entry.id)
    for row in connection.execute(waiting).all():
        changes.take(row, head.place + 1)
        if row.content and row.action == ActKind.WORDS_ERASED:
            words.explain(json.loads(row.content)["entries"])
    if words.missing:
        return Break(head.site_id, min(words.missing.values()), "words")
    different = changes.find_difference(connection, head.site_id)
    return None if different is None else Break(head.site_id, different, "change")


def _is_sound(row: Any) -> bool:
    """Whether names stand where the service writes them: the chain of an older entry does not say which is which."""
    is_program = row.actor == Actor.PROGRAM and row.admin_id is not None
    return (row.program is not None) == is_program and (row.by_name is None or row.admin_id is not None)


@dataclass(slots=True)
class _MissingWords:
    """Entry → place, of entries whose words are not there, though they are younger than ``since``, and though no later
    entry says that they were erased."""

    since: datetime
    missing: dict[int, int] = field(default_factory=dict)

    def are_sound(self, row: Any) -> bool:
        """Take in the next entry. Returns whether its words, if they are there, are its own."""
        if not row.content:
            if is_second(row.content_digest) and has_words(row.content_digest) and self._are_kept(row):
                self.missing[row.id] = row.place
            return True
        if row.action == ActKind.WORDS_ERASED:
            self.explain(json.loads(row.content)["entries"])
        is_same = (row.words_comment_id, row.words_at) == (row.comment_id, row.at)
        return is_same and is_digest_of(row.content_digest, row)

    def _are_kept(self, row: Any) -> bool:
        return bool(row.at > self.since or row.action == ActKind.CHANGES_NOTED)

    def explain(self, erased: Sequence[int]) -> None:
        """The service has erased the words of these entries."""
        for entry_id in erased:
            self.missing.pop(entry_id, None)


def _decided_otherwise(connection: Connection, site_id: int, rows: Sequence[Any]) -> int | None:
    """The place of the first of these entries whose decisions say something else than its words; None if all agree."""
    said: dict[tuple[int, int], tuple[str, str, int]] = {}
    for row in rows:
        if row.content and row.batch and row.action not in (ActKind.UNDO, ActKind.REDO):
            for comment_id, before, after in json.loads(row.content).get("moved", ()):
                said[row.batch, comment_id] = (before, after, row.place)
    columns = (_decision.batch, _decision.comment_id, _decision.before, _decision.after)
    query = select(*columns).where(_decision.site_id == site_id, _decision.batch.in_({batch for batch, _ in said}))
    otherwise = []
    for batch, comment_id, before, after in connection.execute(query) if said else ():
        *statuses, place = said.get((batch, comment_id), (before, after, 0))
        if statuses != [before, after]:
            otherwise.append(place)
    return min(otherwise, default=None)


def _slices(connection: Connection, site_id: int) -> Iterator[Sequence[Any]]:
    """The joined entries in the order of the chain."""
    place = 0
    while rows := connection.execute(
        ENTRIES.where(_entry.site_id == site_id, _entry.place > place).order_by(_entry.place).limit(AT_ONCE)
    ).all():
        yield rows
        place = rows[-1].place


def _stray(connection: Connection) -> set[int]:
    """The sites with words of no entry."""
    same = (_entry.site_id == _content.site_id) & (_entry.id == _content.entry_id)
    query = select(_content.site_id).select_from(tables.log_content.outerjoin(tables.log_entry, same))
    return set(connection.execute(query.where(_entry.id.is_(None)).distinct()).scalars())


def _gone(connection: Connection, heads: dict[int, Head]) -> set[int]:
    """The sites whose log was removed as a whole, or begun twice; the installation, if it does not know a log."""
    query = select(_entry.action, _entry.batch).where(
        _entry.site_id == INSTALLATION, _entry.action.in_([ActKind.LOG_BEGUN, ActKind.SITE_REMOVED])
    )
    begun: dict[int, int] = {}
    for action, site_id in connection.execute(query.order_by(_entry.id)):
        if action == ActKind.LOG_BEGUN:
            begun[site_id] = begun.get(site_id, 0) + 1
        else:
            begun.pop(site_id, None)
    gone = {site_id for site_id, times in begun.items() if times > 1 or site_id not in heads}
    unknown = {site_id for site_id in heads if site_id != INSTALLATION and site_id not in begun}
    return gone | ({INSTALLATION} if unknown else set())


def _undecided(connection: Connection) -> set[int]:
    """The sites with a decision whose admin is not the one of its entry in the log."""
    same = (
        (_entry.site_id == _decision.site_id)
        & (_entry.batch == _decision.batch)
        & _entry.action.not_in([ActKind.UNDO, ActKind.REDO])
        & _entry.admin_id.is_not_distinct_from(_decision.admin_id)
    )
    query = select(_decision.site_id, func.count()).select_from(tables.decision.outerjoin(tables.log_entry, same))
    rows = connection.execute(query.where(_entry.id.is_(None)).group_by(_decision.site_id))
    return {site_id for site_id, _ in rows}
