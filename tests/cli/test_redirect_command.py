"""``site redirects`` moves comments to where a site's redirects lead."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.main import app

BLOG = "https://blog.example"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    monkeypatch.setenv("REPLY_DATA", str(tmp_path))
    assert run("site", "add", BLOG).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "comments.db", isolation_level=None)) as store:
        for number, path in enumerate(("/a", "/b", "/c"), 1):
            store.execute(
                "INSERT INTO page (site_id, id, key, url, title, closed, version, created_at)"
                " VALUES (1, ?, ?, ?, '', 0, 1, '2026-11-24 12:00:00.000000')",
                (number, BLOG + path, BLOG + path),
            )
        yield store


def paths(store: sqlite3.Connection) -> list[str]:
    return [url.removeprefix(BLOG) for (url,) in store.execute("SELECT url FROM page ORDER BY id")]


def test_the_command_tells_first_and_merges_only_when_told_to(store: sqlite3.Connection, tmp_path: Path) -> None:
    table = tmp_path / "redirects.csv"
    table.write_text("from,to\n/a,/x\n/b,/c\n/old,/c\n/c,https://else.example/\n", "utf-8")
    told = run("site", "redirects", BLOG, str(table), "--dry-run")
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        f"move {BLOG}/a → {BLOG}/x (0 comments)",
        f"merge {BLOG}/b → {BLOG}/c (0 comments)",
        f"alias {BLOG}/old → {BLOG}/c",
        "skipped: line 5, /c,https://else.example/: it leads to another site",
        "1 not merged: both pages have comments. --merge merges them.",
        "Nothing was changed.",
    ]
    assert paths(store) == ["/a", "/b", "/c"]
    assert "2 done." in run("site", "redirects", BLOG, str(table)).output
    assert paths(store) == ["/x", "/b", "/c"]
    assert "1 done." in run("site", "redirects", "http://www.blog.example", str(table), "--merge").output
    assert paths(store) == ["/x", "/c"]


def test_what_cannot_be_read_is_said(store: sqlite3.Connection, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\xff\xfe\0")
    for origin, file, sentence in (
        (BLOG, broken, "cannot be read"),
        (BLOG, tmp_path / "none", "cannot be read"),
        ("https://else.example", broken.with_name("empty"), "is not registered"),
    ):
        (tmp_path / "empty").write_text("")
        failed = run("site", "redirects", origin, str(file))
        assert (failed.exit_code, sentence in failed.output) == (1, True)
