"""Sites: the origins whose pages may have comments."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Column, Connection, Table, func, select, tuple_

from db import tables
from db.dialect_sql import insert_if_absent
from db.models import metadata
from service import admin_accounts
from service.action_log import INSTALLATION, Act, ActKind, record
from service.known_sites import FOR_DEV_SERVERS, FOR_NEW_SITES, PageRules, known_sites
from service.logged_change import LoggedChange, Subject
from service.settings import Settings
from service.site_removal_problems import KeptProblem
from service.web_origin import any_port_removed, origin_of, site_origin


@dataclass(frozen=True, slots=True)
class AddedSite:
    """A new site. ``secret`` is shown once and stored only as a hash. ``check_key`` is for the spam check."""

    id: int
    origin: str
    key: str
    check_key: str
    secret: str


def register(connection: Connection, address: str, at: datetime, rules: PageRules = FOR_NEW_SITES) -> AddedSite | None:
    """Register the origin of an address; with ``:*`` for a port, the dev servers of the reader's own machine.

    Returns None if it is a site's already. Raises BadPage.
    """
    origin = site_origin(address)
    if origin in known_sites(connection):
        return None
    key, check_key, secret = secrets.token_hex(6), secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {
        "origin": origin,
        "key": key,
        "check_key": check_key,
        "secret_hash": hashlib.sha256(secret.encode()).digest(),
        "created_at": at,
        "page_rules": (FOR_DEV_SERVERS if any_port_removed(address) else rules).stored,
    }
    if not insert_if_absent(connection, tables.site, row):
        return None
    return AddedSite(read_sites(connection)[origin], origin, key, check_key, secret)


def renew(connection: Connection, address: str) -> AddedSite | None:
    """Give a registered site a new secret and a new key for the spam check. Returns None if it is not registered.

    Raises BadPage.
    """
    origin = origin_of(address)
    site = tables.site.c
    row = connection.execute(select(site.id, site.key).where(site.origin == origin)).first()
    if row is None:
        return None
    check_key, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    secret_hash = hashlib.sha256(secret.encode()).digest()
    renewed = tables.site.update().where(site.id == row.id).values(secret_hash=secret_hash, check_key=check_key)
    connection.execute(renewed)
    return AddedSite(row.id, origin, row.key, check_key, secret)


def register_all(connection: Connection, addresses: Iterable[str], at: datetime) -> None:
    """Register these addresses, except those that are a site's already. Raises BadPage."""
    for address in addresses:
        register(connection, address, at)


LONGEST_CLOSE_DAYS = 3650


def read_close_days(connection: Connection) -> dict[int, int | None]:
    """Site → days after which its pages take no more comments; None for never."""
    site = tables.site.c
    return {row.id: row.close_days for row in connection.execute(select(site.id, site.close_days))}


def set_close_days(connection: Connection, site_id: int, days: int | None, admin_id: int, at: datetime) -> bool:
    """Set the days after which a site's pages take no more comments. Returns False if it was so, or has no site."""
    days_of = read_close_days(connection)
    if days_of.get(site_id, days) == days:
        return False
    write_close_days(connection, site_id, days)
    change = LoggedChange(Subject.CLOSE_DAYS, "", days_of[site_id], days)
    content = {"entry": f"close_days: {days or 'never'}"}
    record(connection, site_id, Act(ActKind.SETTINGS, at, admin_id, number=0, content=content, change=change))
    return True


def write_close_days(connection: Connection, site_id: int, days: int | None) -> None:
    """Set them without a word in the log."""
    connection.execute(tables.site.update().where(tables.site.c.id == site_id).values(close_days=days))


def count_comments(connection: Connection, site_id: int) -> int:
    """The number of a site's comments of any status."""
    query = select(func.count()).select_from(tables.comment).where(tables.comment.c.site_id == site_id)
    return int(connection.execute(query).scalar_one())


SLICE = 2000
"""Rows that one job deletes, so that other sites' comments do not wait long."""


class HasComments(Exception):
    """The site has comments, and the owner has not agreed to delete them."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Who takes which site off, and when. ``admin_id`` None: by a command."""

    site_id: int
    origin: str
    admin_id: int | None
    at: datetime

    def logged(self, comments: int) -> Act:
        """What the log says of it."""
        content = {"name": self.origin}
        return Act(ActKind.SITE_REMOVED, self.at, self.admin_id, batch=self.site_id, number=comments, content=content)


def reason_to_keep(settings: Settings, origin: str) -> str:
    """Why removing a site has no effect, as the next start registers it again; empty if it does not."""
    if origin in map(site_origin, settings.sites):
        return KeptProblem.LISTED % {"origin": origin}
    is_demo = settings.demo and origin == origin_of(settings.public_url)
    return KeptProblem.DEMO % {"origin": origin} if is_demo else ""


def remove(site_id: int, *, with_comments: bool, log: Act | None = None) -> Iterator[Callable[[Connection], int]]:
    """Jobs that delete a site with all its rows. Each is yielded once the one before has run; the last one records
    ``log``.

    Without ``with_comments`` there is a single job, which raises HasComments if the site has comments.
    """
    if with_comments:
        for table in _tables_of_a_site():
            job = _DeleteSlice(table, site_id)
            while job.deleted == SLICE:
                yield job

    def delete_the_rest(connection: Connection) -> int:
        if not with_comments and count_comments(connection, site_id):
            raise HasComments
        for table in _tables_of_a_site():
            connection.execute(table.delete().where(table.c.site_id == site_id))
        admin_accounts.site_removed(connection, site_id)
        if log is not None:
            record(connection, INSTALLATION, log)
        return connection.execute(tables.site.delete().where(tables.site.c.id == site_id)).rowcount

    yield delete_the_rest


def _tables_of_a_site() -> list[Table]:
    """The tables with rows of a site, children before parents."""
    return [table for table in reversed(metadata.sorted_tables) if "site_id" in table.c]


class _DeleteSlice:
    """A job that deletes up to ``SLICE`` rows of a site. ``deleted`` is the number of rows of its last run."""

    def __init__(self, table: Table, site_id: int) -> None:
        key = list(table.primary_key)
        rows = select(*key).where(table.c.site_id == site_id).limit(SLICE)
        self._statement = table.delete().where(tuple_(*key).in_(rows))
        self.deleted = SLICE

    def __call__(self, connection: Connection) -> int:
        self.deleted = connection.execute(self._statement).rowcount
        return self.deleted


def public_keys(connection: Connection) -> dict[str, str]:
    """Origin → public key, of every site."""
    site = tables.site.c
    return {row.origin: row.key for row in connection.execute(select(site.origin, site.key))}


def read_sites(connection: Connection) -> dict[str, int]:
    """Origin → id, of every site."""
    site = tables.site.c
    return {row.origin: row.id for row in connection.execute(select(site.origin, site.id).order_by(site.id))}


_KEY = re.compile(r"^[0-9A-Za-z]{12,40}\Z")
_LONGEST_SECRET = 200


@dataclass(frozen=True, slots=True)
class SiteAccess:
    """A site to which a program has shown a key or the secret. ``key`` is the key that it sent, or the public key."""

    id: int
    origin: str
    key: str

    @property
    def hostname(self) -> str:
        """The host of its origin, without the port."""
        return urlsplit(self.origin).hostname or ""


def by_key(connection: Connection, key: str) -> SiteAccess | None:
    """The site with this public key, or None."""
    return _by_column(connection, tables.site.c.key, key)


def by_check_key(connection: Connection, key: str) -> SiteAccess | None:
    """The site with this key for the spam check, or None."""
    return _by_column(connection, tables.site.c.check_key, key)


def _by_column(connection: Connection, column: Column[str], key: str) -> SiteAccess | None:
    if not _KEY.match(key):
        return None
    site = tables.site.c
    row = connection.execute(select(site.id, site.origin).where(column == key)).first()
    return None if row is None else SiteAccess(row.id, row.origin, key)


def by_secret(connection: Connection, secret: str) -> SiteAccess | None:
    """The site with this secret, or None.

    The index is searched for the hash of 256 random bits, so the time of the search tells nothing useful. The hash is
    then compared in constant time.
    """
    if len(secret) > _LONGEST_SECRET:
        return None
    digest = hashlib.sha256(secret.encode()).digest()
    row = connection.execute(select(tables.site).where(tables.site.c.secret_hash == digest)).first()
    if row is None or not hmac.compare_digest(row.secret_hash, digest):
        return None
    return SiteAccess(row.id, row.origin, row.key)
