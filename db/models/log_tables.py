"""The tables of the log of actions. Its rows outlive what they are about; only their content can be erased."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class LogEntry(SQLModel, table=True):
    """An action of a moderator, a program, an author or the service itself. Site 0: the installation as a whole.

    ``batch`` is that of the decisions it made, or the entry that it takes back, ``number`` how many comments it is
    about, ``comment_id`` which one if it is about one, ``by_name`` the admin's name at that time, ``program`` that of
    the admin's token. Where a whole log is meant, ``batch`` is its site. ``place``, ``link`` and ``content_digest`` are
    NULL until the entry is joined to the site's chain.
    """

    __tablename__ = "log_entry"

    site_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=10)
    admin_id: int | None = Field(default=None)
    by_name: str | None = Field(default=None, max_length=100)
    action: str = Field(max_length=20)
    comment_id: int | None = Field(default=None, sa_type=BigInteger)
    batch: int | None = Field(default=None, sa_type=BigInteger)
    number: int
    program: str | None = Field(default=None, max_length=100)
    content_digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    place: int | None = Field(default=None, sa_type=BigInteger)
    link: bytes | None = Field(default=None, sa_type=LargeBinary)

    __table_args__ = (
        Index("ix_log_entry_id", "id"),
        Index("ix_log_entry_comment", "site_id", "comment_id"),
        Index("ix_log_entry_batch", "site_id", "batch"),
        Index("uq_log_entry_place", "site_id", "place", unique=True),
    )


class LogContent(SQLModel, table=True):
    """The words of an entry as JSON, such as a text before it was edited: what the law may ask to erase.

    ``salt`` is the key of ``LogEntry.content_digest``. It is erased with the words, which then cannot be guessed.
    """

    __tablename__ = "log_content"

    site_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    entry_id: int = Field(primary_key=True, sa_type=BigInteger)
    comment_id: int | None = Field(default=None, sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    content: str = Field(sa_type=Text)
    salt: bytes = Field(sa_type=LargeBinary)

    __table_args__ = (Index("ix_log_content_comment", "site_id", "comment_id"),)


class LogHead(SQLModel, table=True):
    """The end of a site's chain: the last ``place``, and a keyed hash of the last link, which covers all before it."""

    __tablename__ = "log_head"

    site_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: int = Field(sa_type=BigInteger)
    seal: bytes = Field(sa_type=LargeBinary)
