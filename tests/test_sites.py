"""Sites: one that goes takes all that is its own along, and nothing of the others."""

from sqlalchemy import func, select

from db.models import metadata
from service import sites
from service.web.state import Core
from tests.conftest import Clock
from tests.reader import Reader


def rows(core: Core, site_id: int) -> dict[str, int]:
    """How many rows of a site each table holds."""
    with core.engine.connect() as connection:
        return {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.site_id == site_id)
            ).scalar_one()
            for table in metadata.sorted_tables
            if "site_id" in table.c
        }


def test_a_site_is_removed_with_its_comments_and_no_others(reader: Reader, core: Core, clock: Clock) -> None:
    core.writer.run(sites.register("https://other.example", clock()))
    reader.client.portal.call(core.read_sites)
    reader.post()
    reader.post(page="https://other.example/post", comment="Said elsewhere.")
    with core.engine.connect() as connection:
        known = sites.read_sites(connection)
        assert sites.count_comments(known["https://blog.example"])(connection) == 1
    kept = rows(core, known["https://other.example"])
    core.writer.run(sites.remove(known["https://blog.example"]))
    assert not any(rows(core, known["https://blog.example"]).values())
    assert rows(core, known["https://other.example"]) == kept
    assert kept["comment"] == 1
    with core.engine.connect() as connection:
        assert "https://blog.example" not in sites.read_sites(connection)
