"""What a job has changed is collected on its connection."""

import pytest
from sqlalchemy import Connection

from db.engine import open_engine
from service.comments.changes_for_caches import collect_changes, page_changed


class ServerGone(Exception):
    pass


def lose(connection: Connection) -> None:
    connection.invalidate()
    raise ServerGone


def test_each_run_collects_its_own_and_what_nobody_collects_is_no_error(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        for page_id in (1, 2):
            with collect_changes(connection) as changes:
                page_changed(connection, 7, page_id)
            assert changes.page_ids == {(7, page_id)}
        page_changed(connection, 7, 3)
    engine.dispose()


def test_a_connection_that_is_lost_meanwhile_tells_its_own_error(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection, connection.begin() as transaction:
        with pytest.raises(ServerGone), collect_changes(connection):
            lose(connection)
        transaction.rollback()
    engine.dispose()
