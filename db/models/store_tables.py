"""The tables of the store as a whole: leases of background tasks, and the mark of a move."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class Lease(SQLModel, table=True):
    """When any process last began a background task, so that only one of several processes runs it.

    The row ``setup`` has the time of the last new admin, which ends older setup links.
    """

    __tablename__ = "chore"

    name: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)


class MoveMark(SQLModel, table=True):
    """The single row of a store that a move filled; it is never copied. ``digest`` covers all copied tables, and is
    empty until the move is complete.
    """

    __tablename__ = "moved"

    id: int = Field(primary_key=True)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    digest: str = Field(default="", max_length=64)
