"""Our WXR goes through a real WordPress of Debian, and what that exports comes back into an empty store."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import tables
from db.models import Status
from db.writer import Writer
from service.importers.import_formats import read_source
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import PageMappings
from service.importers.source_file import open_source
from service.importers.store_comments import Import
from tests.exporters.stores import NOW, ORIGIN, comment_row, exported, insert, page_row
from tests.exporters.test_export_formats import new_store
from tests.importers.test_round_trips import HOSTILE, shown
from tests.outside.builds import run
from tests.service_process import wait_for

SCRIPT = Path(__file__).parent / "wordpress.php"
THREAD = [
    comment_row(1, text="**Bold** & <b>\n\n> quoted\n\n```\na\n\n  b\n```\n\n1. one\n2. two"),
    comment_row(2, 1, status=Status.PENDING, author="Anna & <Bob> O'Neill \\o/"),
    comment_row(3, 1, format="html", text="<em>old</em>\n\nwords with a \\ and 'quotes'"),
    comment_row(4, 3, status=Status.SPAM),
    comment_row(5, status=Status.TRASH, author="=HYPERLINK(1)"),
    comment_row(6, 3, text="🌹 für Łukasz, {{ braces }} and [gallery ids=1]"),
    comment_row(7, page=2, email="", url=""),
    *(comment_row(20 + number, page=2, text=text) for number, text in enumerate(HOSTILE)),
]
PAGES = [
    page_row(1, title="Hello & <more>", url=f"{ORIGIN}/hello/", key=f"{ORIGIN}/hello", closed=True),
    page_row(2, title="Second “page”", url=f"{ORIGIN}/second/", key=f"{ORIGIN}/second"),
]


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """A MariaDB with an empty database ``wordpress``, which listens on a socket in the folder only."""
    data, socket = folder / "mariadb", f"--socket={folder / 'mariadb.sock'}"
    run(folder, "mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal")
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", socket, "--skip-networking", "--user=root"]
    with (folder / "mariadb.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        ping = ["mariadb-admin", "--no-defaults", socket, "--user=root", "ping"]
        wait_for(lambda: subprocess.run(ping, capture_output=True).returncode == 0 or None, "MariaDB did not start")
        run(folder, "mariadb", "--no-defaults", socket, "--user=root", "-e", "CREATE DATABASE wordpress")
        yield
    finally:
        process.terminate()
        process.wait(60)


def through_wordpress(folder: Path, wxr: str) -> Path:
    """What WordPress exports after it has taken a file in."""
    sent, back = folder / "sent.xml", folder / "back.xml"
    sent.write_text(wxr)
    with database(folder):
        run(folder, "php", SCRIPT, folder, "install")
        run(folder, "php", SCRIPT, folder, "import", sent)
        back.write_text(run(folder, "php", SCRIPT, folder, "export"))
    return back


def rows(engine: Engine) -> dict[str, dict[str, Any]]:
    """The comments by their dates, which WordPress keeps; each with its page's address and its parent's date."""
    with engine.connect() as connection:
        pages = {row.id: row for row in connection.execute(select(tables.page))}
        found = [dict(row) for row in connection.execute(select(tables.comment)).mappings()]
    dates = {row["id"]: str(row["created_at"]) for row in found}
    for row in found:
        row["page"], row["parent"] = pages[row["page_id"]].url, dates.get(row["parent_id"])
    return {str(row["created_at"]): row for row in found}


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """A store with threads, and an empty one."""
    first, other = (new_store(f"sqlite:///{tmp_path}/{name}.db") for name in ("first", "other"))
    insert(first, page=PAGES, comment=THREAD)
    yield first, other
    first.dispose()
    other.dispose()


def test_threads_come_back_from_wordpress_as_they_went(stores: tuple[Engine, Engine], tmp_path: Path) -> None:
    first, other = stores
    back = through_wordpress(tmp_path, exported(first, "wordpress", emails=True))
    writer, report = Writer(other), ImportReport()
    source = open_source(str(back))
    items = read_source("wordpress", source)
    Import("wordpress", PageMappings.of(1, ORIGIN, ()), writer.run, NOW, report).take(items)
    source.close()
    writer.close()
    assert (report.broken, report.unreadable, report.skipped, report.notes) == ("", {}, {}, {})
    sent, came = rows(first), rows(other)
    kept = {date: row for date, row in sent.items() if row["status"] is not Status.SPAM}
    assert came.keys() == kept.keys(), "WordPress exports no spam"
    for date, row in kept.items():
        for name in ("status", "author", "email", "url", "page", "parent"):
            assert came[date][name] == row[name], (row["id"], name)
        assert shown(came[date]) == shown(row), row["id"]
    with other.connect() as connection:
        pages = {row.url: (row.title, row.closed) for row in connection.execute(select(tables.page))}
    assert pages == {page["url"]: (page["title"], page["closed"]) for page in PAGES}
