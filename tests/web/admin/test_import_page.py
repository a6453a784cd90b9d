"""``/admin/import``: upload, dry run, import and undo, as an owner does it in a browser without JavaScript."""

import asyncio
import gzip
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from sqlalchemy import func, select

from db import tables
from service.importers import import_run_rows, import_run_work
from service.importers.import_run_rows import RunState, WorkLease
from service.importers.import_run_work import RunWork
from service.settings import Settings
from service.web import import_worker
from service.web.context import AppContext
from tests.conftest import Clock
from tests.importers.samples import comment, export, item
from tests.web.admin.conftest import OURS, Browser

FILE = export(item(comment(1), comment(2, 1, approved="0"), comment(3)))


@pytest.fixture
def settings(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(import_worker, "LOOK_EVERY", 3600.0)  # the tests do the work, when they want it
    return Settings(**{**settings.model_dump(), "data": tmp_path / "data", "import_mb": 1})


class Desk:
    """What the pages are asked, and the work that the background does."""

    def __init__(self, browser: Browser, context: AppContext, clock: Clock) -> None:
        self.browser, self.context, self.clock = browser, context, clock

    def send(self, data: bytes = FILE, name: str = "old.xml", **fields: str) -> Response:
        typed = {"site": "1", "format": "", "pages": "", "moved": "", "hosts": "", "slugs": "", **fields}
        return self.browser.client.post("/admin/import", data=typed, files={"file": (name, data)}, headers=OURS)

    def upload(self, data: bytes = FILE, name: str = "old.xml", **fields: str) -> str:
        """Upload, and return what names the import."""
        response = self.send(data, name, **fields)
        assert response.status_code == 303
        return response.headers["location"].partition("run=")[2]

    def act(self, run: str, action: str, **fields: str) -> None:
        response = self.browser.post("/admin/import/act", run=run, action=action, **fields)
        assert (response.status_code, response.headers["location"]) == (303, f"../../admin/import?run={run}")

    def work(self) -> None:
        """What the process in the background does, in this one."""
        with self.context.engine.connect() as connection:
            key = import_run_rows.to_do(connection, import_worker.uploads(self.context.settings))
        assert key is not None
        lease = WorkLease()
        assert self.context.writer.run(lease.take, self.clock())
        self.worker(key, lease).perform()
        self.context.writer.run(lease.give_back)

    def worker(self, key: import_run_rows.Key, lease: WorkLease) -> RunWork:
        file = import_worker.upload_of(self.context.settings, key[1])
        return RunWork(self.context.engine, self.context.writer, key, file, lease, self.clock)

    def page(self, run: str) -> str:
        response = self.browser.get(f"/admin/import?run={run}")
        assert response.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.text))

    def comments(self) -> int:
        with self.context.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(tables.comment)).scalar_one())


@pytest.fixture
def desk(browser: Browser, context: AppContext, clock: Clock) -> Desk:
    return Desk(browser, context, clock)


def test_an_export_is_looked_at_imported_and_taken_back(desk: Desk) -> None:
    run = desk.upload()
    assert "It starts in a moment." in desk.page(run)
    desk.work()
    page = desk.page(run)
    assert "3 comments would be imported." in page
    assert "Writer 1, 2020-01-02 03:04 UTC, Approved, http" in page
    assert desk.comments() == 0
    desk.act(run, "start")
    desk.work()
    assert "3 comments were imported." in desk.page(run)
    assert desk.comments() == 3
    log = desk.browser.get("/admin/log").text
    assert "3 comments imported" in log
    assert f"admin/import?run={run}" in log
    desk.act(run, "undo")
    desk.work()
    assert "3 comments were deleted." in desk.page(run)
    assert desk.comments() == 0
    assert "Import undone: 3 comments deleted" in desk.browser.get("/admin/log").text
    assert import_worker.uploads(desk.context.settings) == []
    assert "Undone" in desk.browser.get("/admin/import").text


def test_the_process_beside_the_service_does_the_work(desk: Desk) -> None:
    run = desk.upload(gzip.compress(FILE), name="old.xml.gz")
    assert asyncio.run(import_worker.work_once(desk.context))
    assert "3 comments would be imported." in desk.page(run)
    assert not asyncio.run(import_worker.work_once(desk.context))


def test_a_process_that_dies_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_worker, "_PROGRAM", "no.such.program")
    run = desk.upload()
    assert asyncio.run(import_worker.work_once(desk.context))
    assert "The process that worked on it ended with status 1." in desk.page(run)


def test_a_file_of_no_known_format_is_told_what_it_is(desk: Desk) -> None:
    run = desk.upload(b"<!DOCTYPE html><title>Log in</title>", name="login.html")
    desk.work()
    assert "login.html is not in a supported format. It seems to be a web page (HTML)" in desk.page(run)
    desk.act(run, "check", format="disqus")
    desk.work()
    assert "The file declares a document type or entities, which no export of Disqus does." in desk.page(run)
    desk.act(run, "discard")
    assert "The file is deleted." in desk.page(run)
    assert import_worker.uploads(desk.context.settings) == []


def test_where_pages_go_can_be_said_and_said_again(desk: Desk) -> None:
    run = desk.upload(moved="5")
    desk.work()
    assert "--map 5: write it as OLD=NEW" in desk.page(run)
    desk.act(run, "check", moved="/2020/=/articles/\n", pages="\n", format="")
    desk.work()
    page = desk.browser.get(f"/admin/import?run={run}").text
    assert "/articles/hello/</bdi>" in page
    assert ">/2020/=/articles/</textarea>" in page


def test_what_is_too_large_empty_or_missing_is_said(desk: Desk) -> None:
    large = desk.send(b"x" * 1_000_001)
    assert (large.status_code, "The file is larger than 1 MB. Compress it with gzip" in large.text) == (413, True)
    larger = desk.send(b"x" * 2_500_000)
    assert (larger.status_code, "larger than 1 MB" in larger.text) == (413, True)
    empty = desk.send(b"", moved="/a/=/b/")
    assert (empty.status_code, "Choose a file that is not empty." in empty.text) == (422, True)
    assert "/a/=/b/</textarea>" in empty.text
    assert desk.send(site="99").status_code == 400
    assert desk.browser.post("/admin/import", site="1").status_code == 400
    folder = import_worker.folder_of(desk.context.settings)
    assert [*folder.iterdir()] == []


def test_a_full_disk_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = import_worker.folder_of(desk.context.settings)
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    response = desk.send()
    assert (response.status_code, "The file could not be stored: File exists." in response.text) == (507, True)


def test_an_import_that_was_stopped_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.importers.prepare_page.AT_ONCE", 1)
    run = desk.upload()
    desk.work()
    desk.act(run, "start")
    site_id, run_id = map(int, run.split("-"))
    lease, stops = WorkLease(), []
    assert desk.context.writer.run(lease.take, desk.clock())
    worker = desk.worker((site_id, run_id), lease)
    write = import_run_work.RunWork._write

    def stops_after_two(self: RunWork, *arguments: object, **more: object) -> object:
        if desk.comments() == 2 and not stops:
            stops.append(desk.act(run, "stop"))
        return write(self, *arguments, **more)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(import_run_work.RunWork, "_write", stops_after_two)
    worker.perform()
    desk.context.writer.run(lease.give_back)
    assert (desk.comments(), len(stops)) == (2, 1)
    assert "What was imported so far is kept. Continuing adds the rest." in desk.page(run)
    desk.act(run, "start")
    desk.work()
    assert (desk.comments(), "3 comments were imported." in desk.page(run)) == (3, True)


def test_one_process_works_at_a_time_and_another_goes_on_after_a_death(desk: Desk) -> None:
    run = desk.upload()
    first, second = WorkLease(), WorkLease()
    write = desk.context.writer.run
    assert write(first.take, desk.clock())
    assert not write(second.take, desk.clock())
    desk.clock.advance(seconds=61)
    assert write(second.take, desk.clock())
    site_id, run_id = map(int, run.split("-"))
    desk.worker((site_id, run_id), first).perform()  # the first comes back from the dead
    assert "Waiting: another import" in desk.page(run)
    desk.worker((site_id, run_id), second).perform()
    assert "3 comments would be imported." in desk.page(run)


def test_uploads_that_nobody_needs_are_swept_away(desk: Desk) -> None:
    kept, discarded, forgotten = desk.upload(), desk.upload(), desk.upload()
    desk.act(discarded, "discard")
    folder = import_worker.folder_of(desk.context.settings)
    (folder / "7").write_text("of no import")
    (folder / "notes.txt").write_text("of somebody")
    desk.clock.advance(days=8)
    desk.act(kept, "stop")
    os.utime(folder / "7", (future := desk.clock().timestamp(), future))
    asyncio.run(import_worker.sweep(desk.context))
    assert (folder / "7").exists(), "its import may be on the way"
    desk.clock.advance(hours=2)
    asyncio.run(import_worker.sweep(desk.context))
    assert {path.name for path in folder.iterdir()} == {kept.partition("-")[2], "notes.txt"}
    assert forgotten


def test_an_import_by_command_is_listed_and_can_be_taken_back(desk: Desk) -> None:
    at = desk.clock()
    run_id = desk.context.writer.run(import_run_rows.create, 1, at, state=RunState.WRITE, file="big.xml")
    assert "Undo import" not in desk.page(f"1-{run_id}")
    desk.clock.advance(seconds=timedelta(minutes=2).total_seconds())
    assert "It was interrupted." in desk.page(f"1-{run_id}")
    assert "big.xml" in desk.browser.get("/admin/import").text
    unknown = desk.browser.post("/admin/import/act", run=f"1-{run_id}", action="nonsense")
    assert unknown.status_code == 400
    assert desk.browser.post("/admin/import/act", run="1-5", action="undo").status_code == 400


def test_the_redirects_of_a_site_come_with_the_export(desk: Desk) -> None:
    folder = import_worker.folder_of(desk.context.settings)

    def upload(redirects: bytes) -> str:
        files = {"file": ("old.xml", FILE), "redirects": ("old-to-new.csv", redirects)}
        sent = desk.browser.client.post("/admin/import", data={"site": "1"}, files=files, headers=OURS)
        desk.work()
        return sent.headers["location"].partition("run=")[2]

    wrong = upload(b"/2020/hello/,/articles/hello/\n/a/,https://else.example/\n")
    assert "old-to-new.csv, line 2: it leads to another site. Remove that line." in desk.page(wrong)
    run = upload(b"/2020/hello/,/articles/hello/\n")
    seen = desk.page(run)
    assert "Pages with another address here" in seen
    assert "/2020/hello/ → https://blog.example/articles/hello/" in seen
    assert "(old-to-new.csv)" in seen
    desk.act(run, "check", without="1")
    desk.work()
    assert "another address here" not in desk.page(run)
    again = {"run": run, "action": "check"}
    files = {"redirects": ("new.csv", b"/2020/hello/,/texts/hello/\n")}
    desk.browser.client.post("/admin/import/act", data=again, files=files, headers=OURS)
    desk.work()
    assert "https://blog.example/texts/hello/" in desk.page(run)
    assert (folder / f"{run.partition('-')[2]}.redirects").exists()
    desk.act(run, "start")
    desk.work()
    with desk.context.engine.connect() as connection:
        assert connection.execute(select(tables.page.c.url)).scalar_one() == "https://blog.example/texts/hello/"
    desk.act(wrong, "discard")
    assert [path.name for path in folder.iterdir() if path.name.startswith(wrong.partition("-")[2])] == []
    large = {"file": ("old.xml", FILE), "redirects": ("r.csv", b"x" * 1_100_000)}
    assert desk.browser.client.post("/admin/import", data={"site": "1"}, files=large, headers=OURS).status_code == 413
