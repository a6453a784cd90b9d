"""A job that says whether it is this process's turn: the condition is part of the statement, so one of many wins."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam

from db.insert import INSERTS
from db.models import metadata

_chore: Table = metadata.tables["chore"]


def take_turn(connection: Connection, name: str, at: datetime, unless_since: datetime) -> bool:
    """A job: note that this chore begins at ``at``, unless somebody began it after ``unless_since``. Returns whether
    it was noted.
    """
    row = {"name": name, "at": at, "unless_since": unless_since}
    return connection.execute(_statement(connection.dialect.name), row).rowcount == 1


@lru_cache(maxsize=2)
def _statement(dialect: str) -> Any:
    insert = INSERTS[dialect](_chore).values(name=bindparam("name"), at=bindparam("at"))
    return insert.on_conflict_do_update(
        index_elements=[_chore.c.name],
        set_={"at": insert.excluded.at},
        where=_chore.c.at <= bindparam("unless_since", type_=_chore.c.at.type),
    ).execution_options(preserve_rowcount=True)
