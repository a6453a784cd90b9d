"""The migrations lead to the very tables that the models describe."""

import threading

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from db import models
from db.engine import migrate, open_engine


def test_migrated_tables_are_the_models_tables(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), models.metadata) == []
    engine.dispose()


def test_several_processes_may_migrate_at_once(tmp_path: object) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new.db")
    errors: list[Exception] = []

    def run() -> None:
        try:
            own = open_engine(f"sqlite:///{tmp_path}/new.db")
            migrate(own)
            own.dispose()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    engine.dispose()


def test_sqlite_is_durable_and_readers_do_not_wait(tmp_path: object) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new.db")
    with engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    engine.dispose()
