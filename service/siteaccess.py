"""By which key or secret a program speaks for a site."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import Column, Connection, select

from db import tables

_KEY = re.compile(r"^[0-9A-Za-z]{12,40}\Z")
_LONGEST_SECRET = 200


@dataclass(frozen=True, slots=True)
class SiteAccess:
    """A site as its programs know it. ``key`` is the one they named it by; the secret is not here at all."""

    id: int
    origin: str
    key: str

    @property
    def hostname(self) -> str:
        """The host of its origin, without a port."""
        return urlsplit(self.origin).hostname or ""


def by_key(connection: Connection, key: str) -> SiteAccess | None:
    """The site with this public key, as pages name it, if there is one."""
    return _by(connection, tables.site.c.key, key)


def by_check_key(connection: Connection, key: str) -> SiteAccess | None:
    """The site with this key for the spam check, if there is one."""
    return _by(connection, tables.site.c.check_key, key)


def _by(connection: Connection, column: Column[str], key: str) -> SiteAccess | None:
    if not _KEY.match(key):
        return None
    site = tables.site.c
    row = connection.execute(select(site.id, site.origin).where(column == key)).first()
    return None if row is None else SiteAccess(row.id, row.origin, key)


def by_secret(connection: Connection, secret: str) -> SiteAccess | None:
    """The site with this secret, if there is one.

    What is looked up is the hash of 256 random bits, so the time that the index takes tells nothing of use; the hash
    that was found is then compared in constant time.
    """
    if len(secret) > _LONGEST_SECRET:
        return None
    digest = hashlib.sha256(secret.encode()).digest()
    row = connection.execute(select(tables.site).where(tables.site.c.secret_hash == digest)).first()
    if row is None or not hmac.compare_digest(row.secret_hash, digest):
        return None
    return SiteAccess(row.id, row.origin, row.key)
