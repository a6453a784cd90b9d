"""A store moves under a storm of posts, killed on the way, and takes along all that was acknowledged."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, func, select

from db import tables
from tests.faults.storm import SETTINGS, Storm
from tests.faults.test_kill import read
from tests.reader import Reader
from tests.service_process import COMMAND, PATIENCE, serving, wait_for

ENOUGH = 60


def begin_move(source: str, target: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "move", "--to", target],
        env=os.environ | {"REPLY_DATABASE_URL": source},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


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
        first = begin_move(source, postgres_url)
        wait_for(lambda: arrived(postgres_url), "nothing arrives")
        first.kill()
        first.communicate()
        storm.wait_for(ENOUGH)
        second = begin_move(source, postgres_url)
        assert second.stdout
        while "press Enter" not in (line := second.stdout.readline()):
            assert line, "the second run ended early"
        storm.cut_off(old)
    with serving(tmp_path, REPLY_DATABASE_URL=postgres_url, **SETTINGS) as [new], new.client() as client:
        second.communicate("\n", PATIENCE)
        assert second.returncode == 0
        assert Reader(client).post(comment="The first of the new store").status_code == 303
    stored, _ = read(postgres_url)
    assert storm.acknowledged.items() <= stored.items()
    assert len(stored) > 2 * ENOUGH
