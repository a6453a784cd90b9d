"""Admins and their logins. Passwords are argon2id hashes; a session is 256 random bits, stored as a hash."""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from itsdangerous import BadData
from sqlalchemy import Connection, delete, func, select

from db import tables
from db.dialect_sql import insert_if_absent, upsert
from service.admin_accounts import role_of
from service.admin_rights import CurrentAdmin, Role
from service.secret_keys import Keyring

SESSION_LIFETIME = timedelta(days=14)
SETUP_LIFETIME = timedelta(hours=24)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000
LONGEST_NAME = 100

_SETUP = "setup"
"""The lease whose time is that of the last new admin: it ends every setup link that was issued before."""

Gettext = Callable[[str], str]

_hasher = PasswordHasher()
_admin, _session, _lease = tables.admin.c, tables.session.c, tables.lease.c


def _unmatched_hash() -> str:
    """A hash that no password matches. It is cheap to make and as expensive to check as any other."""
    salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


_NO_ADMIN = _unmatched_hash()
"""Checked when there is no such admin, so that an unknown name takes as long as a wrong password."""


class WeakPassword(ValueError):
    """The password is not acceptable; the message says why."""


class BadName(ValueError):
    """The name is not acceptable; the message says why."""


def password_problem(password: str, name: str = "", gettext: Gettext = str) -> str | None:
    """What is wrong with a password, as a sentence; None if it is acceptable."""
    _ = gettext
    if len(password) < SHORTEST_PASSWORD:
        message = _("A password needs at least %(num)s characters; a sentence is easy to remember.")
        return message % {"num": SHORTEST_PASSWORD}
    if len(password) > LONGEST_PASSWORD:
        return _("A password can have at most %(num)s characters.") % {"num": LONGEST_PASSWORD}
    if len(set(password)) < 5 or password.casefold() == name.casefold():
        return _("That password is too easy to guess.")
    return None


def name_problem(name: str, gettext: Gettext = str) -> str | None:
    """What is wrong with a name, as a sentence; None if it is acceptable."""
    name = _trimmed(name)
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        return gettext("A name must have 1 to %(num)s printable characters.") % {"num": LONGEST_NAME}
    return None


def hash_password(password: str, name: str = "") -> str:
    """An argon2id hash. Takes some 50 ms of CPU. Raises WeakPassword."""
    if problem := password_problem(password, name):
        raise WeakPassword(problem)
    return _hasher.hash(password)


def check_name(name: str) -> str:
    """The name, trimmed. Raises BadName."""
    if problem := name_problem(name):
        raise BadName(problem)
    return _trimmed(name)


def _trimmed(name: str) -> str:
    return " ".join(name.split())


def add(connection: Connection, name: str, password_hash: str, at: datetime) -> int | None:
    """Add an admin, whose name has passed ``check_name``. Returns the id, or None if the name is taken."""
    return _add(connection, {"name": name, "password_hash": password_hash, "created_at": at})


def add_first(connection: Connection, name: str, password_hash: str, at: datetime) -> int | None:
    """Add the first admin. Returns the id, or None if there is an admin already.

    If several requests arrive at once, also in different processes, a unique index lets only one through.
    """
    if count(connection):
        return None
    return _add(connection, {"name": name, "password_hash": password_hash, "created_at": at, "first": True})


def _add(connection: Connection, row: dict[str, Any]) -> int | None:
    if not insert_if_absent(connection, tables.admin, row):
        return None
    upsert(connection, tables.lease, {"name": _SETUP, "at": row["created_at"]}, lambda new: {"at": new.at})
    return int(connection.execute(select(_admin.id).where(_admin.name == row["name"])).scalar_one())


def set_password(connection: Connection, name: str, password_hash: str) -> bool:
    """Change a password and end all sessions of that admin. Returns False if there is no such admin."""
    admin_id = connection.execute(select(_admin.id).where(_admin.name == name)).scalar()
    if admin_id is None:
        return False
    connection.execute(tables.admin.update().where(_admin.id == admin_id).values(password_hash=password_hash))
    connection.execute(delete(tables.session).where(_session.admin_id == admin_id))
    return True


def count(connection: Connection) -> int:
    """The number of admins."""
    return connection.execute(select(func.count()).select_from(tables.admin)).scalar_one()


def find(connection: Connection, name: str) -> tuple[CurrentAdmin, str] | None:
    """The admin with this name and the hash of the password, or None."""
    row = connection.execute(select(tables.admin).where(_admin.name == _trimmed(name))).first()
    return row and (with_rights(connection, row), row.password_hash)


def with_rights(connection: Connection, row: Any) -> CurrentAdmin:
    """The admin of a row with ``id``, ``name``, ``role`` and ``every_site``, with the sites that the role is for."""
    role = role_of(row.role)
    if role is Role.OWNER or row.every_site:
        return CurrentAdmin(row.id, row.name, role)
    site = tables.admin_site.c
    sites = frozenset(connection.execute(select(site.site_id).where(site.admin_id == row.id)).scalars())
    return CurrentAdmin(row.id, row.name, role, sites)


def verify(found: tuple[CurrentAdmin, str] | None, password: str) -> CurrentAdmin | None:
    """The admin if the password is right, else None. Takes 50 ms of CPU even if ``found`` is None."""
    admin, password_hash = found or (None, _NO_ADMIN)
    try:
        _hasher.verify(password_hash, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return None
    return admin


def open_session(connection: Connection, admin_id: int, at: datetime, browser: str = "") -> str:
    """Log an admin in, and delete expired sessions. Returns the value of the cookie. ``browser``: what it calls
    itself."""
    cookie = secrets.token_urlsafe(32)
    connection.execute(delete(tables.session).where(_session.expires_at <= at))
    row = {"digest": _digest(cookie), "admin_id": admin_id, "created_at": at, "expires_at": at + SESSION_LIFETIME}
    connection.execute(tables.session.insert(), row | {"browser": browser[:100]})
    return cookie


def who(connection: Connection, cookie: str, at: datetime) -> CurrentAdmin | None:
    """The admin of this session, or None if it has expired or was closed."""
    row = connection.execute(
        select(_admin.id, _admin.name, _admin.role, _admin.every_site)
        .join(tables.session, _session.admin_id == _admin.id)
        .where(_session.digest == _digest(cookie), _session.expires_at > at)
    ).first()
    return row and with_rights(connection, row)


def close_session(connection: Connection, cookie: str) -> None:
    """Log this session out."""
    connection.execute(delete(tables.session).where(_session.digest == _digest(cookie)))


@dataclass(frozen=True, slots=True)
class Login:
    """A login of an admin. ``key`` names it for ``end_login``, and lets nobody in."""

    key: str
    browser: str
    created_at: datetime
    is_this: bool


def read_logins(connection: Connection, admin_id: int, cookie: str, at: datetime) -> list[Login]:
    """An admin's logins, newest first; ``cookie`` is that of this one."""
    query = select(tables.session).where(_session.admin_id == admin_id, _session.expires_at > at)
    rows = connection.execute(query.order_by(_session.created_at.desc(), _session.digest)).all()
    this = _digest(cookie)
    return [Login(_key_of(row.digest), row.browser or "", row.created_at, row.digest == this) for row in rows]


def end_login(connection: Connection, admin_id: int, key: str) -> bool:
    """End a login of this admin. Returns False if it does not exist."""
    digests = connection.execute(select(_session.digest).where(_session.admin_id == admin_id)).scalars()
    digest = next((digest for digest in digests if _key_of(digest) == key), None)
    ended = delete(tables.session).where(_session.admin_id == admin_id, _session.digest == digest)
    return digest is not None and connection.execute(ended).rowcount == 1


def _key_of(digest: bytes) -> str:
    return hashlib.sha256(digest).hexdigest()[:20]


def close_all_sessions(connection: Connection, admin_id: int) -> None:
    """Log an admin out of all sessions."""
    connection.execute(delete(tables.session).where(_session.admin_id == admin_id))


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).digest()


class SetupLink:
    """The link that creates the first admin. It is valid for a day, while there is no admin, and only if no admin was
    added since it was issued: a link from a log must not work again once the last admin is removed.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._serializer = keyring.serializer("setup")

    def issue(self, at: datetime) -> str:
        """A token for the link."""
        return str(self._serializer.dumps(int((at + SETUP_LIFETIME).timestamp())))

    def valid(self, connection: Connection, token: str, at: datetime) -> bool:
        """Whether the token is signed, not expired, and newer than any admin. The caller counts the admins."""
        try:
            expires = self._serializer.loads(token[:500])
        except BadData:
            return False
        if not isinstance(expires, int) or expires <= at.timestamp():
            return False
        last_added = connection.execute(select(_lease.at).where(_lease.name == _SETUP)).scalar()
        return last_added is None or expires > (last_added + SETUP_LIFETIME).timestamp()
