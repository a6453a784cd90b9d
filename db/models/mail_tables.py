"""The tables of mail: who wants to be told of replies, and what is to be sent. No address is in either."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class Subscription(SQLModel, table=True):
    """The author of a comment wants to be told of replies to it, at the comment's own address.

    ``proof_id`` is the comment whose proof the browser showed, if any: it joins what was asked for by one browser.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    proof_id: int | None = Field(default=None, sa_type=BigInteger)
    lang: str = Field(default="", max_length=20)
    asked_at: datetime = Field(sa_type=UtcDateTime, index=True)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Outbox(SQLModel, table=True):
    """A mail to be sent, as what it is about: it is written when it is sent, so that it says what is true then.

    ``kind`` and ``about`` make it unique: nobody is told of the same thing twice. ``due_at`` is also the lease: who
    takes a mail puts it off, and if that process dies, another finds the mail due again.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    kind: str = Field(primary_key=True, max_length=10)
    about: int = Field(primary_key=True, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = Field(default=0)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("ix_outbox_due", "done_at", "due_at"),)
