"""The tables of moderators: accounts, logins, passkeys, application passwords and saved views."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class ApplicationPassword(SQLModel, table=True):
    """A password by which a program logs in as an admin. ``digest`` is SHA-256 of 24 random letters and digits.

    ``used_at`` changes once a day at most, so that requests that read do not have to write.
    """

    __tablename__ = "application_password"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    admin_id: int = Field(foreign_key="admin.id", index=True)
    name: str = Field(max_length=100)
    digest: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("uq_application_password_digest", "digest", unique=True),)


class Admin(SQLModel, table=True):
    """A moderator's account. ``password_hash`` is argon2id.

    ``first`` is true for the admin created by the setup link and NULL for all others. Its unique index lets the link
    create only one, however many requests use it at once. ``role`` is one of ``service.admin_rights``; NULL is an
    owner, as all were before there were roles.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    password_hash: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    first: bool | None = Field(default=None)
    role: str | None = Field(default=None, max_length=10)
    every_site: bool | None = Field(default=None)

    __table_args__ = (Index("uq_admin_first", "first", unique=True),)


class Session(SQLModel, table=True):
    """An admin's login. ``digest`` is SHA-256 of the cookie, so that a copy of this table lets nobody in. ``browser``
    is what the browser called itself, for the list of logins."""

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    admin_id: int = Field(foreign_key="admin.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    browser: str | None = Field(default=None, max_length=100)


class AdminSite(SQLModel, table=True):
    """A site that an admin's role is for."""

    __tablename__ = "admin_site"

    admin_id: int = Field(primary_key=True, foreign_key="admin.id")
    site_id: int = Field(primary_key=True, foreign_key="site.id")


class Invitation(SQLModel, table=True):
    """A link by which somebody becomes an admin. ``digest`` is SHA-256 of its token; ``sites`` are ids, empty for
    all."""

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    role: str = Field(max_length=10)
    sites: list[int] | None = Field(default=None, sa_column=Column(JSON, nullable=False))
    note: str = Field(max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SavedView(SQLModel, table=True):
    """A search of the list of comments that an admin has given a name. ``query`` is that of the list's address."""

    __tablename__ = "saved_view"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    admin_id: int = Field(foreign_key="admin.id", index=True)
    name: str = Field(max_length=60)
    query: str = Field(max_length=2000)


class SecondFactor(SQLModel, table=True):
    """The key of an admin's authenticator app, encrypted, and the hashes of recovery codes.

    ``last_step`` is the time of the last code that was used, in steps of 30 seconds: none works twice. It counts once
    ``confirmed_at`` is set.
    """

    __tablename__ = "second_factor"

    admin_id: int = Field(primary_key=True, foreign_key="admin.id")
    sealed: bytes = Field(sa_type=LargeBinary)
    last_step: int = Field(sa_type=BigInteger)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recovery: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class Passkey(SQLModel, table=True):
    """A public key by which an admin logs in (WebAuthn). The private one stays in the admin's device.

    ``credential`` is the id that the device gave it, ``host`` the name that the service had in the browser, for which
    alone it works. ``uses`` is the device's own count, 0 where it keeps none; ``used_at`` keeps an answer from being
    used twice.
    """

    id: int = Field(primary_key=True, sa_type=BigInteger)
    admin_id: int = Field(foreign_key="admin.id", index=True)
    credential: bytes = Field(sa_type=LargeBinary)
    public_key: bytes = Field(sa_type=LargeBinary)
    uses: int = Field(sa_type=BigInteger)
    host: str = Field(max_length=255)
    name: str = Field(max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("uq_passkey_credential", "credential", unique=True),)
