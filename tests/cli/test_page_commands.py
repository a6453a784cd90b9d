"""``site pages`` asks the pages themselves: whether they are there, and what their titles are."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.main import app

HTML = "<!doctype html><head><title>\n {} &amp; more</title></head><svg><title>A drawing</title></svg>"
PAGES: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/right": (200, {}, HTML.format("Right").encode()),
    "/wrong": (200, {"content-type": "text/html; charset=iso-8859-1"}, HTML.format("Grüße").encode("iso-8859-1")),
    "/odd": (200, {"content-type": "text/html; charset=no-such"}, HTML.format("Odd").encode()),
    "/moved": (301, {"location": "/right"}, b""),
    "/spelt": (301, {"location": "/spelt/"}, b""),
    "/spelt/": (200, {}, b"<title>Spelt</title>"),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, headers, body = PAGES.get(self.path, (404, {}, HTML.format("Not found").encode()))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def origin() -> Iterator[str]:
    """A site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def store(origin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """A store with pages of it, each named by a comment."""
    monkeypatch.setenv("REPLY_DATA", str(tmp_path))
    assert run("site", "add", origin).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "comments.db", isolation_level=None)) as store:
        [(site_id,)] = store.execute("SELECT id FROM site WHERE origin = ?", (origin,))
        titles = {
            "/right": "Right & more",
            "/wrong": "Buy pills",
            "/odd": "Kept",
            "/moved": "",
            "/spelt": "",
            "/no": "x",
        }
        for number, (path, title) in enumerate(titles.items()):
            row = (site_id, number, origin + path, origin + path, title, path == "/right")
            columns = "site_id, id, key, url, title, title_checked, closed, version, created_at"
            store.execute(f"INSERT INTO page ({columns}) VALUES (?, ?, ?, ?, ?, ?, 0, 1, '2026-11-24')", row)
        yield store


def titles(store: sqlite3.Connection, origin: str) -> dict[str, str]:
    return {url.removeprefix(origin): title for url, title in store.execute("SELECT url, title FROM page ORDER BY id")}


def versions(store: sqlite3.Connection) -> list[int]:
    return [version for (version,) in store.execute("SELECT version FROM page ORDER BY id")]


def test_pages_that_are_not_there_are_listed_and_nothing_is_changed(store: sqlite3.Connection, origin: str) -> None:
    before = titles(store, origin)
    said = run("site", "pages", origin)
    assert said.exit_code == 1
    assert said.stdout.splitlines() == [
        f"{origin}/wrong “Buy pills” is {origin}/wrong “Grüße & more”",
        f"{origin}/moved leads to {origin}/right",
        f"{origin}/spelt “” is {origin}/spelt/ “Spelt”",
        f"{origin}/no answers 404",
        "6 checked: 2 missing, 2 with another title or address (--correct updates them).",
    ]
    assert titles(store, origin) == before
    assert versions(store) == [1] * 6


def test_titles_and_spellings_are_corrected_and_readers_see_it(store: sqlite3.Connection, origin: str) -> None:
    assert run("site", "pages", origin, "--correct").stdout.endswith("6 checked: 2 missing, 2 corrected.\n")
    assert titles(store, origin) == {
        "/right": "Right & more",
        "/wrong": "Grüße & more",
        "/odd": "Kept",
        "/moved": "",
        "/spelt/": "Spelt",
        "/no": "x",
    }
    assert versions(store) == [1, 2, 1, 1, 2, 1]
    assert "2 missing, 0 corrected." in run("site", "pages", origin, "--correct").stdout


def test_a_site_that_does_not_answer_and_one_that_is_unknown(store: sqlite3.Connection, origin: str) -> None:
    store.execute("UPDATE page SET url = 'http://127.0.0.1:1/x' WHERE id = 0")
    assert "http://127.0.0.1:1/x did not answer" in run("site", "pages", origin).stdout
    assert "is not registered" in run("site", "pages", "https://no.example").output


def test_a_title_that_nobody_had_checked_is_confirmed(store: sqlite3.Connection, origin: str) -> None:
    store.execute("UPDATE page SET title_checked = 0 WHERE id = 0")
    sentence = f"{origin}/right “Right & more” is the correct title, now confirmed"
    assert sentence in run("site", "pages", origin, "--correct").stdout.splitlines()
    assert store.execute("SELECT title_checked FROM page ORDER BY id").fetchall() == [
        (1,),
        (1,),
        (0,),
        (0,),
        (1,),
        (0,),
    ]


def test_what_was_noted_is_listed_without_asking(store: sqlite3.Connection, origin: str) -> None:
    assert run("site", "pages", origin, "--noted").stdout == "0 checked: 0 missing.\n"
    run("site", "pages", origin, "--correct")
    said = run("site", "pages", origin, "--noted")
    assert said.stdout.splitlines() == [
        f"{origin}/moved leads to {origin}/right",
        f"{origin}/no answers 404",
        "6 checked: 2 missing.",
    ]
    assert said.exit_code == 1
    assert "Choose one of --correct and --noted." in run("site", "pages", origin, "--noted", "--correct").output
