"""Finds what was changed in, or removed from, the log of actions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from db import tables
from service.action_log import INSTALLATION, Action
from service.keys import Keyring, keyed_hash
from service.log_chain import AT_ONCE, ENTRIES, Head, link_of, read_heads, seals_of

_entry, _decision = tables.log_entry.c, tables.decision.c


@dataclass(frozen=True, slots=True)
class Break:
    """Where a site's log is broken. ``what``: ``missing`` (an entry was removed), ``changed``, ``content`` (its words
    were changed), ``end`` (entries were cut off at the end, or the end is not sealed by a secret that is known),
    ``gone`` (the log was removed as a whole) or ``decision`` (a decision that the log does not know, or that names
    somebody else)."""

    site_id: int
    place: int
    what: str


def verify(connection: Connection, keyring: Keyring) -> Iterator[Break]:
    """Check every log from its beginning to its end. Yields the first break of each."""
    heads = {head.site_id: head for head in read_heads(connection)}
    joined = select(_entry.site_id).where(_entry.place.is_not(None)).distinct()
    gone, undecided = _gone(connection, heads), _undecided(connection)
    for site_id in sorted({*heads, *connection.execute(joined).scalars(), *gone, *undecided}):
        found = None
        if site_id in heads or site_id not in gone:
            found = _verify_site(connection, keyring, heads.get(site_id, Head(site_id, 0, b"")))
        if found is None and site_id in gone:
            found = Break(site_id, 1, "gone")
        if found is None and site_id in undecided:
            found = Break(site_id, 1, "decision")
        if found is not None:
            yield found


def _verify_site(connection: Connection, keyring: Keyring, head: Head) -> Break | None:
    place, link = 0, b""
    for row in _entries(connection, head.site_id):
        if row.place != place + 1:
            return Break(head.site_id, place + 1, "missing")
        place += 1
        if (link := link_of(link, place, row._mapping, row.content_digest)) != row.link:
            return Break(head.site_id, place, "changed")
        if row.content and row.content_digest != keyed_hash(row.salt, row.content.encode()):
            return Break(head.site_id, place, "content")
    if place != head.place or (place and head.seal not in seals_of(keyring, head.site_id, place, link)):
        return Break(head.site_id, place + 1, "end")
    return None


def _entries(connection: Connection, site_id: int) -> Iterator[Any]:
    """The joined entries in the order of the chain, read in slices."""
    place = 0
    while rows := connection.execute(
        ENTRIES.where(_entry.site_id == site_id, _entry.place > place).order_by(_entry.place).limit(AT_ONCE)
    ).all():
        yield from rows
        place = rows[-1].place


def _gone(connection: Connection, heads: dict[int, Head]) -> set[int]:
    """The sites whose log was removed as a whole, or begun twice; the installation, if it does not know a log."""
    query = select(_entry.action, _entry.batch).where(
        _entry.site_id == INSTALLATION, _entry.action.in_([Action.LOG_BEGUN, Action.SITE_REMOVED])
    )
    begun: dict[int, int] = {}
    for action, site_id in connection.execute(query.order_by(_entry.id)):
        if action == Action.LOG_BEGUN:
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
        & _entry.admin_id.is_not_distinct_from(_decision.admin_id)
    )
    query = select(_decision.site_id, func.count()).select_from(tables.decision.outerjoin(tables.log_entry, same))
    rows = connection.execute(query.where(_entry.id.is_(None)).group_by(_decision.site_id))
    return {site_id for site_id, _ in rows}
