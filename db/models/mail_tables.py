"""The tables of mail: subscriptions to replies, mails to send, and what moderators are told.

Only ``admin_mailbox`` holds an address.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


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


class AdminMailbox(SQLModel, table=True):
    """The email address of an admin. It counts once ``confirmed_at`` is set.

    Another address is another row with another id, so that links which were mailed to the address before end.
    """

    __tablename__ = "admin_mailbox"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    admin_id: int = Field(foreign_key="admin.id")
    email: str = Field(max_length=100)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("uq_admin_mailbox_admin_id", "admin_id", unique=True),)


class MailWish(SQLModel, table=True):
    """What an admin wants mail about on a site, and when: values of ``service.moderator_mail``."""

    __tablename__ = "mail_wish"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    admin_id: int = Field(primary_key=True, foreign_key="admin.id", index=True)
    what: str = Field(max_length=10)
    pace: str = Field(max_length=10)


class Notice(SQLModel, table=True):
    """A comment of which an admin is told, once: that is the key. ``admin_id`` 0: the addresses of ``REPLY_NOTIFY``.

    ``mail`` is what the mail that tells of it is about in the outbox. ``at_once_on`` is the day, counted from 1970, for
    a comment that has a mail of its own. ``used_at`` is when a link of that mail was used,
    ``done`` what it did, and ``batch`` the batch of its decision, for the undo.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    admin_id: int = Field(primary_key=True)
    mail: int = Field(sa_type=BigInteger)
    added_at: datetime = Field(sa_type=UtcDateTime, index=True)
    at_once_on: int | None = Field(default=None)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done: str = Field(default="", max_length=10, sa_column_kwargs={"server_default": ""})
    batch: int | None = Field(default=None, sa_type=BigInteger)

    __table_args__ = (
        Index("ix_notice_mail", "site_id", "mail"),
        Index("ix_notice_admin", "admin_id", "site_id", "at_once_on"),
    )
