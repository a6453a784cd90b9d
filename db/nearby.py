"""Questions that a few keys answer, asked without a thread where the database is in this very process.

SQLite answers them in 20 microseconds; a thread takes longer to wake up, and then waits for its turn in Python.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, make_url

from db.engine import open_engine

T = TypeVar("T")


class Nearby:
    """A connection for one thread alone. It is in no transaction: of two statements, the second may see more."""

    def __init__(self, url: str) -> None:
        engine = open_engine(url, pool_size=1, patience=0)  # whoever has to wait for a lock needs a thread after all
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None

    @classmethod
    def of(cls, url: str) -> "Nearby | None":
        """For SQLite; None for a database that is across a network."""
        return cls(url) if make_url(url).get_backend_name() == "sqlite" else None

    def ask(self, question: Callable[[Connection], T]) -> T:
        """The answer. Raises what the question raises, OperationalError among it while the file is locked."""
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            return question(self._connection)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file. The next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()
