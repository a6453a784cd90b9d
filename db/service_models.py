"""The tables of the spam check as a service. None of them holds what somebody wrote."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class Checked(SQLModel, table=True):
    """A verdict that was given, by the id that its client got. ``digest`` is a keyed hash of what was judged.

    ``corrected`` is whether the client has said since that the verdict was wrong.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    guid: bytes = Field(primary_key=True, sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary)
    spam: bool
    corrected: bool = Field(default=False)
    at: datetime = Field(sa_type=UtcDateTime, index=True)

    __table_args__ = (Index("ix_checked_digest", "site_id", "digest"),)


class UsageDay(SQLModel, table=True):
    """What a key asked on a day in UTC, ``2026-11-24``."""

    __tablename__ = "usage_day"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    day: str = Field(primary_key=True, max_length=10)
    spam: int = Field(default=0)
    ham: int = Field(default=0)
    missed_spam: int = Field(default=0)
    false_positives: int = Field(default=0)
