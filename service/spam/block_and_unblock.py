"""Blocking for a time or for good, and ending it: each site has a list of its own."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from db import tables
from db.column_types import new_id
from db.dialect_sql import insert_if_absent
from service.action_log import Act, ActKind, record
from service.logged_change import LoggedChange, Subject
from service.spam.classifier.link_features import owner_of, parse
from service.spam.classifier.normalise_text import plain
from service.spam.site_blocks import BlockKind
from service.spam.spam_settings_form import save_settings
from service.spam.word_lists import LONGEST_ENTRY

MOST = 1000
"""Blocks that a site may have."""

SHOWN = 500
DAYS = (1, 7, 30, 365)
"""For how long something may be blocked; longer is for good."""

_PART = re.compile(r"(?:[0-9]{1,3}\.){2,3}|(?:[0-9a-f]{1,4}:){2,7}", re.ASCII)
"""The beginning of an address, up to a dot or colon: ``203.0.113.`` or ``2001:db8:``."""

_WIDEST = {4: 8, 6: 16}
"""Bits that a network has at least: a shorter one is a slip."""

_block, _admin = tables.site_block.c, tables.admin.c


@dataclass(frozen=True, slots=True)
class Unblockable(ValueError):
    """There is nothing to block by this; ``what`` is what was asked for."""

    what: BlockKind


@dataclass(frozen=True, slots=True)
class ListedBlock:
    """A block as moderators see it. ``until``: None for good; ``by``: who made it, None if that admin is gone."""

    site_id: int
    id: int
    kind: BlockKind
    value: str
    created_at: datetime
    until: datetime | None
    by: str | None


def entry_of(what: BlockKind, typed: str) -> str:
    """What is stored for a typed name, email address, word, host or URL, address, network or beginning of an address.

    Raises Unblockable.
    """
    value = plain(typed[:LONGEST_ENTRY]).strip()
    if what is BlockKind.HOST:
        entry = owner_of(parse(value if "://" in value else f"http://{value}")) or "" if value else ""
    elif what is BlockKind.NETWORK:
        entry = _network(value)
    else:
        entry = value if what is not BlockKind.WORD or len(value) > 1 else ""
    if not entry or not entry.isprintable():
        raise Unblockable(what)
    return entry


def block(
    connection: Connection, site_id: int, what: BlockKind, entry: str, days: int, admin_id: int, at: datetime
) -> bool:
    """Block something on a site, for ``days`` or for good (0). A block that there is gets the new end.

    Returns False if nothing changes, or the site has ``MOST`` already.
    """
    until = at + timedelta(days=days) if days else None
    these = _is(site_id, what, entry)
    row = {"site_id": site_id, "id": new_id(), "kind": what, "value": entry, "created_at": at}
    row |= {"until": until, "admin_id": admin_id}
    number = connection.execute(select(func.count()).where(_block.site_id == site_id)).scalar_one()
    before = read_block(connection, site_id, what, entry)
    known = connection.execute(select(_block.until).where(*these)).first()
    if known is None and (number >= MOST or not insert_if_absent(connection, tables.site_block, row)):
        return False
    if known is not None:
        if known.until is None and until is None:
            return False
        connection.execute(update(tables.site_block).where(*these).values(until=until, admin_id=admin_id))
    change = _change(what, entry, before, read_block(connection, site_id, what, entry))
    content = _said(what, entry, until)
    _changed(connection, site_id, Act(ActKind.BLOCK, at, admin_id, number=0, content=content, change=change))
    return True


def unblock(connection: Connection, site_id: int, block_id: int, admin_id: int, at: datetime) -> bool:
    """End a block. Returns False if it does not exist."""
    these = (_block.site_id == site_id, _block.id == block_id)
    row = connection.execute(select(_block.kind, _block.value).where(*these)).first()
    before = read_block(connection, site_id, BlockKind(row.kind), row.value) if row else None
    if row is None or not connection.execute(delete(tables.site_block).where(*these)).rowcount:
        return False
    content, change = _said(BlockKind(row.kind), row.value, None), _change(BlockKind(row.kind), row.value, before, None)
    _changed(connection, site_id, Act(ActKind.UNBLOCK, at, admin_id, number=0, content=content, change=change))
    return True


def read_block(connection: Connection, site_id: int, what: BlockKind, entry: str) -> dict[str, Any] | None:
    """A block as JSON values: since and until when, and who made it. None if it is not blocked."""
    query = select(_block.created_at, _block.until, _block.admin_id).where(*_is(site_id, what, entry))
    row = connection.execute(query).first()
    if row is None:
        return None
    until = row.until.isoformat() if row.until else None
    return {"created_at": row.created_at.isoformat(), "until": until, "admin_id": row.admin_id}


def put_block_back(
    connection: Connection, site_id: int, what: BlockKind, entry: str, state: Mapping[str, Any] | None, at: datetime
) -> bool:
    """Make a block what ``read_block`` read. Returns False if the site has ``MOST`` others."""
    connection.execute(delete(tables.site_block).where(*_is(site_id, what, entry)))
    number = connection.execute(select(func.count()).where(_block.site_id == site_id)).scalar_one()
    if state is not None:
        if number >= MOST:
            return False
        instants = {name: state[name] and datetime.fromisoformat(state[name]) for name in ("created_at", "until")}
        row = {"site_id": site_id, "id": new_id(), "kind": what, "value": entry, "admin_id": state["admin_id"]}
        connection.execute(tables.site_block.insert(), row | instants)
    save_settings(connection, site_id, {}, at)
    return True


def _is(site_id: int, what: BlockKind, entry: str) -> tuple[ColumnElement[bool], ...]:
    return _block.site_id == site_id, _block.kind == what, _block.value == entry


def _change(what: BlockKind, entry: str, before: object, after: object) -> LoggedChange:
    return LoggedChange(Subject.BLOCK, f"{what} {entry}", before, after)


def list_blocks(connection: Connection, sites: Collection[int] | None, now: datetime) -> list[ListedBlock]:
    """The blocks of some sites, or of all (None), that have not ended, newest first; ``SHOWN`` at most."""
    columns = (_block.site_id, _block.id, _block.kind, _block.value, _block.created_at, _block.until)
    query = select(*columns, _admin.name).outerjoin(tables.admin, _admin.id == _block.admin_id)
    query = query.where(or_(_block.until.is_(None), _block.until > now))
    if sites is not None:
        query = query.where(_block.site_id.in_(sites))
    rows = connection.execute(query.order_by(_block.id.desc()).limit(SHOWN))
    return [ListedBlock(row.site_id, row.id, BlockKind(row.kind), *row[3:]) for row in rows]


def _changed(connection: Connection, site_id: int, act: Act) -> None:
    save_settings(connection, site_id, {}, act.at)  # their version tells all processes to read again
    record(connection, site_id, act)


def _said(what: BlockKind, entry: str, until: datetime | None) -> dict[str, str]:
    """The words of the log; they are kept as long as the trash, like all words in it."""
    said = {"kind": str(what), "entry": entry}
    return said if until is None else said | {"until": until.isoformat()}


def _network(typed: str) -> str:
    """A network as ``ip_network`` writes it; empty for anything else, and for one that is too wide."""
    if _PART.fullmatch(typed):
        sign = typed[-1]
        parts = typed[:-1].split(sign)
        whole, bits = (".".join([*parts, "0", "0"][:4]), 8) if sign == "." else (f"{typed}:", 16)
        typed = f"{whole}/{bits * len(parts)}"
    try:
        network = ip_network(typed, strict=False)
    except ValueError:
        return ""
    return str(network) if network.prefixlen >= _WIDEST[network.version] else ""
