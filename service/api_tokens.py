"""Tokens of the JSON API: 40 random letters and digits, shown once, by which a program acts for an admin until an end.

Scopes say what a token may do; the rights of its admin say what it may do at most. A keyed hash is stored, so that a
copy of the database alone tells no token from another. It is made with the newest secret whenever a token's use is
noted, so a token that is used outlives each rotation of the secret.
"""

import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from db import tables
from db.column_types import new_id
from service.action_log import INSTALLATION, Act, ActKind, record
from service.admin_logins import with_rights
from service.admin_rights import CurrentAdmin, Right
from service.secret_keys import Keyring

LONGEST_NAME = 100
LONGEST_DAYS = 366
MOST = 50
_PREFIX, _LENGTH, _LONGEST = "lar_", 40, 100
_ALPHABET = string.ascii_letters + string.digits
_USE_IS_NOTED_EVERY = timedelta(days=1)
_token, _admin = tables.api_token.c, tables.admin.c


class Scope(StrEnum):
    """What a token may be used for."""

    COMMENTS_READ = "comments:read"
    COMMENTS_POST = "comments:post"
    COMMENTS_MODERATE = "comments:moderate"
    PAGES_READ = "pages:read"
    PAGES_WRITE = "pages:write"
    SITES_READ = "sites:read"
    SITES_WRITE = "sites:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    SPAM_CHECK = "spam:check"
    STATISTICS_READ = "statistics:read"
    TOKENS_READ = "tokens:read"
    TOKENS_WRITE = "tokens:write"


RIGHT_OF: dict[Scope, Right] = {
    Scope.COMMENTS_READ: Right.READ,
    Scope.COMMENTS_POST: Right.MODERATE,
    Scope.COMMENTS_MODERATE: Right.MODERATE,
    Scope.PAGES_READ: Right.READ,
    Scope.PAGES_WRITE: Right.MODERATE,
    Scope.SITES_READ: Right.READ,
    Scope.SITES_WRITE: Right.SETTINGS,
    Scope.WEBHOOKS_READ: Right.SETTINGS,
    Scope.WEBHOOKS_WRITE: Right.SETTINGS,
    Scope.SPAM_CHECK: Right.SETTINGS,
    Scope.STATISTICS_READ: Right.SETTINGS,
    Scope.TOKENS_READ: Right.OWN,
    Scope.TOKENS_WRITE: Right.OWN,
}
"""The right that the admin of a token must have, too."""


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as its admin sees it later, without the token itself. ``made_by``: the id of the token that made it."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    made_by: int | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that was sent, with its admin. ``is_due``: its use should be noted."""

    token: ListedToken
    admin: CurrentAdmin
    is_due: bool

    def may(self, scope: Scope, site_id: int | None = None) -> bool:
        """Whether both the token and its admin may do that, on a site if one is given."""
        return scope in self.token.scopes and self.admin.may(RIGHT_OF[scope], site_id)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be made. ``name`` is one line of up to ``LONGEST_NAME`` characters. ``made_by``: the id of the token
    that makes it, which may do as much and lasts as long at least."""

    name: str
    scopes: tuple[Scope, ...]
    expires_at: datetime
    made_by: int | None = None


class MakerRevoked(Exception):
    """The token that was to make another one has been revoked in the meantime."""


def read_scopes(words: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes that these words name, in their usual order; unknown words are left out."""
    given = set(words)
    return tuple(scope for scope in Scope if scope in given)


def allowed_scopes(admin: CurrentAdmin) -> tuple[Scope, ...]:
    """The scopes that are of use to an admin."""
    return tuple(scope for scope in Scope if admin.may(RIGHT_OF[scope]))


def add(
    connection: Connection, keyring: Keyring, admin_id: int, new: NewToken, at: datetime
) -> tuple[ListedToken, str] | None:
    """Add a token and log that. Returns it and what is to be shown once; None if this admin has ``MOST`` already.
    Raises MakerRevoked."""
    if new.made_by is not None:
        maker = select(_token.id).where(_token.admin_id == admin_id, _token.id == new.made_by)
        if connection.execute(maker.with_for_update()).first() is None:
            raise MakerRevoked
    own = select(func.count()).select_from(tables.api_token).where(_token.admin_id == admin_id)
    if connection.execute(own).scalar_one() >= MOST:
        return None
    shown = _PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    listed = ListedToken(new_id(), new.name, new.scopes, at, new.expires_at, None, new.made_by)
    row = {"id": listed.id, "admin_id": admin_id, "name": new.name, "digest": _digests(keyring, shown)[-1]}
    row |= {"scopes": " ".join(new.scopes), "created_at": at, "expires_at": new.expires_at, "made_by": new.made_by}
    connection.execute(tables.api_token.insert(), row)
    _log(connection, ActKind.TOKEN_ADDED, new.name, admin_id, at)
    return listed, shown


def revoke(connection: Connection, admin_id: int, token_id: int, at: datetime) -> bool:
    """Revoke a token of this admin with all that it made, and what those made, and log that. Returns False if it does
    not exist."""
    this = select(_token.id).where(_token.admin_id == admin_id, _token.id == token_id).cte("family", recursive=True)
    made = tables.api_token.alias("made").c
    family = this.union(select(made.id).join(this, made.made_by == this.c.id).where(made.admin_id == admin_id))
    revoked = delete(tables.api_token).where(_token.id.in_(select(family.c.id))).returning(_token.id, _token.name)
    names = [name for _, name in sorted(map(tuple, connection.execute(revoked)))]
    for name in names:
        _log(connection, ActKind.TOKEN_REVOKED, name, admin_id, at)
    return bool(names)


def revoke_all(connection: Connection, admin_id: int) -> int:
    """Revoke all tokens of this admin. Returns their number."""
    return connection.execute(delete(tables.api_token).where(_token.admin_id == admin_id)).rowcount


def of_admin(connection: Connection, admin_id: int) -> list[ListedToken]:
    """An admin's tokens, newest first, those that have ended included."""
    query = select(*_LISTED).where(_token.admin_id == admin_id).order_by(_token.id.desc())
    return [_listed(row) for row in connection.execute(query)]


def find_bearer(connection: Connection, keyring: Keyring, shown: str, at: datetime) -> Bearer | None:
    """The token that was sent, with its admin; None if it does not exist or has expired."""
    if not shown.startswith(_PREFIX) or len(shown) > _LONGEST:
        return None
    digests = _digests(keyring, shown)
    query = (
        select(*_LISTED, _token.digest, *(_admin[name].label(f"admin_{name}") for name in _AdminRow._fields))
        .join(tables.admin, _admin.id == _token.admin_id)
        .where(_token.digest.in_(digests), _token.expires_at > at)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    admin = with_rights(connection, _AdminRow(*row[-len(_AdminRow._fields) :]))
    token = _listed(row)
    is_due = token.used_at is None or at - token.used_at >= _USE_IS_NOTED_EVERY or row.digest != digests[-1]
    return Bearer(token, admin, is_due)


def note_use(connection: Connection, keyring: Keyring, token_id: int, shown: str, at: datetime) -> None:
    """Record when a token was used, and hash it with the newest secret."""
    values = {"used_at": at, "digest": _digests(keyring, shown)[-1]}
    connection.execute(update(tables.api_token).where(_token.id == token_id).values(values))


class _AdminRow(NamedTuple):
    """What ``with_rights`` needs of an admin."""

    id: int
    name: str
    role: str | None
    every_site: bool | None


_LISTED = tuple(_token[field.name] for field in fields(ListedToken))


def _listed(row: Sequence[Any]) -> ListedToken:
    token_id, name, scopes, *others = row[: len(_LISTED)]
    return ListedToken(token_id, name, read_scopes(scopes.split()), *others)


def _digests(keyring: Keyring, shown: str) -> list[bytes]:
    """The keyed hashes of a token by each valid secret, the newest last."""
    return keyring.pseudonyms("api token", shown)


def _log(connection: Connection, action: ActKind, name: str, admin_id: int, at: datetime) -> None:
    record(connection, INSTALLATION, Act(action, at, admin_id, number=0, content={"name": name}))
