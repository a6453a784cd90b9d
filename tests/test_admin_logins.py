"""Names, passwords and the first admin."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from db.engine import open_engine
from db.writer import job_of
from service import admin_logins
from service.settings import Settings
from service.web.context import AppContext
from tests.at_once import at_once, write_to
from tests.conftest import Clock
from tests.service_process import PATIENCE, wait_for

T = TypeVar("T")


def test_of_two_first_admins_one_is_first(context: AppContext, clock: Clock) -> None:
    jobs = [context.writer.submit(job_of(admin_logins.add_first, name, "hash", clock())) for name in ("Ida", "Eve")]
    assert [bool(job.result()) for job in jobs] == [True, False]


def test_of_several_processes_one_makes_the_first_admin(context: AppContext, settings: Settings, clock: Clock) -> None:
    names = ("Ida", "Eve", "Tom", "Ida")
    made = at_once(write_to, [(settings.database, admin_logins.add_first, name, "hash", clock()) for name in names])
    assert made.count(None) == len(names) - 1
    with context.engine.connect() as connection:
        assert admin_logins.count(connection) == 1


def test_two_that_both_found_nobody_are_told_apart_by_the_database(postgres_url: str, clock: Clock) -> None:
    engine = open_engine(postgres_url)
    watching = engine.execution_options(isolation_level="AUTOCOMMIT")

    def blocked() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        with watching.connect() as connection:
            return bool(connection.exec_driver_sql(query).scalar_one())

    with engine.connect() as one, ThreadPoolExecutor() as elsewhere:
        assert admin_logins.add_first(one, "Ida", "hash", clock())
        other = elsewhere.submit(
            in_a_transaction, engine, lambda connection: admin_logins.add_first(connection, "Eve", "hash", clock())
        )
        wait_for(blocked, "the other to count nobody, and to wait for the index")
        one.commit()
        assert other.result(PATIENCE) is None
    engine.dispose()


def in_a_transaction(engine: Engine, job: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return job(connection)


def test_a_second_admin_needs_no_mark_and_takes_none(context: AppContext, clock: Clock) -> None:
    added = [context.writer.run(admin_logins.add, name, "hash", clock()) for name in ("Ida", "Eve")]
    assert all(added)
    assert context.writer.run(admin_logins.add_first, "Tom", "hash", clock()) is None


def test_a_first_admin_who_is_gone_may_be_followed(context: AppContext, clock: Clock) -> None:
    context.writer.run(admin_logins.add_first, "Ida", "hash", clock())
    context.writer.run(lambda connection: connection.exec_driver_sql("DELETE FROM admin") and None)
    assert context.writer.run(admin_logins.add_first, "Eve", "hash", clock())


NEW_ADMIN = {"name": "Eve", "password": "a lamp on the stairs", "again": "a lamp on the stairs"}


def set_up(client: TestClient, token: str) -> int:
    fields = {"token": token, **NEW_ADMIN}
    return int(client.post("/admin/setup", data=fields, headers={"sec-fetch-site": "same-origin"}).status_code)


@pytest.mark.parametrize("by_link", [True, False])
def test_links_stay_dead_when_the_last_admin_is_removed_and_a_new_link_works(
    client: TestClient, context: AppContext, clock: Clock, by_link: bool
) -> None:
    links = admin_logins.SetupLink(context.keyring)
    used, unused = links.issue(clock()), links.issue(clock() - timedelta(hours=1))
    clock.advance(minutes=1)
    if by_link:
        assert set_up(client, used) == 303
    else:
        context.writer.run(admin_logins.add, "Ida", "hash", clock())
    context.writer.run(lambda connection: connection.exec_driver_sql("DELETE FROM session") and None)
    context.writer.run(lambda connection: connection.exec_driver_sql("DELETE FROM admin") and None)
    client.cookies.clear()
    clock.advance(minutes=1)
    assert client.get("/admin/setup", params={"token": used}).status_code == 403
    assert [set_up(client, used), set_up(client, unused)] == [403, 403]
    assert set_up(client, links.issue(clock())) == 303


@pytest.mark.parametrize("password", ["short", "x" * 1001, "aaaaaaaaaa", "Ida Brandvold"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(admin_logins.WeakPassword):
        admin_logins.hash_password(password, "ida brandvold")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(admin_logins.BadName):
        admin_logins.check_name(name)
