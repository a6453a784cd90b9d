"""Liveness and readiness: an alive process may not be ready, and concurrent requests share one readiness check."""

import threading

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db.models import metadata
from service.web.context import AppContext
from service.web.ops import health
from service.web.shared_answers import SingleFlight
from tests.conftest import each_database
from tests.service_process import PATIENCE
from tests.writing import writing

pytestmark = each_database

WELL = {"ready": True, "writer": "ok", "database": "ok", "schema": "ok"}


@pytest.fixture(autouse=True)
def _idle_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """No recent commit, so that readiness asks the database."""
    monkeypatch.setattr(health, "RECENT_COMMIT_SECONDS", 0.0)


@pytest.fixture
def not_kept(context: AppContext) -> None:
    """Each request makes its own check."""
    context.readiness = SingleFlight(0.0)


def test_an_idle_service_is_ready_and_wrote_a_row_to_find_out(client: TestClient, context: AppContext) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, WELL)
    assert answer.headers["cache-control"] == "no-store"
    chore = metadata.tables["chore"]
    with context.engine.connect() as connection:
        assert connection.execute(select(chore.c.name)).scalars().all() == ["readiness"]


def test_a_process_that_answers_is_alive(client: TestClient, context: AppContext) -> None:
    context.writer.close()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "alive\n")


@pytest.mark.usefixtures("not_kept")
def test_without_its_writer_it_is_not_ready(client: TestClient, context: AppContext) -> None:
    context.writer.close()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert (answer.json()["ready"], answer.json()["writer"]) == (False, "has ended")
    assert answer.json()["database"] == "takes no write: WriterClosed"


@pytest.mark.usefixtures("not_kept")
def test_with_a_database_that_does_not_answer_it_is_not_ready_until_that_does(
    client: TestClient, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "DATABASE_SECONDS", 0.05)
    go_on = threading.Event()
    hanging = context.writer.submit(lambda _: go_on.wait(PATIENCE))
    assert client.get("/readyz").json()["database"] == "takes no write: TimeoutError"
    go_on.set()
    assert hanging.result(PATIENCE)
    monkeypatch.setattr(health, "DATABASE_SECONDS", 10.0)
    assert client.get("/readyz").json() == WELL


@pytest.mark.usefixtures("not_kept")
def test_an_old_schema_is_not_ready_and_a_newer_one_is(client: TestClient, context: AppContext) -> None:
    def at(revision: str) -> str:
        with writing(context.engine) as connection:
            before = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
        return str(before)

    newest = at("0001")
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["schema"]) == (503, "is old: restart the service")
        at("9999")
        assert client.get("/readyz").json() == WELL
    finally:
        at(newest)


def test_concurrent_requests_share_one_check(client: TestClient, context: AppContext) -> None:
    client.get("/readyz")
    batches = context.writer.counts.batches.cumulative[-1]
    context.writer.close()
    assert [client.get("/readyz").json() for _ in range(20)] == [WELL] * 20
    assert context.writer.counts.batches.cumulative[-1] == batches
