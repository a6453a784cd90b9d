"""A store moves under a storm of posts, killed on the way, and takes along all that was acknowledged."""

import os
from pathlib import Path

from sqlalchemy import create_engine, func, select

from db import tables
from tests.faults.storm import SETTINGS, Storm
from tests.faults.test_kill import read
from tests.forked_service import ForkedService
from tests.reader import Reader
from tests.service_process import PATIENCE, serving, wait_for

ENOUGH = 60


class Move:
    """``leave-a-reply move``, which waits for Enter before its last step."""

    def __init__(self, folder: Path, source: str, target: str) -> None:
        self._log, typed = folder / "move.log", folder / "typed"
        self._log.write_text("")
        typed.unlink(missing_ok=True)
        os.mkfifo(typed)
        self._keyboard = os.open(typed, os.O_RDWR)
        environment = os.environ | {"REPLY_DATABASE_URL": source}
        self.process = ForkedService(["move", "--to", target], environment, self._log, typed=typed)

    @property
    def asks(self) -> bool:
        """Whether it waits for Enter."""
        said = self._log.read_text()
        assert self.process.poll() is None, said
        return "press Enter" in said

    def press_enter(self) -> None:
        os.write(self._keyboard, b"\n")

    def end(self) -> int:
        """Its exit status."""
        status = self.process.wait(PATIENCE)
        os.close(self._keyboard)
        return status


def arrived(url: str) -> int:
    """How many comments are there already."""
    engine = create_engine(url)
    with engine.connect() as connection:
        number = connection.execute(select(func.count()).select_from(tables.comment)).scalar_one()
    engine.dispose()
    return int(number)


def test_nothing_that_was_acknowledged_stays_behind(tmp_path: Path, postgres_url: str) -> None:
    source, storm = f"sqlite:///{tmp_path / 'comments.db'}", Storm()
    with serving(tmp_path, **SETTINGS) as [old], storm.blowing(old):
        storm.wait_for(ENOUGH)
        first = Move(tmp_path, source, postgres_url)
        wait_for(lambda: arrived(postgres_url), "nothing arrives")
        first.process.kill()
        first.end()
        storm.wait_for(ENOUGH)
        second = Move(tmp_path, source, postgres_url)
        wait_for(lambda: second.asks, "the second run does not ask")
        storm.cut_off(old)
    with serving(tmp_path, REPLY_DATABASE_URL=postgres_url, **SETTINGS) as [new], new.client() as client:
        second.press_enter()
        assert second.end() == 0
        assert Reader(client).post(comment="The first of the new store").status_code == 303
    stored, _ = read(postgres_url)
    assert storm.acknowledged.items() <= stored.items()
    assert len(stored) > 2 * ENOUGH
