"""Who the admins are: their roles, invitations by link, their logins, and how they are removed.

There is always an owner: the last one can neither be removed nor given another role.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from db import tables
from service.action_log import INSTALLATION, Act, ActKind, record
from service.admin_rights import Role
from service.logged_change import LoggedChange, Subject

INVITATION_LIFETIME = timedelta(days=7)
LONGEST_NOTE = 100
_admin, _site, _session = tables.admin.c, tables.admin_site.c, tables.session.c
_invitation = tables.invitation.c
_CREDENTIALS = (tables.session, tables.application_password, tables.api_token, tables.second_factor, tables.passkey)
_OF_AN_ADMIN = (*_CREDENTIALS, tables.saved_view, tables.admin_mailbox, tables.mail_wish, tables.notice)


@dataclass(frozen=True, slots=True)
class AdminAccount:
    """An admin as others see them. ``sites``: ids, None for all. ``seen_at``: when the newest login began."""

    id: int
    name: str
    role: Role
    sites: frozenset[int] | None
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that nobody has accepted yet. ``key`` names it, and is no proof of anything."""

    key: str
    role: Role
    sites: frozenset[int] | None
    note: str
    expires_at: datetime


class LastOwner(ValueError):
    """Nobody would be left who may give rights."""


def read_people(connection: Connection) -> list[AdminAccount]:
    """All admins, by name."""
    sites: dict[int, set[int]] = {}
    for admin_id, site_id in connection.execute(select(_site.admin_id, _site.site_id)):
        sites.setdefault(admin_id, set()).add(site_id)
    logins = select(_session.admin_id, func.max(_session.created_at).label("seen_at")).group_by(_session.admin_id)
    newest = logins.subquery()
    query = (
        select(_admin.id, _admin.name, _admin.role, _admin.every_site, _admin.created_at, newest.c.seen_at)
        .outerjoin(newest, newest.c.admin_id == _admin.id)
        .order_by(_admin.name)
    )
    return [
        AdminAccount(row.id, row.name, role_of(row.role), _sites_of(row, sites), row.created_at, row.seen_at)
        for row in connection.execute(query)
    ]


def _sites_of(row: Any, sites: Mapping[int, Collection[int]]) -> frozenset[int] | None:
    is_everywhere = role_of(row.role) is Role.OWNER or row.every_site
    return None if is_everywhere else frozenset(sites.get(row.id, ()))


def hash_of(connection: Connection, admin_id: int) -> str:
    """The hash of an admin's password; empty if there is no such admin."""
    return str(connection.execute(select(_admin.password_hash).where(_admin.id == admin_id)).scalar() or "")


def role_of(stored: str | None) -> Role:
    """The role of a row. One from before there were roles is an owner; one that nobody knows may only read."""
    if stored is None:
        return Role.OWNER
    return Role(stored) if stored in set(Role) else Role.READER


def set_role(
    connection: Connection, admin_id: int, role: Role, sites: Collection[int] | None, by: int | None, at: datetime
) -> bool:
    """Give an admin a role on some sites, or on all (None). Returns False if there is no such admin.

    All invitations end, unless the new role is that of an owner.

    Raises LastOwner.
    """
    name, before = _lock(connection, admin_id), read_role(connection, admin_id)
    if name is None or not give_role(connection, admin_id, role, sites):
        return False
    change = LoggedChange(Subject.ROLE, str(admin_id), before, read_role(connection, admin_id))
    _log(connection, ActKind.ROLE, name, role, by, at, change)
    return True


def give_role(connection: Connection, admin_id: int, role: Role, sites: Collection[int] | None) -> bool:
    """``set_role`` without a word in the log."""
    if _lock(connection, admin_id) is None:
        return False
    if role is not Role.OWNER:
        keep_an_owner(connection, admin_id)
    _set(connection, admin_id, role, sites)
    if role is not Role.OWNER:
        _end_invitations(connection)
    return True


def read_role(connection: Connection, admin_id: int) -> list[Any] | None:
    """An admin's role and sites, None for all, as JSON values; None if there is no such admin."""
    row = connection.execute(select(_admin.id, _admin.role, _admin.every_site).where(_admin.id == admin_id)).first()
    if row is None:
        return None
    ids = set(connection.execute(select(_site.site_id).where(_site.admin_id == admin_id)).scalars())
    sites = _sites_of(row, {admin_id: ids})
    return [role_of(row.role).value, None if sites is None else sorted(sites)]


def remove(connection: Connection, admin_id: int, by: int | None, at: datetime) -> bool:
    """Remove an admin with all logins, passwords of programs, views and mail. Decisions stay, and the log keeps the
    name. All invitations end.

    Returns False if there is no such admin. Raises LastOwner.
    """
    name = _lock(connection, admin_id)
    if name is None:
        return False
    keep_an_owner(connection, admin_id)
    for table in (*_OF_AN_ADMIN, tables.admin_site):
        connection.execute(delete(table).where(table.c.admin_id == admin_id))
    connection.execute(delete(tables.admin).where(_admin.id == admin_id))
    _end_invitations(connection)
    _log(connection, ActKind.ADMIN_REMOVED, name, None, by, at)
    return True


def added(
    connection: Connection, admin_id: int, role: Role, sites: Collection[int] | None, by: int | None, at: datetime
) -> None:
    """Set the role and the sites of an admin who was just added, and log it."""
    _set(connection, admin_id, role, sites)
    name = connection.execute(select(_admin.name).where(_admin.id == admin_id)).scalar_one()
    _log(connection, ActKind.ADMIN_ADDED, name, role, by, at)


def invite(connection: Connection, role: Role, sites: Collection[int] | None, note: str, at: datetime) -> str:
    """Make an invitation. Returns its token, which is not stored."""
    token = secrets.token_urlsafe(32)
    row = {
        "digest": _digest(token),
        "role": role,
        "sites": None if sites is None else sorted(sites),
        "note": note[:LONGEST_NOTE],
    }
    connection.execute(tables.invitation.insert(), row | {"created_at": at, "expires_at": at + INVITATION_LIFETIME})
    return token


def read_invitations(connection: Connection, at: datetime) -> list[OpenInvitation]:
    """The invitations that are open, newest first."""
    query = select(tables.invitation).where(_invitation.expires_at > at).order_by(_invitation.created_at.desc())
    return [_as_invitation(row) for row in connection.execute(query)]


def find_invitation(connection: Connection, token: str, at: datetime) -> OpenInvitation | None:
    """The open invitation of a token; None if it was accepted, withdrawn, or is too old."""
    query = select(tables.invitation).where(_invitation.digest == _digest(token), _invitation.expires_at > at)
    row = connection.execute(query).first()
    return _as_invitation(row) if row else None


def withdraw(connection: Connection, key: str) -> bool:
    """Withdraw an invitation. Returns False if it does not exist."""
    digest = bytes.fromhex(key) if len(key) == 64 and set(key) <= set("0123456789abcdef") else b""
    return connection.execute(delete(tables.invitation).where(_invitation.digest == digest)).rowcount == 1


def site_removed(connection: Connection, site_id: int) -> None:
    """End the invitations for a site: its id may become that of another one."""
    for row in connection.execute(select(_invitation.digest, _invitation.sites)).all():
        if row.sites is not None and site_id in row.sites:
            connection.execute(delete(tables.invitation).where(_invitation.digest == row.digest))


def _end_invitations(connection: Connection) -> None:
    """Whoever may not invite any more may have kept a link for their own return."""
    connection.execute(delete(tables.invitation))


def take_invitation(connection: Connection, token: str, at: datetime) -> OpenInvitation | None:
    """Use an invitation up. Returns it to the one request that was first, and None to all others."""
    found = find_invitation(connection, token, at)
    return found if found is not None and withdraw(connection, found.key) else None


def _as_invitation(row: Any) -> OpenInvitation:
    sites = None if row.sites is None else frozenset(row.sites)
    return OpenInvitation(row.digest.hex(), role_of(row.role), sites, row.note, row.expires_at)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token[:200].encode("utf-8", "surrogatepass")).digest()


def _lock(connection: Connection, admin_id: int) -> str | None:
    """The name of an admin. All owners are locked, so that two of them cannot remove each other at once."""
    connection.execute(select(_admin.id).order_by(_admin.id).with_for_update()).all()
    return connection.execute(select(_admin.name).where(_admin.id == admin_id)).scalar()


def keep_an_owner(connection: Connection, admin_id: int) -> None:
    """Raises LastOwner if there is no owner but this admin."""
    is_owner = _admin.role.is_(None) | (_admin.role == Role.OWNER)
    if not connection.execute(select(_admin.id).where(is_owner, _admin.id != admin_id).limit(1)).first():
        raise LastOwner


def _set(connection: Connection, admin_id: int, role: Role, sites: Collection[int] | None) -> None:
    """Set the role and its sites; those that have been removed meanwhile are left out, which makes no other theirs."""
    values = {"role": role, "every_site": role is Role.OWNER or sites is None}
    connection.execute(update(tables.admin).where(_admin.id == admin_id).values(values))
    connection.execute(delete(tables.admin_site).where(_site.admin_id == admin_id))
    existing = connection.execute(select(tables.site.c.id).where(tables.site.c.id.in_(sites or ()))).scalars().all()
    if role is not Role.OWNER and existing:
        rows = [{"admin_id": admin_id, "site_id": site_id} for site_id in existing]
        connection.execute(tables.admin_site.insert(), rows)


def _log(
    connection: Connection, action: ActKind, name: str, role: Role | None, by: int | None, at: datetime,
    change: LoggedChange | None = None,
) -> None:  # fmt: skip
    content = {"name": f"{name}, {role.value}" if role else name}
    record(connection, INSTALLATION, Act(action, at, by, number=0, content=content, change=change))
