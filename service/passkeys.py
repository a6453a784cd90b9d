"""Passkeys: keys in an admin's device, by which it logs in without a password, or as the second step.

An answer of a device works once: a passkey takes no challenge from before its last use.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select, update

from db import tables
from db.column_types import new_id
from db.dialect_sql import insert_if_absent
from service.action_log import INSTALLATION, Act, ActKind, record
from service.passkey_answers import NewPasskey, PasskeyChallenge, StoredPasskey

LONGEST_NAME = 100
MOST = 20
_passkey = tables.passkey.c


@dataclass(frozen=True, slots=True)
class ListedPasskey:
    """A passkey as its admin sees it. ``host``: the name of the service for which it works."""

    id: int
    name: str
    host: str
    created_at: datetime
    used_at: datetime | None


def add(connection: Connection, admin_id: int, name: str, new: NewPasskey, at: datetime) -> bool:
    """Store a passkey. Returns False if this admin has ``MOST`` already, or somebody has this one."""
    own = select(func.count()).select_from(tables.passkey).where(_passkey.admin_id == admin_id)
    if connection.execute(own).scalar_one() >= MOST:
        return False
    row = {"id": new_id(), "admin_id": admin_id, "credential": new.credential, "public_key": new.public_key}
    row |= {"uses": new.uses, "host": new.host, "name": name, "created_at": at}
    if not insert_if_absent(connection, tables.passkey, row):
        return False
    _log(connection, ActKind.PASSKEY_ADDED, name, admin_id, at)
    return True


def remove(connection: Connection, admin_id: int, passkey_id: int, at: datetime) -> bool:
    """Remove a passkey of this admin. Returns False if there is no such passkey."""
    these = (_passkey.admin_id == admin_id, _passkey.id == passkey_id)
    name = connection.execute(select(_passkey.name).where(*these)).scalar()
    if name is None or not connection.execute(delete(tables.passkey).where(*these)).rowcount:
        return False
    _log(connection, ActKind.PASSKEY_REMOVED, name, admin_id, at)
    return True


def remove_all(connection: Connection, admin_id: int, at: datetime) -> int:
    """Remove all passkeys of an admin. Returns their number."""
    ids = connection.execute(select(_passkey.id).where(_passkey.admin_id == admin_id)).scalars().all()
    return sum(remove(connection, admin_id, passkey_id, at) for passkey_id in ids)


def of_admin(connection: Connection, admin_id: int) -> list[ListedPasskey]:
    """An admin's passkeys, newest first."""
    columns = (_passkey.id, _passkey.name, _passkey.host, _passkey.created_at, _passkey.used_at)
    query = select(*columns).where(_passkey.admin_id == admin_id).order_by(_passkey.id.desc())
    return [ListedPasskey(*row) for row in connection.execute(query)]


def credentials_of(connection: Connection, admin_id: int) -> list[bytes]:
    """The ids by which an admin's devices know their passkeys."""
    return list(connection.execute(select(_passkey.credential).where(_passkey.admin_id == admin_id)).scalars())


def find(connection: Connection, credential: bytes) -> StoredPasskey | None:
    """The passkey of a credential, whosever it is."""
    columns = (_passkey.id, _passkey.admin_id, _passkey.public_key, _passkey.uses, _passkey.host)
    row = connection.execute(select(*columns).where(_passkey.credential == credential)).first()
    return StoredPasskey(*row) if row else None


def use(connection: Connection, passkey_id: int, challenge: PasskeyChallenge, uses: int, at: datetime) -> bool:
    """Note a use. Returns False if the passkey is gone, or was used since the challenge: the answer may be a
    repeated one."""
    is_new = or_(_passkey.used_at.is_(None), _passkey.used_at < challenge.issued_at)
    used = update(tables.passkey).where(_passkey.id == passkey_id, is_new).values(uses=uses, used_at=at)
    return connection.execute(used).rowcount == 1


def _log(connection: Connection, action: ActKind, name: str, admin_id: int, at: datetime) -> None:
    record(connection, INSTALLATION, Act(action, at, admin_id, number=0, content={"name": name}))
