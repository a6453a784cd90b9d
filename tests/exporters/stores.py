"""A store with a site, and rows for its threads, written as they stand in the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from db import tables
from db.models import Status
from service.exporters.export_formats import FORMATS
from service.exporters.read_site import ExportFilter, SiteReader, snapshot_of
from service.importers.write_jobs import NOT_IMPORTED

ORIGIN, NOW = "https://blog.example", datetime(2026, 1, 1, tzinfo=UTC)


def page_row(number: int, **fields: Any) -> dict[str, Any]:
    url = f"{ORIGIN}/articles/{number}"
    row = {
        "site_id": 1,
        "id": number,
        "key": url,
        "url": url,
        "title": f"Article {number}",
        "title_checked": True,
        "closed": False,
    }
    return row | {"version": 1, "created_at": NOW} | fields


def comment_row(number: int, parent: int | None = None, page: int = 1, **fields: Any) -> dict[str, Any]:
    row = NOT_IMPORTED | {
        "site_id": 1,
        "id": number,
        "page_id": page,
        "parent_id": parent,
        "status": Status.APPROVED,
        "author": f"Writer {number}",
        "email": f"w{number}@example.test",
        "url": "https://writer.example/?a=1&b=2",
        "text": f"Words of {number}",
        "format": "markdown",
        "created_at": NOW + timedelta(minutes=number),
        "source": "",
        "source_id": None,
    }
    return row | fields


def insert(engine: Engine, **rows: list[dict[str, Any]]) -> None:
    """Insert rows, by the names of their tables."""
    with engine.begin() as connection:
        for table, values in rows.items():
            connection.execute(getattr(tables, table).insert(), values)


@contextmanager
def reading(engine: Engine, **choice: Any) -> Iterator[SiteReader]:
    with snapshot_of(engine) as connection:
        yield SiteReader(
            connection, ExportFilter(**{"site_id": 1, "origin": ORIGIN, "statuses": tuple(Status)} | choice)
        )


def exported(engine: Engine, name: str, **choice: Any) -> str:
    """The whole file in a format."""
    form = FORMATS[name]
    with reading(engine, **{"statuses": form.statuses} | choice) as site:
        return "".join(form.write(site, NOW))
