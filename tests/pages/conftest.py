"""A site with pages, on each database."""

from collections.abc import Callable, Iterable, Sequence

import pytest
from sqlalchemy import Connection, select, update

from db import tables
from db.column_types import new_id
from db.job_steps import run_steps
from db.models import Status
from service.comments.find_page import find_or_create_page
from service.known_sites import known_sites
from service.page_address import resolve
from service.pages.merge_pages import Merge, Progress, merge_slice
from service.pages.page_changes import Click, standing
from service.pages.undo_moves import BatchUndo, Undone
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment
from tests.writing import writing

BLOG = "https://blog.example"


class Pages:
    """What a test does to the pages of site 1, and sees of them."""

    def __init__(self, context: AppContext, clock: Clock) -> None:
        self.context, self.clock = context, clock

    def add(self, path: str, text: str = "", **more: object) -> int:
        """An approved comment on a page; its id."""
        with writing(self.context.engine) as connection:
            page = resolve(BLOG + path, known_sites(connection))
            row, *_ = run_steps(connection, find_or_create_page(connection, page, self.clock(), advance=True))
            connection.execute(update(tables.page).where(tables.page.c.id == row).values(title="A post"))
        added = {"status": Status.APPROVED, "text": text or path, "page_id": row, **more}
        return int(add_comment(self.context, self.clock, **added).partition("-")[2])

    def id(self, path: str) -> int:
        with self.context.engine.connect() as connection:
            page = tables.page.c
            return int(connection.execute(select(page.id).where(page.url == BLOG + path)).scalar_one())

    def texts(self) -> dict[str, list[str]]:
        """Path of each page → the texts of its comments."""
        page, comment = tables.page.c, tables.comment.c
        query = select(page.url, comment.text).outerjoin(tables.comment, comment.page_id == page.id)
        found: dict[str, list[str]] = {}
        with self.context.engine.connect() as connection:
            for url, text in connection.execute(query.order_by(page.url, comment.id)):
                found.setdefault(url.removeprefix(BLOG), []).extend([text] if text else [])
        return found

    def aliases(self) -> dict[str, str]:
        alias = tables.page_alias.c
        with self.context.engine.connect() as connection:
            rows = connection.execute(select(alias.url, alias.to_url).order_by(alias.url))
            return {row.url.removeprefix(BLOG): row.to_url.removeprefix(BLOG) for row in rows}

    def click(self, batch: int = 0) -> Click:
        return Click(batch or new_id(), self.clock(), 1)

    def merge(self, path: str, into: str) -> int:
        """Returns the batch."""
        click = self.click()
        merge = Merge(1, new_id(), self.id(path), self.id(into))
        while self.context.writer.run(merge_slice, merge, click) is Progress.MORE:
            pass
        return click.batch

    def undo(self, batch: int) -> Sequence[Undone]:
        """What came of each change of a batch."""
        with self.context.engine.connect() as connection:
            changes = standing(connection, batch)
        undo = BatchUndo(changes, self.click())
        self.run(undo.jobs())
        return list(undo.outcomes.elements())

    def run(self, jobs: Iterable[Callable[[Connection], object]]) -> None:
        for job in jobs:
            self.context.writer.run(job)


@pytest.fixture
def pages(context: AppContext, clock: Clock) -> Pages:
    return Pages(context, clock)
