"""Sites: the origins whose pages may carry comments."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from db import tables
from db.models import metadata
from db.upsert import insert_if_absent
from service.pages import origin_of


@dataclass(frozen=True, slots=True)
class NewSite:
    """A site just registered. ``secret`` is shown once; only its hash is kept. ``check_key`` is for the spam check."""

    id: int
    origin: str
    key: str
    check_key: str
    secret: str


def register(address: str, at: datetime) -> Callable[[Connection], NewSite | None]:
    """A job that registers the origin of an address; None when it is registered already. Raises BadPage."""
    origin = origin_of(address)

    def job(connection: Connection) -> NewSite | None:
        key, check_key, secret = secrets.token_hex(6), secrets.token_hex(6), secrets.token_urlsafe(32)
        row = {
            "origin": origin,
            "key": key,
            "check_key": check_key,
            "secret_hash": hashlib.sha256(secret.encode()).digest(),
            "created_at": at,
        }
        if not insert_if_absent(connection, tables.site, row):
            return None
        return NewSite(read_sites(connection)[origin], origin, key, check_key, secret)

    return job


def renew(address: str) -> Callable[[Connection], NewSite | None]:
    """A job that gives a registered site a new secret and a new key for the spam check; None when it is not registered.
    Raises BadPage."""
    origin = origin_of(address)

    def job(connection: Connection) -> NewSite | None:
        site = tables.site.c
        row = connection.execute(select(site.id, site.key).where(site.origin == origin)).first()
        if row is None:
            return None
        check_key, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        hashed = hashlib.sha256(secret.encode()).digest()
        renewed = tables.site.update().where(site.id == row.id).values(secret_hash=hashed, check_key=check_key)
        connection.execute(renewed)
        return NewSite(row.id, origin, row.key, check_key, secret)

    return job


def register_all(addresses: Iterable[str], at: datetime) -> Callable[[Connection], None]:
    """A job that registers those of these addresses that are not registered yet. Raises BadPage."""
    jobs = [register(address, at) for address in addresses]

    def job(connection: Connection) -> None:
        known = read_sites(connection)
        for address, one in zip(addresses, jobs, strict=True):
            if origin_of(address) not in known:
                one(connection)

    return job


def count_comments(site_id: int) -> Callable[[Connection], int]:
    """How many comments a site has, wherever they stand."""
    asked = select(func.count()).select_from(tables.comment).where(tables.comment.c.site_id == site_id)
    return lambda connection: int(connection.execute(asked).scalar_one())


def remove(site_id: int) -> Callable[[Connection], None]:
    """A job that deletes a site for good, with its comments and whatever else belongs to it."""

    def job(connection: Connection) -> None:
        for table in reversed(metadata.sorted_tables):  # whoever refers to others goes first
            if "site_id" in table.c:
                connection.execute(table.delete().where(table.c.site_id == site_id))
        connection.execute(tables.site.delete().where(tables.site.c.id == site_id))

    return job


def public_keys(connection: Connection) -> dict[str, str]:
    """Origin → the key that stands in its pages, of every site."""
    site = tables.site.c
    return {row.origin: row.key for row in connection.execute(select(site.origin, site.key))}


def read_sites(connection: Connection) -> dict[str, int]:
    """Origin → id of every site."""
    site = tables.site.c
    return {row.origin: row.id for row in connection.execute(select(site.origin, site.id).order_by(site.id))}
