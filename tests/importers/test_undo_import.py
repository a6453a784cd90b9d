"""An import is taken back as a whole, but for what somebody here did something with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import tables
from db.engine import migrate, open_engine
from db.models import Status
from db.writer import Writer
from service import action_log, sites
from service.comments.admin_edit import edit_comment
from service.comments.moderate import decide, undo
from service.importers import import_run_rows, undo_import
from service.importers.import_report import ImportReport
from service.importers.import_run_rows import RunState
from service.importers.incoming_comments import IncomingComment, IncomingPage, PageMappings
from service.importers.store_comments import Import
from service.importers.undo_import import Undo
from tests.exporters.stores import comment_row

ORIGIN, NOW = "https://new.example", datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


class Scene:
    def __init__(self, engine: Engine) -> None:
        self.engine, self.writer = engine, Writer(engine)
        self.writer.run(sites.register, ORIGIN, NOW)

    def take(self, *comments: IncomingComment) -> int:
        """An import of these comments that is done."""
        run_id = self.writer.run(import_run_rows.create, 1, NOW, state=RunState.DONE, file="old.xml")
        mappings = PageMappings.of(1, ORIGIN, ())
        Import("wordpress", mappings, self.writer.run, NOW, ImportReport(), run_id=run_id).take(iter(comments))
        return int(run_id)

    def take_back(self, run_id: int) -> Undo:
        assert self.writer.run(import_run_rows.change, (1, run_id), import_run_rows.CAN_BE_UNDONE, RunState.UNDO, LATER)
        work = Undo((1, run_id), None, self.writer.run, LATER)
        assert all(number >= 0 for number in work.work())
        return work

    def rows(self, name: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(getattr(tables, name))))

    def parents(self) -> dict[int, int | None]:
        return {row.id: row.parent_id for row in self.rows("comment")}


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    engine = open_engine(database_url)
    migrate(engine)
    scene = Scene(engine)
    yield scene
    scene.writer.close()
    engine.dispose()


def some(number: int, path: str = "/a", parent: int = 0, **more: Any) -> IncomingComment:
    page = IncomingPage((str(number),), path, "T", post_ids=(len(path) * 10 + ord(path[1]),))
    above = str(parent) if parent else ""
    created_at = NOW - timedelta(days=400 - number)
    author = {"author": "Ann", "email": "", "url": ""}
    return IncomingComment(page, "b", str(number), above, Status.APPROVED, "x", "html", created_at, **author, **more)


def test_nothing_is_left_of_an_import_that_nobody_touched(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_import, "AT_ONCE", 2)
    edited = NOW - timedelta(days=1)
    run_id = scene.take(*[some(n, f"/{'ab'[n % 2]}", max(0, n - 2), edited_at=edited) for n in range(1, 8)])
    assert len(scene.rows("comment")) == 7
    work = scene.take_back(run_id)
    assert (work.removed, work.kept) == (7, 0)
    for table in ("comment", "page", "wordpress_post", "author_change", "decision"):
        assert scene.rows(table) == [], table
    (entry,) = scene.rows("log_entry")
    assert (entry.action, entry.number, entry.batch) == (action_log.ActKind.IMPORT_UNDONE, 7, run_id)
    (run,) = scene.rows("import_run")
    assert (run.state, run.removed, run.kept) == (RunState.UNDONE, 7, 0)


def test_what_was_there_before_stays(scene: Scene) -> None:
    first = scene.take(some(1), some(2, parent=1))
    second = scene.take(some(3, parent=1), some(4, "/b"))
    versions = {row.url: row.version for row in scene.rows("page")}
    scene.take_back(second)
    assert scene.parents() == {1: None, 2: 1}
    (page,) = scene.rows("page")
    assert (page.url, page.version) == (f"{ORIGIN}/a", versions[f"{ORIGIN}/a"] + 1)
    scene.take_back(first)
    assert (scene.parents(), scene.rows("page")) == ({}, [])


def test_what_somebody_did_something_with_is_kept_with_what_it_answers(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_import, "AT_ONCE", 3)
    monkeypatch.setattr(undo_import, "_LEVELS", 1)
    parents = {1: 0, 2: 1, 3: 2, 4: 3, 5: 2, 6: 0, 7: 0, 8: 0}
    run_id = scene.take(*[some(number, parent=parent) for number, parent in parents.items()])
    page_id = scene.rows("page")[0].id
    reply = comment_row(100, 4, page=page_id, source="")
    with scene.engine.begin() as connection:
        connection.execute(tables.comment.insert(), reply)
    scene.writer.run(decide, [(1, 6)], Status.TRASH, None, LATER)
    scene.writer.run(edit_comment, (1, 7), {"text": "Other words"}, None, LATER)
    taken_back = scene.writer.run(decide, [(1, 8)], Status.SPAM, None, LATER)
    scene.writer.run(undo, taken_back.id, None, LATER)
    work = scene.take_back(run_id)
    assert scene.parents() == {1: None, 2: 1, 3: 2, 4: 3, 6: None, 7: None, 100: 4}
    assert (work.removed, work.kept) == (2, 6)
    assert [(row.url, row.import_id) for row in scene.rows("page")] == [(f"{ORIGIN}/a", None)]


def test_an_undo_that_was_cut_off_goes_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_import, "AT_ONCE", 2)
    run_id = scene.take(*[some(n, parent=n - 1 if n > 1 else 0) for n in range(1, 7)])
    assert scene.writer.run(import_run_rows.change, (1, run_id), import_run_rows.CAN_BE_UNDONE, RunState.UNDO, LATER)
    first = Undo((1, run_id), None, scene.writer.run, LATER)
    for _ in first.work():
        if first.removed:
            break
    again = Undo((1, run_id), None, scene.writer.run, LATER, removed=first.removed)
    assert sum(again.work()) > 0
    assert (again.removed, scene.rows("comment")) == (6, [])


def test_a_reply_that_comes_while_it_is_undone_moves_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_import, "AT_ONCE", 1)
    run_id = scene.take(some(1), some(3, parent=1), some(2, parent=3))
    assert scene.writer.run(import_run_rows.change, (1, run_id), import_run_rows.CAN_BE_UNDONE, RunState.UNDO, LATER)
    work = Undo((1, run_id), None, scene.writer.run, LATER)
    steps = work.work()
    while not work.removed:
        next(steps)
    # 3 is gone, and 2 answers 1 now
    assert scene.parents() == {1: None, 2: 1}
    with scene.engine.begin() as connection:
        connection.execute(tables.comment.insert(), comment_row(50, 2, page=scene.rows("page")[0].id, source=""))
    assert all(number >= 0 for number in steps)
    assert scene.parents() == {1: None, 2: 1, 50: 2}
    assert (work.removed, work.kept) == (1, 2)


def test_after_an_undo_the_file_can_be_imported_again(scene: Scene) -> None:
    thread = (some(1), some(2, parent=1))
    scene.take_back(scene.take(*thread))
    scene.take(*thread)
    assert scene.parents() == {1: None, 2: 1}
    assert scene.rows("page")[0].created_at == thread[0].created_at
