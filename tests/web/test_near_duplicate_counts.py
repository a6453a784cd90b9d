"""What waits to be counted is written at a stop, and while the service runs within some seconds."""

from pathlib import Path

from sqlalchemy import func, select

from db import tables
from db.engine import open_engine
from service.app import open_context
from service.settings import Settings
from service.spam.near_duplicates import Bands
from service.web.context import AppContext
from service.web.spam_check import write_counts

TEXTS = 100


def note(context: AppContext) -> None:
    """A flood of texts. Nothing is handed to the writer yet."""
    for number in range(TEXTS):
        keys = tuple(range(100 * number, 100 * number + 16))
        context.spam.near_duplicate_writer.note(1, Bands(keys, long=True), number, context.clock())


def counted(settings: Settings) -> int:
    engine = open_engine(settings.database)
    with engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(tables.sighting)) or 0
    engine.dispose()
    return found


def test_a_stop_writes_what_waits(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    context = open_context(settings)
    note(context)
    assert counted(settings) == 0
    assert context.close()
    assert counted(settings) == 16 * TEXTS


def test_slices_follow_each_other_without_a_post(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    context = open_context(settings)
    note(context)
    write_counts(context, context.spam.near_duplicate_writer.rest(begin=True))
    while context.spam.near_duplicate_writer.rest(begin=True):
        context.writer.run(lambda _: None)  # until the job before it is done
    context.writer.run(lambda _: None)
    assert counted(settings) == 16 * TEXTS
    context.close()
