"""An engine that is disposed of leaves no connection open."""

from db.engine import open_engine


def test_a_connection_that_was_held_meanwhile_is_closed_when_it_comes_back(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    idle, held = engine.connect(), engine.connect()
    drivers = [each.connection.driver_connection for each in (idle, held)]
    assert None not in drivers
    idle.close()
    engine.dispose()
    assert [driver.closed for driver in drivers] == [True, False]  # type: ignore[union-attr]  # see above
    held.close()
    assert drivers[1].closed  # type: ignore[union-attr]  # the same
