"""PostgreSQL killed under load, started again or replaced by its standby: 503 meanwhile, nothing lost, none twice."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.faults.storm import Storm
from tests.faults.test_kill import read
from tests.postgres_cluster import Cluster
from tests.service_process import serving, wait_for

ENOUGH = 40


@pytest.fixture
def primary(postgres_server: str) -> Iterator[Cluster]:
    """``postgres_server`` makes the account and lets it read the programs."""
    cluster = Cluster()
    yield cluster.create()
    cluster.close()


@pytest.fixture
def standby() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.close()


def nothing_was_lost(storm: Storm, url: str) -> None:
    stored, _ = read(url)
    assert storm.acknowledged.items() <= stored.items()
    assert all(int(answer.headers["retry-after"]) > 0 for answer in storm.refused)
    assert storm.refused


def test_killed_and_started_again(tmp_path: Path, primary: Cluster) -> None:
    storm = Storm()
    primary.start()
    with serving(tmp_path, REPLY_DATABASE_URL=primary.url, REPLY_RATE_QUESTION="0/minute") as [service]:
        with storm.blowing(service):
            for _ in range(2):
                storm.wait_for(ENOUGH)
                refused = len(storm.refused)
                primary.kill()
                wait_for(partial(storm.refused_more_than, refused), "nobody was refused")
                primary.start()
            storm.wait_for(ENOUGH)
        nothing_was_lost(storm, primary.url)


def test_replaced_by_its_standby(tmp_path: Path, primary: Cluster, standby: Cluster) -> None:
    storm = Storm()
    primary.start()
    standby.follow(primary).start()
    primary.ask("SELECT 1")
    primary.kill()
    primary.start(synchronous_standby_names="standby")
    wait_for(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == [("sync",)], "no standby")
    hosts = f"host=127.0.0.1:{primary.port}&host=127.0.0.1:{standby.port}"
    url = f"postgresql+psycopg://postgres@/postgres?{hosts}&target_session_attrs=read-write&connect_timeout=2"
    with serving(tmp_path, REPLY_DATABASE_URL=url, REPLY_RATE_QUESTION="0/minute") as [service]:
        with storm.blowing(service):
            storm.wait_for(ENOUGH)
            primary.kill()
            wait_for(lambda: storm.refused, "nobody was refused")
            standby.promote()
            storm.wait_for(ENOUGH)
        nothing_was_lost(storm, standby.url)
