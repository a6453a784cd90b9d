"""Searches of the list of comments that an admin has saved under a name."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from db import tables
from db.column_types import new_id

LONGEST_NAME = 60
LONGEST_QUERY = 2000
MOST = 30
_view = tables.saved_view.c


@dataclass(frozen=True, slots=True)
class NamedSearch:
    """A search and its name. ``query`` is that of the list's address."""

    id: int
    name: str
    query: str


def save_view(connection: Connection, admin_id: int, name: str, query: str) -> bool:
    """Save a view, in place of one of the same name. Returns False if the admin has ``MOST`` already."""
    connection.execute(delete(tables.saved_view).where(_view.admin_id == admin_id, _view.name == name))
    number = select(func.count()).select_from(tables.saved_view).where(_view.admin_id == admin_id)
    if connection.execute(number).scalar_one() >= MOST:
        return False
    row = {"id": new_id(), "admin_id": admin_id, "name": name, "query": query}
    connection.execute(tables.saved_view.insert(), row)
    return True


def remove_view(connection: Connection, admin_id: int, view_id: int) -> bool:
    """Remove a view of this admin. Returns False if it does not exist."""
    removed = delete(tables.saved_view).where(_view.admin_id == admin_id, _view.id == view_id)
    return connection.execute(removed).rowcount == 1


def read_views(connection: Connection, admin_id: int) -> list[NamedSearch]:
    """An admin's views by name."""
    query = select(_view.id, _view.name, _view.query).where(_view.admin_id == admin_id).order_by(_view.name)
    return [NamedSearch(*row) for row in connection.execute(query)]
