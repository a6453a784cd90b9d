"""The tables of what authors do to their own comments, and of the names that are theirs."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class AuthorChange(SQLModel, table=True):
    """A comment that its author edited or deleted.

    ``first_text`` is what was posted, for the moderators; it goes with the trash. Of a deleted comment the row stays
    when the comment itself is gone, so that its replies keep their place.
    """

    __tablename__ = "author_change"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    page_id: int = Field(sa_type=BigInteger)
    parent_id: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)
    first_text: str | None = Field(default=None, sa_type=Text)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("ix_author_change_page", "site_id", "page_id"),)


class KnownName(SQLModel, table=True):
    """The name of somebody who has come back with a proof. ``name`` is a keyed hash; ``seen_at`` is the last time."""

    __tablename__ = "known_name"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    name: bytes = Field(primary_key=True, sa_type=LargeBinary)
    seen_at: datetime = Field(sa_type=UtcDateTime, index=True)
