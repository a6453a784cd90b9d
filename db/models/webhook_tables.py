"""The tables of webhooks: where they go, what is to be sent, and what came of each attempt."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class Webhook(SQLModel, table=True):
    """An address that hears of a site's comments. ``events`` are words between spaces.

    ``secret`` signs, and ``token`` opens another service, so both are kept as they are. ``stopped_at`` is when the
    receiver said that it is gone for good.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str = Field(max_length=10)
    url: str = Field(max_length=2000)
    events: str = Field(default="", max_length=200)
    secret: str = Field(default="", max_length=100)
    token: str = Field(default="", max_length=500)
    room: str = Field(default="", max_length=200)
    with_email: bool = Field(default=False)
    created_at: datetime = Field(sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookDelivery(SQLModel, table=True):
    """A message to send. It names the comment, whose words are read when it is sent.

    ``due_at`` is also the lease, as in ``outbox``. ``gathers`` is true while a build waits for further changes, and
    NULL for all others: its unique index lets one such build of a webhook wait. ``done_at`` is set when it is settled,
    ``delivered`` whether the receiver took it.
    """

    __tablename__ = "webhook_delivery"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    webhook_id: int = Field(sa_type=BigInteger)
    event: str = Field(max_length=20)
    comment_id: int = Field(default=0, sa_type=BigInteger)
    gathers: bool | None = Field(default=None)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = Field(default=0)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered: bool = Field(default=False)

    __table_args__ = (
        Index("ix_webhook_delivery_due", "done_at", "due_at"),
        Index("uq_webhook_delivery_gathers", "site_id", "webhook_id", "gathers", unique=True),
    )


class WebhookAttempt(SQLModel, table=True):
    """What came of one attempt. ``status`` is the receiver's answer, or NULL if there was none; ``said`` is why it
    failed."""

    __tablename__ = "webhook_attempt"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    delivery_id: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    status: int | None = Field(default=None)
    milliseconds: int = Field(default=0)
    said: str = Field(default="", max_length=300)

    __table_args__ = (Index("ix_webhook_attempt_delivery", "site_id", "delivery_id"),)
