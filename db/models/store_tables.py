"""The table by which processes agree on who does what none of them should do twice."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class Lease(SQLModel, table=True):
    """When something was last begun, by whichever process. Of the whole store: the one key without a site."""

    __tablename__ = "chore"

    name: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)


class MoveMark(SQLModel, table=True):
    """One row, in a store that was filled from another one; it is never copied itself. ``digest`` is of all that was
    brought, and empty until everything was."""

    __tablename__ = "moved"

    id: int = Field(primary_key=True)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    digest: str = Field(default="", max_length=64)
