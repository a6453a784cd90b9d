"""Application passwords: 24 random letters and digits, shown once, by which programs log in as an admin.

They are stored as SHA-256. argon2id would cost 50 ms of CPU at every request, and protects passwords that people
choose; nobody guesses one of 2^142. A keyed hash would lock every program out when the service's secret is rotated.
"""

import hashlib
import hmac
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from db import tables
from db.column_types import new_id
from service.admin_logins import with_rights
from service.admin_rights import CurrentAdmin

LENGTH = 24
LONGEST_NAME = 100
MOST = 50
_ALPHABET = string.ascii_letters + string.digits
_USE_IS_RECORDED_EVERY = timedelta(days=1)
_password, _admin = tables.application_password.c, tables.admin.c


@dataclass(frozen=True, slots=True)
class ListedPassword:
    """A password as its admin sees it later, without the password itself."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


def new_password() -> str:
    """A new password in groups of four, as WordPress shows it. Spaces are ignored when it is used."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
    return " ".join(letters[start : start + 4] for start in range(0, LENGTH, 4))


def add(connection: Connection, admin_id: int, name: str, password: str, at: datetime) -> bool:
    """Add a password. Returns False if this admin has ``MOST`` already."""
    own = select(func.count()).select_from(tables.application_password).where(_password.admin_id == admin_id)
    if connection.execute(own).scalar_one() >= MOST:
        return False
    row = {"id": new_id(), "admin_id": admin_id, "name": name, "digest": _digest(password), "created_at": at}
    connection.execute(tables.application_password.insert(), row)
    return True


def revoke(connection: Connection, admin_id: int, password_id: int) -> bool:
    """Revoke a password of this admin. Returns False if there is no such password."""
    revoked = delete(tables.application_password).where(_password.admin_id == admin_id, _password.id == password_id)
    return connection.execute(revoked).rowcount == 1


def revoke_all(connection: Connection, admin_id: int) -> int:
    """Revoke all passwords of this admin. Returns their number."""
    return connection.execute(delete(tables.application_password).where(_password.admin_id == admin_id)).rowcount


def of_admin(connection: Connection, admin_id: int) -> list[ListedPassword]:
    """An admin's passwords, newest first."""
    query = (
        select(_password.id, _password.name, _password.created_at, _password.used_at)
        .where(_password.admin_id == admin_id)
        .order_by(_password.created_at.desc(), _password.id.desc())
    )
    return [ListedPassword(*row) for row in connection.execute(query)]


def who(connection: Connection, name: str, password: str, at: datetime) -> tuple[CurrentAdmin, int] | None:
    """The admin with this name and password, or None; and the password's id if its use should be recorded, else 0."""
    digest = _digest(password)
    query = (
        select(
            _admin.id,
            _admin.name,
            _admin.role,
            _admin.every_site,
            _password.id.label("password_id"),
            _password.used_at,
            _password.digest,
        )
        .join(tables.admin, _admin.id == _password.admin_id)
        .where(_password.digest == digest)
    )

    row = connection.execute(query).first()
    if row is None or not hmac.compare_digest(row.digest, digest) or row.name != " ".join(name.split()):
        return None
    is_due = row.used_at is None or at - row.used_at >= _USE_IS_RECORDED_EVERY
    return with_rights(connection, row), row.password_id if is_due else 0


def note_use(connection: Connection, password_id: int, at: datetime) -> None:
    """Record when a password was used."""
    used = update(tables.application_password).where(_password.id == password_id).values(used_at=at)
    connection.execute(used)


def _digest(password: str) -> bytes:
    return hashlib.sha256("".join(password.split()).encode("utf-8", "replace")).digest()
