"""Passwords for programs: 24 letters and digits that are made here, shown once, and name no one but their admin.

They are kept as SHA-256, not argon2id: argon2id makes guessing dear where people choose a password, and nobody guesses
one of 2^142. So a request costs a look-up, not 50 ms of CPU; and unlike a keyed hash it stays good when the service's
secret is rotated.
"""

import hashlib
import hmac
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from db import tables
from db.types import new_id
from service.admins import CurrentAdmin

LENGTH = 24
LONGEST_NAME = 100
MOST = 50
_LETTERS = string.ascii_letters + string.digits
_USE_IS_NOTED = timedelta(days=1)
_password, _admin = tables.application_password.c, tables.admin.c


@dataclass(frozen=True, slots=True)
class ListedPassword:
    """A password as its admin sees it later: not the password."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


def new_password() -> str:
    """A password, in groups of four as WordPress shows it. Spaces make no difference."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))
    return " ".join(letters[start : start + 4] for start in range(0, LENGTH, 4))


def add(connection: Connection, admin_id: int, name: str, password: str, at: datetime) -> bool:
    """Add a password; False when this admin has too many."""
    own = select(func.count()).select_from(tables.application_password).where(_password.admin_id == admin_id)
    if connection.execute(own).scalar_one() >= MOST:
        return False
    row = {"id": new_id(), "admin_id": admin_id, "name": name, "digest": _digest(password), "created_at": at}
    connection.execute(tables.application_password.insert(), row)
    return True


def revoke(connection: Connection, admin_id: int, password_id: int) -> bool:
    """End a password of this admin. False when there is none."""
    ended = delete(tables.application_password).where(_password.admin_id == admin_id, _password.id == password_id)
    return connection.execute(ended).rowcount == 1


def of_admin(connection: Connection, admin_id: int) -> list[ListedPassword]:
    """An admin's passwords, the newest first."""
    query = (
        select(_password.id, _password.name, _password.created_at, _password.used_at)
        .where(_password.admin_id == admin_id)
        .order_by(_password.created_at.desc(), _password.id.desc())
    )
    return [ListedPassword(*row) for row in connection.execute(query)]


def who(connection: Connection, name: str, password: str, at: datetime) -> tuple[CurrentAdmin, int] | None:
    """The admin of that name and password; with the password's id if its use is to be noted, else 0."""
    digest = _digest(password)
    query = (
        select(_admin.id, _admin.name, _password.id.label("password_id"), _password.used_at, _password.digest)
        .join(tables.admin, _admin.id == _password.admin_id)
        .where(_password.digest == digest)
    )

    row = connection.execute(query).first()
    if row is None or not hmac.compare_digest(row.digest, digest) or row.name != " ".join(name.split()):
        return None
    stale = row.used_at is None or at - row.used_at >= _USE_IS_NOTED
    return CurrentAdmin(row.id, row.name), row.password_id if stale else 0


def note_use(connection: Connection, password_id: int, at: datetime) -> None:
    """Note when a password was used."""
    noted = update(tables.application_password).where(_password.id == password_id).values(used_at=at)

    connection.execute(noted)


def _digest(password: str) -> bytes:
    return hashlib.sha256("".join(password.split()).encode("utf-8", "replace")).digest()
