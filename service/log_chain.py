"""The chain of the log: each entry's link is a hash of the link before it and of the entry; the last is sealed by a
key.

So whoever changes, removes or cuts off entries in the database without the secret is found. Links need no key: after
the secret was rotated, the seal of the newest link still covers all entries before it. What cannot be found in the
database alone is a log that was cut off together with an older seal put in place of the newer one; the head is
therefore noted in the service's own log, too. The log of the installation says which sites have a log, so that one that
is removed as a whole is missed. ``service.log_audit`` checks all this.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from db import tables
from db.dialect_sql import insert_if_absent
from service.action_log import INSTALLATION, Act, ActKind, Actor, record, take_unjoined
from service.secret_keys import Keyring, keyed_hash

AT_ONCE = 500
_PURPOSE = "log"
_entry, _content, _head = tables.log_entry.c, tables.log_content.c, tables.log_head.c
_FIELDS = ("id", "actor", "admin_id", "action", "comment_id", "batch", "number")
_COLUMNS = (
    *(_entry[name] for name in ("site_id", *_FIELDS, "by_name", "program", "at", "content_digest", "place", "link")),
    _content.content,
    _content.salt,
    _content.comment_id.label("words_comment_id"),
    _content.at.label("words_at"),
)
_SECOND = b"\x02"
"""The first byte of a digest whose link covers every column. An older digest has 32 bytes, or none without words."""
ENTRIES = select(*_COLUMNS).select_from(
    tables.log_entry.outerjoin(
        tables.log_content, (_content.site_id == _entry.site_id) & (_content.entry_id == _entry.id)
    )
)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a site's chain: the number of its entries, and the seal."""

    site_id: int
    place: int
    seal: bytes


def join_new(connection: Connection, keyring: Keyring) -> None:
    """Join what was recorded on this connection to the chains; to be called in the transaction of the action."""
    while sites := take_unjoined(connection):  # a site's first entry makes one of the installation
        for site_id in sorted(sites):
            join(connection, keyring, site_id)


def join(connection: Connection, keyring: Keyring, site_id: int) -> int:
    """Join up to ``AT_ONCE`` entries of a site to its chain. Returns their number.

    Nothing is joined to an end that no secret of ours has sealed: the new seal would make a forged chain whole.
    """
    head = _lock_head(connection, site_id)
    waiting = ENTRIES.where(_entry.site_id == site_id, _entry.place.is_(None)).order_by(_entry.id).limit(AT_ONCE)
    rows = connection.execute(waiting).all()
    if not rows:
        return 0
    place, link = head.place, _last_link(connection, head)
    if place and head.seal not in seals_of(keyring, site_id, place, link):
        return 0
    if not place and site_id != INSTALLATION:
        begun = Act(ActKind.LOG_BEGUN, rows[0].at, actor=Actor.SERVICE, batch=site_id, number=0)
        record(connection, INSTALLATION, begun)
    for row in rows:
        digest = _SECOND + (words_digest(row) if row.content else b"")
        place += 1
        link = link_of(link, place, row._mapping, digest)
        values = {"place": place, "link": link, "content_digest": digest}
        connection.execute(update(tables.log_entry).where(*_is(site_id, row.id)).values(values))
    _set_head(connection, site_id, place, _seal(keyring.newest(_PURPOSE), site_id, place, link))
    return len(rows)


def seal_anew(connection: Connection, keyring: Keyring) -> None:
    """Seal the ends that an older secret has sealed with the newest one, so that the older one can be given up."""
    for head in read_heads(connection):
        head = _lock_head(connection, head.site_id)
        link, newest = _last_link(connection, head), keyring.newest(_PURPOSE)
        seal = _seal(newest, head.site_id, head.place, link)
        if head.place and seal != head.seal and head.seal in seals_of(keyring, head.site_id, head.place, link):
            _set_head(connection, head.site_id, head.place, seal)


def sites_to_join(connection: Connection) -> Sequence[int]:
    """Sites with entries that are not in their chain yet, such as those of commands."""
    return connection.execute(select(_entry.site_id).where(_entry.place.is_(None)).distinct()).scalars().all()


def read_heads(connection: Connection) -> list[Head]:
    """The end of every chain."""
    return [Head(*row) for row in connection.execute(select(tables.log_head).order_by(_head.site_id))]


def _lock_head(connection: Connection, site_id: int) -> Head:
    """The head, locked until the transaction ends, so that two processes join one after the other."""
    query = select(tables.log_head).where(_head.site_id == site_id).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        insert_if_absent(connection, tables.log_head, {"site_id": site_id, "place": 0, "seal": b""})
        row = connection.execute(query).one()
    return Head(*row)


def _last_link(connection: Connection, head: Head) -> bytes:
    query = select(_entry.link).where(_entry.site_id == head.site_id, _entry.place == head.place)
    return connection.execute(query).scalar() or b""


def _set_head(connection: Connection, site_id: int, place: int, seal: bytes) -> None:
    connection.execute(update(tables.log_head).where(_head.site_id == site_id).values(place=place, seal=seal))


def _is(site_id: int, entry_id: int) -> tuple[Any, ...]:
    return _entry.site_id == site_id, _entry.id == entry_id


def is_second(digest: bytes | None) -> bool:
    """Whether a digest, which the chain covers, is of an entry whose link covers every column."""
    return len(digest or b"") in (len(_SECOND), len(_SECOND) + 32)


def has_words(digest: bytes | None) -> bool:
    """Whether an entry had words when it was joined."""
    return len(digest or b"") >= 32


def words_digest(row: Any) -> bytes:
    """What the chain keeps of the words of an entry: with the comment and the instant by which they are erased."""
    about = f"{row.words_comment_id}|{row.words_at.isoformat()}|{row.content}"
    return keyed_hash(row.salt, about.encode())


def is_digest_of(digest: bytes | None, row: Any) -> bool:
    """Whether words are those that the entry had when it was joined."""
    if is_second(digest):
        return digest == _SECOND + words_digest(row)
    return digest == keyed_hash(row.salt, row.content.encode())


def link_of(before: bytes, place: int, row: Mapping[Any, Any], digest: bytes | None) -> bytes:
    """The link of an entry at a place of the chain."""
    if is_second(digest):
        names = ("site_id", *_FIELDS, "by_name", "program")
        whole = [before.hex(), place, row["at"].isoformat(), *(row[name] for name in names), (digest or b"").hex()]
        return hashlib.sha256(json.dumps(whole).encode()).digest()
    fields = [str(place), row["at"].isoformat(), *(str(row[name]) for name in _FIELDS)]
    fields += [row[name] for name in ("by_name", "program") if row[name] is not None]  # older entries have none
    return hashlib.sha256(
        b"\x00".join([before.hex().encode(), *(field.encode() for field in fields), digest or b""])
    ).digest()


def seals_of(keyring: Keyring, site_id: int, place: int, link: bytes) -> set[bytes]:
    """The seals of an end by every secret that is known."""
    return {_seal(key, site_id, place, link) for key in keyring.derive(_PURPOSE).values()}


def _seal(key: bytes, site_id: int, place: int, link: bytes) -> bytes:
    return keyed_hash(key, b"%d|%d|" % (site_id, place) + link)
