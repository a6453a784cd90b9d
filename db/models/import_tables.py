"""The table of imports: what was taken in from other systems, and how far each import is."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class ImportRun(SQLModel, table=True):
    """An import by command or in the admin. Its ``id`` is in what it wrote, so that it can be undone as a whole.

    ``format`` is what the file was taken for, ``file`` its name as given, ``options`` say where pages go, as typed.
    ``uploaded``: the file lies in the data folder of one process. ``done`` of ``total`` says how far the work of
    ``state`` is, ``beat_at`` when a process last said so. ``rehearsed`` and ``report`` are the reports of the dry run
    and of the import, ``said`` is a sentence about what went wrong. ``removed`` and ``kept`` count comments of an undo.
    """

    __tablename__ = "import_run"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    state: str = Field(max_length=10)
    format: str = Field(default="", max_length=20)
    file: str = Field(default="", max_length=200)
    size: int = Field(default=0, sa_type=BigInteger)
    uploaded: bool = Field(default=False)
    options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    admin_id: int | None = Field(default=None)
    created_at: datetime = Field(sa_type=UtcDateTime)
    beat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done: int = Field(default=0, sa_type=BigInteger)
    total: int = Field(default=0, sa_type=BigInteger)
    rehearsed: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    report: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    said: str = Field(default="", max_length=1000)
    removed: int = Field(default=0, sa_type=BigInteger)
    kept: int = Field(default=0, sa_type=BigInteger)
