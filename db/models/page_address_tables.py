"""The tables of pages that have moved: addresses that lead to a page, and what is needed to undo a move."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class PageAlias(SQLModel, table=True):
    """An address without a page of its own, which leads to another: ``key`` to ``to_key``, with both addresses.

    No page has the key of an alias. An alias may lead to another alias, so that a move can be undone. ``expires_at``
    is set where it only serves processes that do not know a site's new rules yet.
    """

    __tablename__ = "page_alias"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    key: str = Field(primary_key=True, max_length=2000)
    url: str = Field(max_length=2000)
    to_key: str = Field(max_length=2000)
    to_url: str = Field(max_length=2000)
    at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)

    __table_args__ = (Index("ix_page_alias_to", "site_id", "to_key"),)


class PageChange(SQLModel, table=True):
    """A page that was moved, merged into the page ``other_id``, or given an alias. ``before``: JSON that undo needs.

    Changes of one click share a ``batch``, which the log names.
    """

    __tablename__ = "page_change"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    batch: int = Field(sa_type=BigInteger, index=True)
    kind: str = Field(max_length=10)
    page_id: int = Field(default=0, sa_type=BigInteger)
    other_id: int = Field(default=0, sa_type=BigInteger)
    before: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MovedComment(SQLModel, table=True):
    """A comment that a merge took to another page."""

    __tablename__ = "moved_comment"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    change_id: int = Field(primary_key=True, sa_type=BigInteger)
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
