"""Which mail a moderator gets: the address, once it is confirmed, and for each site what of and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update

from db import tables
from db.column_types import new_id
from db.prepared_statements import Prepared
from service.admin_logins import with_rights
from service.admin_rights import CurrentAdmin, Right
from service.sites import read_sites

_admin, _mailbox, _wish, _site = tables.admin.c, tables.admin_mailbox.c, tables.mail_wish.c, tables.site.c


class _Row(NamedTuple):
    """A row of ``_CONFIRMED``."""

    id: int
    name: str
    role: str | None
    every_site: bool | None
    mailbox_id: int
    email: str
    confirmed_at: datetime
    what: str | None
    pace: str | None


_CONFIRMED = Prepared(
    select(
        *(_admin.id, _admin.name, _admin.role, _admin.every_site),
        *(_mailbox.id, _mailbox.email, _mailbox.confirmed_at),
        *(_wish.what, _wish.pace),
    )
    .select_from(tables.admin_mailbox)
    .join(tables.admin, _mailbox.admin_id == _admin.id)
    .outerjoin(tables.mail_wish, and_(_wish.admin_id == _admin.id, _wish.site_id == bindparam("b_site")))
    .where(_mailbox.confirmed_at.is_not(None))
    .order_by(_admin.id)
)
"""All admins with a confirmed address, and what they wish of a site."""


class MailTopic(StrEnum):
    """Of which comments somebody is told. Spam is never among them."""

    ALL = "all"
    HELD = "held"
    NOTHING = "nothing"


class Pace(StrEnum):
    """When somebody is told: at once, once an hour at most, or once a day."""

    NOW = "now"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants mail about on a site. The default is what the addresses of ``REPLY_NOTIFY`` get."""

    what: MailTopic = MailTopic.HELD
    pace: Pace = Pace.HOUR


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An admin's address. ``id`` is another one for each address that is given."""

    id: int
    admin_id: int
    email: str
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """An admin with a confirmed address, and the rights of this moment."""

    admin: CurrentAdmin
    mailbox: Mailbox
    wish: Wish


def read_mailbox(connection: Connection, admin_id: int) -> Mailbox | None:
    """The admin's address; None without one."""
    columns = (_mailbox.id, _mailbox.admin_id, _mailbox.email, _mailbox.confirmed_at)
    row = connection.execute(select(*columns).where(_mailbox.admin_id == admin_id)).first()
    return Mailbox(*row) if row else None


def set_mailbox(connection: Connection, admin_id: int, email: str, at: datetime) -> int:
    """Give the admin an address that is to be confirmed, instead of any before. Returns its id."""
    remove_mailbox(connection, admin_id)
    mailbox_id = new_id()
    row = {"id": mailbox_id, "admin_id": admin_id, "email": email, "asked_at": at, "confirmed_at": None}
    connection.execute(tables.admin_mailbox.insert(), row)
    return mailbox_id


def confirm_mailbox(connection: Connection, admin_id: int, mailbox_id: int, at: datetime) -> bool:
    """Confirm an address. False if it is not this admin's any more."""
    this = (_mailbox.id == mailbox_id, _mailbox.admin_id == admin_id)
    return connection.execute(update(tables.admin_mailbox).where(*this).values(confirmed_at=at)).rowcount == 1


def remove_mailbox(connection: Connection, admin_id: int) -> None:
    """Forget the admin's address. That ends all links mailed to it."""
    connection.execute(delete(tables.admin_mailbox).where(_mailbox.admin_id == admin_id))


def read_wishes(connection: Connection, admin_id: int) -> dict[int, Wish]:
    """Site → what the admin wants mail about, where that was chosen; elsewhere it is ``Wish()``."""
    query = select(_wish.site_id, _wish.what, _wish.pace).where(_wish.admin_id == admin_id)
    return {site_id: Wish(MailTopic(what), Pace(pace)) for site_id, what, pace in connection.execute(query)}


def set_wishes(connection: Connection, admin_id: int, wishes: Mapping[int, Wish]) -> None:
    """Store what the admin wants of these sites; other sites stay as they are, and one that was removed is left out."""
    these = (_wish.admin_id == admin_id, _wish.site_id.in_(wishes))
    connection.execute(delete(tables.mail_wish).where(*these))
    existing = connection.execute(select(_site.id).where(_site.id.in_(wishes))).scalars().all()
    rows = [
        {"site_id": site_id, "admin_id": admin_id, "what": wishes[site_id].what, "pace": wishes[site_id].pace}
        for site_id in existing
    ]
    if rows:
        connection.execute(tables.mail_wish.insert(), rows)


def read_choices(connection: Connection, admin: CurrentAdmin) -> dict[str, Any]:
    """What the account's page shows of it: the ``mailbox``, and for each of the admin's sites (id, origin, wish)."""
    wishes = read_wishes(connection, admin.id)
    sites = sorted(admin.own_sites(read_sites(connection)).items())
    return {
        "mailbox": read_mailbox(connection, admin.id),
        "wishes": [(site_id, origin, wishes.get(site_id, Wish())) for origin, site_id in sites],
    }


def stop_mails(connection: Connection, mailbox_id: int, site_id: int, *, everything: bool = False) -> None:
    """End the mails about a site to an address, or about all sites of its admin; nothing if the address is not the
    admin's any more."""
    admin_id = connection.execute(select(_mailbox.admin_id).where(_mailbox.id == mailbox_id)).scalar()
    if admin_id is None:
        return
    sites = connection.execute(select(_site.id)).scalars().all() if everything else [site_id]
    paces = {each: wish.pace for each, wish in read_wishes(connection, admin_id).items()}
    set_wishes(connection, admin_id, {each: Wish(MailTopic.NOTHING, paces.get(each, Pace.HOUR)) for each in sites})


def recipients(connection: Connection, site_id: int) -> list[Recipient]:
    """The admins with a confirmed address who may see the comments of a site, whatever they wish. Runs with every
    post."""
    found = (_Row(*row) for row in _CONFIRMED.rows(connection, {"b_site": site_id}))
    read = [
        Recipient(
            with_rights(connection, row),
            Mailbox(row.mailbox_id, row.id, row.email, row.confirmed_at),
            Wish(MailTopic(row.what), Pace(row.pace)) if row.what and row.pace else Wish(),
        )
        for row in found
    ]
    return [each for each in read if each.admin.may(Right.READ, site_id)]


def recipient(connection: Connection, site_id: int, admin_id: int) -> Recipient | None:
    """The same of one admin; None for one without a confirmed address, or who may not see the site."""
    return next((each for each in recipients(connection, site_id) if each.admin.id == admin_id), None)


def holder(connection: Connection, site_id: int, mailbox_id: int) -> Recipient | None:
    """The same by the address that a link was mailed to; None once that is not the admin's any more."""
    return next((each for each in recipients(connection, site_id) if each.mailbox.id == mailbox_id), None)


def addresses_in_use(connection: Connection) -> frozenset[str]:
    """The confirmed addresses of admins, in lower case. What their admins wish comes before a setting."""
    query = select(func.lower(_mailbox.email)).where(_mailbox.confirmed_at.is_not(None))
    return frozenset(connection.execute(query).scalars())
