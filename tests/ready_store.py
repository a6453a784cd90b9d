"""An empty SQLite store, migrated once in a process of tests."""

import tempfile
from functools import cache
from pathlib import Path

from db.engine import migrate, open_engine


@cache
def ready_store() -> bytes:
    """The file of a store whose schema is up to date."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "comments.db"
        engine = open_engine(f"sqlite:///{path}")
        migrate(engine)
        engine.dispose()
        return path.read_bytes()
