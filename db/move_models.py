"""The mark that ``leave-a-reply move`` leaves in a store that it fills."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class Moved(SQLModel, table=True):
    """One row, in a store that was filled from another one; it is never copied itself. ``digest`` is of all that was
    brought, and empty until everything was."""

    id: int = Field(primary_key=True)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    digest: str = Field(default="", max_length=64)
