"""A transaction that writes, beside a service that may write at the same time."""

from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine

from db.engine import WRITE


def writing(engine: Engine) -> AbstractContextManager[Connection]:
    """It has SQLite's lock from its beginning: a write after a read fails once somebody else has written between."""
    return engine.execution_options(**{WRITE: True}).begin()
