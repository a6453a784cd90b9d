"""Two-step login: codes of an authenticator app (TOTP, RFC 6238), and recovery codes that work once.

The app's key is stored encrypted with the service's secret, so that a copy of the database alone gives no codes. Each
use of a code encrypts it again with the newest secret. An admin who uses none for two rotations needs a recovery code.
"""

import hashlib
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import Connection, delete, select, update

from db import tables
from db.dialect_sql import upsert
from service.action_log import INSTALLATION, Act, ActKind, record
from service.secret_keys import Keyring, keyed_hash

STEP = 30
"""Seconds for which a code is valid; the one before and the one after are, too, since clocks differ."""

RECOVERY_CODES = 10
_PURPOSE = "second factor"
_SALT, _KEY, _TAG = 16, 20, 12
"""Bytes of the stored key's salt, of the key, and of what shows that it was decrypted with the right secret."""
_factor = tables.second_factor.c


@dataclass(frozen=True, slots=True)
class Begun:
    """A key for an app to be set up: as letters to type, and as an address for a phone."""

    key: str
    uri: str


def begin(connection: Connection, keyring: Keyring, admin_id: int, name: str, issuer: str) -> Begun:
    """Make a key. It counts once it is confirmed by a code; a confirmed one stays until then."""
    if is_on(connection, admin_id):
        raise ValueError("two-step login is on")
    key = secrets.token_bytes(_KEY)
    row = {"admin_id": admin_id, "sealed": _seal(keyring, key), "last_step": 0, "confirmed_at": None, "recovery": []}
    upsert(connection, tables.second_factor, row, lambda new: {"sealed": new.sealed, "last_step": 0})
    return _begun(key, name, issuer)


def read_begun(connection: Connection, keyring: Keyring, admin_id: int, name: str, issuer: str) -> Begun | None:
    """The key that waits for its first code; None if it does not exist."""
    query = select(_factor.sealed).where(_factor.admin_id == admin_id, _factor.confirmed_at.is_(None))
    sealed = connection.execute(query).scalar()
    key = _open(keyring, sealed) if sealed else None
    return _begun(key, name, issuer) if key else None


def confirm(connection: Connection, keyring: Keyring, admin_id: int, code: str, at: datetime) -> list[str] | None:
    """Turn two-step login on, if the code is right. Returns the recovery codes, which are stored as hashes only."""
    if is_on(connection, admin_id) or not _use_code(connection, keyring, admin_id, code, at):
        return None
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
    values = {"confirmed_at": at, "recovery": [_digest(each) for each in codes]}
    connection.execute(update(tables.second_factor).where(_factor.admin_id == admin_id).values(values))
    _log(connection, ActKind.SECOND_STEP_ON, admin_id, admin_id, at)
    return codes


def is_on(connection: Connection, admin_id: int) -> bool:
    """Whether an admin needs a code to log in."""
    query = select(_factor.admin_id).where(_factor.admin_id == admin_id, _factor.confirmed_at.is_not(None))
    return connection.execute(query).first() is not None


def codes_left(connection: Connection, admin_id: int) -> int:
    """The number of recovery codes that were not used."""
    return len(connection.execute(select(_factor.recovery).where(_factor.admin_id == admin_id)).scalar() or ())


def check(connection: Connection, keyring: Keyring, admin_id: int, code: str, at: datetime) -> bool:
    """Whether a code of the app or a recovery code is right. Each works once."""
    typed = "".join(code.split())[:40]
    return _use_code(connection, keyring, admin_id, typed, at) or _use_recovery(connection, admin_id, typed)


def turn_off(connection: Connection, admin_id: int, by: int | None, at: datetime) -> bool:
    """Turn two-step login off; ``by`` an admin, or None for a command. Returns False if it was not on, nor being set
    up."""
    if connection.execute(delete(tables.second_factor).where(_factor.admin_id == admin_id)).rowcount != 1:
        return False
    _log(connection, ActKind.SECOND_STEP_OFF, admin_id, by, at)
    return True


def _log(connection: Connection, action: ActKind, admin_id: int, by: int | None, at: datetime) -> None:
    name = connection.execute(select(tables.admin.c.name).where(tables.admin.c.id == admin_id)).scalar()
    record(connection, INSTALLATION, Act(action, at, by, number=0, content={"name": name}))


def _use_code(connection: Connection, keyring: Keyring, admin_id: int, code: str, at: datetime) -> bool:
    row = connection.execute(select(tables.second_factor).where(_factor.admin_id == admin_id).with_for_update()).first()
    key = _open(keyring, row.sealed) if row else None
    if row is None or key is None:
        return False
    codes, now = pyotp.TOTP(b32encode(key).decode()), int(at.timestamp()) // STEP
    for step in (now - 1, now, now + 1):
        if step > row.last_step and secrets.compare_digest(codes.generate_otp(step).encode(), code.encode()):
            values = {"last_step": step, "sealed": _seal(keyring, key)}
            is_first = (_factor.admin_id == admin_id, _factor.last_step == row.last_step)
            return connection.execute(update(tables.second_factor).where(*is_first).values(values)).rowcount == 1
    return False


def _use_recovery(connection: Connection, admin_id: int, code: str) -> bool:
    query = select(_factor.recovery).where(_factor.admin_id == admin_id).with_for_update()
    left = connection.execute(query).scalar() or []
    digest = _digest(code.lower())
    if digest not in left:
        return False
    values = {"recovery": [each for each in left if each != digest]}
    connection.execute(update(tables.second_factor).where(_factor.admin_id == admin_id).values(values))
    return True


def _begun(key: bytes, name: str, issuer: str) -> Begun:
    letters = b32encode(key).decode()
    groups = " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
    return Begun(groups, pyotp.TOTP(letters).provisioning_uri(name=name, issuer_name=issuer))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()


def _seal(keyring: Keyring, key: bytes) -> bytes:
    salt = secrets.token_bytes(_SALT)
    return salt + _mask(keyring.newest(_PURPOSE), salt, key) + _tag(keyring.newest(_PURPOSE), salt, key)


def _open(keyring: Keyring, sealed: bytes) -> bytes | None:
    """The key; None if no secret that is known has sealed it."""
    salt, masked, tag = sealed[:_SALT], sealed[_SALT : _SALT + _KEY], sealed[_SALT + _KEY :]
    for secret in keyring.derive(_PURPOSE).values():
        key = _mask(secret, salt, masked)
        if secrets.compare_digest(_tag(secret, salt, key), tag):
            return key
    return None


def _mask(secret: bytes, salt: bytes, key: bytes) -> bytes:
    """Encrypts and decrypts: each salt gives a mask of its own, which is used for one key only."""
    mask = keyed_hash(secret, b"mask" + salt)
    return bytes(one ^ other for one, other in zip(key, mask, strict=False))


def _tag(secret: bytes, salt: bytes, key: bytes) -> bytes:
    return keyed_hash(secret, b"tag" + salt + key)[:_TAG]
