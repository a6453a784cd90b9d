"""``leave-a-reply move --to URL``: a running store, copied to another database until both are equal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from db import tables
from db.engine import WRITE
from db.mirror import Difference, Mirror, digest, rows_of, set_sequences
from db.models import metadata


class NotEmpty(ValueError):
    """The target holds something that does not come from this store."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A table as it is in both stores."""

    name: str
    rows: int
    digest: str


def refuse_foreign(source: Connection, target: Connection) -> None:
    """A target may be empty, or hold what an earlier run has brought. Raises NotEmpty."""
    site = tables.site.c
    ours, theirs = (set(each.execute(select(site.id, site.origin, site.key)).all()) for each in (source, target))
    if any(rows_of(target).values()) and not (theirs and theirs <= ours):
        raise NotEmpty("The target holds other data. Name an empty database.")


def copy(source: Engine, target: Engine, tell: Callable[[int], None]) -> dict[str, Difference]:
    """One pass over everything, beside the running service. What was copied is kept wherever it is stopped. Raises
    NotEmpty."""
    with source.connect() as from_, target.connect().execution_options(**{WRITE: True}) as to:
        refuse_foreign(from_, to)

        def keep(number: int) -> None:
            to.commit()
            tell(number)

        found = Mirror(from_, to, keep).run()
        to.commit()
        return found


@contextmanager
def nobody_writes(source: Engine) -> Iterator[Connection]:
    """A connection to the source for as long as nobody else may write to it; readers are not disturbed."""
    with source.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        if source.dialect.name == "postgresql":
            names = ", ".join(table.name for table in metadata.sorted_tables)
            connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE MODE")
        yield connection


def copy_the_rest(from_: Connection, target: Engine, tell: Callable[[int], None]) -> list[Copied]:
    """The last pass, while nobody writes to the source: what has changed since, then the proof that both are equal.

    Raises LookupError if they are not.
    """
    with target.connect().execution_options(**{WRITE: True}) as to, to.begin():
        Mirror(from_, to, tell).run()
        set_sequences(to)
        copied = []
        for table in metadata.sorted_tables:
            ours, theirs = digest(from_, table), digest(to, table)
            if ours != theirs:
                raise LookupError(f"{table.name} differs: {ours[0]} rows here, {theirs[0]} there. Nothing was kept.")
            copied.append(Copied(table.name, *ours))
        return copied
