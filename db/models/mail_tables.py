"""The tables of mail: subscriptions to replies, and mails to send. Neither holds an address."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class Subscription(SQLModel, table=True):
    """A subscription of a comment's author to its replies, at the comment's own email address.

    ``proof_id`` is the comment whose proof the browser showed, if any. It groups the subscriptions of one browser.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    proof_id: int | None = Field(default=None, sa_type=BigInteger)
    lang: str = Field(default="", max_length=20)
    asked_at: datetime = Field(sa_type=UtcDateTime, index=True)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Outbox(SQLModel, table=True):
    """A mail to send, by its subject. The text is written when it is sent, so that it leaves out what changed since.

    ``kind`` and ``about`` are part of the key, so nobody gets the same mail twice. ``due_at`` is also the lease: the
    process that sends a mail postpones it first, and if that process dies, the mail becomes due again.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    kind: str = Field(primary_key=True, max_length=10)
    about: int = Field(primary_key=True, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = Field(default=0)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("ix_outbox_due", "done_at", "due_at"),)
