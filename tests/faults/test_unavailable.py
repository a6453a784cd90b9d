"""A database that is locked, read-only, full or away: 503 and a sentence, nothing typed is lost, and it recovers.

Each fault is the database's own refusal. What was read a moment ago is still shown meanwhile.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import event, select

from db import tables
from db.engine import open_engine
from service.web.context import AppContext
from service.web.render import thread_cache
from service.web.shared_answers import SingleFlight
from tests.reader import ARTICLE, Reader, hidden_fields, shown_question, solve
from tests.service_process import PATIENCE

Fault = Callable[[AppContext], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.app.open_engine", partial(open_engine, patience=0.1))


@contextmanager
def locked(context: AppContext) -> Iterator[None]:
    """Another program has begun to write, and does not come to an end."""
    with closing(sqlite3.connect(str(context.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def with_pragma(context: AppContext, fault: str, end: str) -> Iterator[None]:
    """Every connection gets the fault at its next transaction; that of the writer and new ones at once."""
    pragma, kept = [fault], [context.writer.run(lambda connection: connection.connection.driver_connection)]

    def tell(driver: Any, *_: Any) -> None:
        driver.execute(f"PRAGMA {pragma[0]}").close()

    def keep(driver: Any, *_: Any) -> None:
        kept.append(driver)
        tell(driver)

    event.listen(context.engine, "begin", lambda each: tell(each.connection.driver_connection), insert=True)
    event.listen(context.engine, "connect", keep)
    tell(kept[0])
    yield
    pragma[0] = end
    for driver in kept:
        with suppress(sqlite3.ProgrammingError):  # it was closed
            tell(driver)


def read_only(context: AppContext) -> AbstractContextManager[None]:
    return with_pragma(context, "query_only=ON", "query_only=OFF")


def full(context: AppContext) -> AbstractContextManager[None]:
    """Not one page more than there is; what is free within the file is used up at first."""
    with context.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return with_pragma(context, f"max_page_count={pages}", "max_page_count=1000000")


def end_sessions(connection: sqlalchemy.Connection, database: str | None) -> None:
    connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")


@contextmanager
def away(context: AppContext) -> Iterator[None]:
    """PostgreSQL ends all connections to the database, and takes no new ones."""
    name = context.engine.url.database
    admin = sqlalchemy.create_engine(context.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            end_sessions(connection, name)
            yield
        finally:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    admin.dispose()


@contextmanager
def standby(context: AppContext) -> Iterator[None]:
    """PostgreSQL takes no writes, as a standby does that was not promoted yet."""
    name = context.engine.url.database
    admin = sqlalchemy.create_engine(context.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for value in ("on", "off"):
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
            end_sessions(connection, name)
            if value == "on":
                yield
    admin.dispose()


FAULTS = [
    *[pytest.param("sqlite", fault, id=fault.__name__) for fault in (locked, read_only, full)],
    *[pytest.param("postgresql", fault, id=fault.__name__) for fault in (away, standby)],
]


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The database whose fault it is."""
    backend = request.getfixturevalue("backend")
    return str(request.getfixturevalue("postgres_url" if backend == "postgresql" else "sqlite_url"))


def stored(context: AppContext) -> list[str]:
    with context.engine.connect() as connection:
        return list(connection.execute(select(tables.comment.c.text).order_by(tables.comment.c.id)).scalars())


LONG = ("Every word of this " * 2000).strip()


@pytest.mark.parametrize(("backend", "fault"), FAULTS)
def test_a_post_gets_its_form_back_and_is_taken_as_it_is_once_the_fault_has_ended(
    reader: Reader, context: AppContext, backend: str, fault: Fault
) -> None:
    reader.post()
    form = reader.fields(comment=LONG, author="Zoë", email="zoe@example.org", url="https://zoe.example")
    with fault(context):
        answer = reader.send(form)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"
        assert "The comment could not be saved. Please try again later." in answer.text
        assert LONG in answer.text
        for kept in ("Zoë", "zoe@example.org", "https://zoe.example"):
            assert f'value="{kept}"' in answer.text
        again = hidden_fields(answer.text)
        assert solve(shown_question(answer.text)) == form["captcha"], "the question is not used up"
        as_json = reader.send(form, json=True)
        assert (as_json.status_code, as_json.headers["retry-after"]) == (503, "30")
        assert "could not be saved" in as_json.json()["error"]
    assert reader.send(form | again).status_code == 303
    assert stored(context) == ["A thought of my own.", LONG]


@pytest.mark.parametrize(("backend", "fault"), FAULTS)
def test_an_edit_gets_its_form_back_and_is_taken_as_it_is_once_the_fault_has_ended(
    reader: Reader, context: AppContext, backend: str, fault: Fault
) -> None:
    link = reader.post(json=True).json()["own"]
    form = {"page": ARTICLE, "preview": link, "action": "save", "comment": LONG}
    with fault(context):
        answer = reader.client.post("/own", data=form)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "The comment could not be saved. Please try again later." in answer.text
        assert f">\n{LONG}</textarea>" in answer.text
        as_json = reader.client.post("/own", data=form, headers={"accept": "application/json"})
        assert (as_json.status_code, LONG in as_json.json()["form"]) == (503, True)
        if fault is not full:  # what takes no more room still fits
            deleting = reader.client.post("/own", data=form | {"action": "delete", "comment": ""})
            assert (deleting.status_code, 'value="delete"' in deleting.text) == (503, True)
    assert reader.client.post("/own", data=form | hidden_fields(answer.text)).status_code == 303
    assert stored(context) == [LONG]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_who_asks_for_a_preview_meanwhile_keeps_the_text(reader: Reader, context: AppContext, backend: str) -> None:
    form = reader.fields(comment=LONG)
    context.versions.forget_all()
    with away(context):
        answer = reader.client.post("/preview", data=form)
        assert (answer.status_code, LONG in answer.text) == (503, True)


@pytest.mark.parametrize(("backend", "fault"), [fault for fault in FAULTS if fault.id != "full"])  # a row still fits
def test_it_is_not_ready_until_the_fault_has_ended(
    reader: Reader, context: AppContext, backend: str, fault: Fault
) -> None:
    context.readiness = SingleFlight(0.0)
    reader.post()
    form = reader.fields(comment="Another thought.", author="Zoë", email="zoe@example.org")
    with fault(context):
        assert reader.send(form).status_code == 503
        answer = reader.client.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        assert reader.client.get("/healthz").status_code == 200
    assert reader.client.get("/readyz").json()["ready"]


@pytest.mark.parametrize(("backend", "fault"), FAULTS)
def test_a_thread_that_was_read_is_still_shown(
    reader: Reader, context: AppContext, backend: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.post(comment="Seen before.")
    assert "Seen before." in reader.read()
    monkeypatch.setattr(thread_cache, "FRESH_SECONDS", 0.0)
    with fault(context):
        answer = reader.client.get("/comments", params={"page": ARTICLE})
        assert answer.status_code == 200
        assert "Seen before." in answer.text


@pytest.mark.parametrize("backend", ["postgresql"])
def test_what_cannot_be_read_is_answered_with_503_and_a_sentence(
    reader: Reader, context: AppContext, backend: str
) -> None:
    with away(context):
        answer = reader.client.get("/thread", params={"page": "https://blog.example/never-read"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "cannot answer right now" in answer.text
        assert answer.headers["x-request-id"] in answer.text
    assert reader.client.get("/thread", params={"page": "https://blog.example/never-read"}).status_code == 200


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_page_never_read_before_still_gives_its_form_back(reader: Reader, context: AppContext, backend: str) -> None:
    form = reader.fields(page="https://blog.example/other", comment=LONG)
    context.versions.forget_all()
    with away(context):
        answer = reader.send(form)
        assert (answer.status_code, LONG in answer.text) == (503, True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_full_queue_gives_the_form_back_and_says_when_to_come_again(
    reader: Reader, context: AppContext, backend: str
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    context.writer.submit(lambda _: begun.set() or go_on.wait(PATIENCE))
    assert begun.wait(PATIENCE)
    while not context.writer.is_full:
        last = context.writer.submit(lambda _: None)
    form = reader.fields(comment=LONG)
    answer = reader.send(form)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Too many comments are coming in at once." in answer.text
    assert LONG in answer.text
    go_on.set()
    last.result(PATIENCE)
    assert reader.send(form).status_code == 303
