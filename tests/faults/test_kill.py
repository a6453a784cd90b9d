"""``kill -9`` in the middle of posts: what was acknowledged is there, once, and the service restarts without repair.

``KILLS=100`` asks for more of them, on each database, than there is time for each day.
"""

import os
import random
import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from db import tables
from tests.faults.storm import SETTINGS, Storm
from tests.reader import Reader
from tests.service_process import serving

AT_ONCE = 4
KILLS = int(os.environ.get("KILLS", "4"))


@pytest.mark.parametrize("seed", range(KILLS // AT_ONCE))
def test_what_was_acknowledged_survives_kills(tmp_path: Path, database_url: str, seed: int) -> None:
    chance, storm = random.Random(seed), Storm()
    settings = SETTINGS | {"REPLY_DATABASE_URL": database_url}
    for _ in range(AT_ONCE):
        with serving(tmp_path, **settings) as [service]:
            storm.blow(service, chance.randrange(2, 30))
            assert not re.search(r"Traceback|corrupt|malformed", service.log)
    with serving(tmp_path, **settings) as [service], service.client() as client:
        assert Reader(client).post(comment="Still here").status_code == 303
    stored, spent = read(database_url)
    assert spent == len(stored) + 1
    assert storm.acknowledged.items() <= stored.items()
    assert len(storm.acknowledged) > AT_ONCE
    assert storm.refused == []


def read(database_url: str) -> tuple[dict[str, int], int]:
    """Text → id of what the storm has posted, and how many questions were used. Fails for duplicates."""
    engine = create_engine(database_url)
    comment = tables.comment.c
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = connection.execute(select(comment.text, comment.id).where(comment.text.startswith("Thought "))).all()
        spent = connection.execute(select(func.count()).select_from(tables.spent)).scalar_one()
    engine.dispose()
    assert len({text for text, _ in rows}) == len(rows), "a comment is there twice"
    return {row.text: row.id for row in rows}, spent
