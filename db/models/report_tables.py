"""The tables of readers' reports: what they say of a comment, and which comments a moderator has kept all the same."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, text, true
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime

_IS_OPEN = text("kept_in IS NULL")


class Report(SQLModel, table=True):
    """A reader's report of a comment. ``who`` is a keyed hash of the reader's network and the comment, so it neither
    names the network nor tells that the same one reported something else.

    ``counts`` is false where the browser did not prove the work that the question demanded: moderators read the
    report, and it hides nothing. ``kept_in`` is the batch of the decision that kept the comment; NULL while it is open.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    who: bytes = Field(primary_key=True, sa_type=LargeBinary)
    reason: str = Field(max_length=12)
    note: str = Field(default="", max_length=500)
    counts: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    kept_in: int | None = Field(default=None, sa_type=BigInteger)

    __table_args__ = (Index("ix_report_open", "site_id", "comment_id", sqlite_where=_IS_OPEN),)


class KeptComment(SQLModel, table=True):
    """A reported comment that a moderator has kept, until its words are changed. ``batch`` is that decision's."""

    __tablename__ = "kept_comment"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    batch: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime)
