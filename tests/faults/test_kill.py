"""``kill -9`` in the middle of posts: what was acknowledged is there, once, and the service starts again by itself.

``KILLS=100`` asks for more of them than there is time for each day.
"""

import os
import random
import re
from pathlib import Path

from sqlalchemy import create_engine, func, select

from db import tables
from tests.faults.storm import Storm
from tests.reader import Reader
from tests.service_process import serving

KILLS = int(os.environ.get("KILLS", "20"))


def test_what_was_acknowledged_survives_many_kills(tmp_path: Path, database_url: str) -> None:
    chance, storm = random.Random(1), Storm()
    settings = {"REPLY_DATABASE_URL": database_url, "REPLY_DEMO": "1", "REPLY_RATE_QUESTION": "0/minute"}
    kills = KILLS if "sqlite" in database_url or KILLS > 20 else KILLS // 2
    for _ in range(kills):
        with serving(tmp_path, **settings) as [service]:
            storm.blow(service, chance.randrange(2, 30))
            assert not re.search(r"Traceback|corrupt|malformed", service.log)
    with serving(tmp_path, **settings) as [service], service.client() as client:
        assert Reader(client).post(comment="Still here").status_code == 303
    stored, spent = read(database_url)
    assert spent == len(stored) + 1
    assert storm.acknowledged.items() <= stored.items()
    assert len(storm.acknowledged) > kills
    assert storm.refused == []


def read(database_url: str) -> tuple[dict[str, int], int]:
    """Text → id of what the storm has posted, and how many questions were used. A text that is there twice is told."""
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
