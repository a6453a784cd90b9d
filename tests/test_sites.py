"""Removing a site deletes all of its rows and none of other sites."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from db.models import metadata
from service import sites
from service.web.context import AppContext
from tests.conftest import Clock
from tests.reader import Reader


def rows(context: AppContext, site_id: int) -> dict[str, int]:
    """Table → the number of rows of a site."""
    with context.engine.connect() as connection:
        return {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.site_id == site_id)
            ).scalar_one()
            for table in metadata.sorted_tables
            if "site_id" in table.c
        }


def number_of(context: AppContext) -> int:
    with context.engine.connect() as connection:
        return sites.read_sites(connection)["https://blog.example"]


def remove(context: AppContext, site_id: int, *, with_comments: bool) -> None:
    for job in sites.remove(site_id, with_comments=with_comments):
        context.writer.run(job)


def test_a_site_is_removed_with_its_comments_and_no_others(reader: Reader, context: AppContext, clock: Clock) -> None:
    context.writer.run(sites.register, "https://other.example", clock())
    reader.client.portal.call(context.read_sites)
    reader.post()
    reader.post(page="https://other.example/post", comment="Said elsewhere.")
    with context.engine.connect() as connection:
        known = sites.read_sites(connection)
        assert sites.count_comments(connection, known["https://blog.example"]) == 1
    kept = rows(context, known["https://other.example"])
    remove(context, known["https://blog.example"], with_comments=True)
    assert not any(rows(context, known["https://blog.example"]).values())
    assert rows(context, known["https://other.example"]) == kept
    assert kept["comment"] == 1
    with context.engine.connect() as connection:
        assert "https://blog.example" not in sites.read_sites(connection)


def test_many_rows_go_slice_by_slice(reader: Reader, context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "SLICE", 2)
    for number in range(5):
        reader.post(comment=f"Comment {number}")
    site_id = number_of(context)
    jobs = [context.writer.run(job) for job in sites.remove(site_id, with_comments=True)]
    assert jobs.count(2) >= 2
    assert max(jobs) == 2
    assert not any(rows(context, site_id).values())


def test_a_comment_that_comes_meanwhile_is_not_lost(reader: Reader, context: AppContext) -> None:
    site_id = number_of(context)
    jobs = sites.remove(site_id, with_comments=False)
    reader.post()
    with pytest.raises(sites.HasComments):
        context.writer.run(next(jobs))
    assert rows(context, site_id)["comment"] == 1


def test_who_posts_to_a_site_that_has_just_gone_is_told(reader: Reader, context: AppContext) -> None:
    form = reader.fields()
    remove(context, number_of(context), with_comments=True)
    answer = reader.send(form)
    assert answer.status_code == 403
    assert "is not registered" in answer.text


@pytest.fixture
def surprised(context: AppContext) -> Iterator[None]:
    """A database that refuses every comment by an unknown constraint."""
    sqlite = context.engine.dialect.name == "sqlite"
    begin, end = (
        (
            "CREATE TRIGGER surprise BEFORE INSERT ON comment BEGIN SELECT RAISE(ABORT, 'surprise'); END",
            "DROP TRIGGER surprise",
        )
        if sqlite
        else (
            "ALTER TABLE comment ADD CONSTRAINT surprise CHECK (id < 0)",
            "ALTER TABLE comment DROP CONSTRAINT surprise",
        )
    )
    context.writer.run(lambda connection: connection.exec_driver_sql(begin) and None)
    yield
    context.writer.run(lambda connection: connection.exec_driver_sql(end) and None)


@pytest.mark.usefixtures("surprised")
def test_another_constraint_that_fails_is_a_mistake_of_ours_and_no_site_that_is_gone(
    reader: Reader, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[bool] = []
    read_sites = context.read_sites
    monkeypatch.setattr(context, "read_sites", lambda: reads.append(True) or read_sites())
    with pytest.raises(IntegrityError):  # as the server logs it
        reader.post()
    assert reads == []


def test_a_site_that_comes_back_begins_anew(reader: Reader, context: AppContext, clock: Clock) -> None:
    reader.post(comment="Said before.")
    assert "Said before." in reader.read()
    remove(context, number_of(context), with_comments=True)
    context.writer.run(sites.register, "https://blog.example", clock())
    reader.client.portal.call(context.read_sites)
    reader.post(comment="Said afterwards.")
    assert "Said afterwards." in reader.read()
    assert "Said before." not in reader.read()
