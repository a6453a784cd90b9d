"""Clients that do not take their answers: they are closed in time, and hold a bounded number of bytes."""

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.server.connection_limits import IdleConnections
from service.server.unsent_answers import LEAST_RATE, SECONDS, UnsentAnswers
from service.web.http.concurrency_limit import Admission

KERNEL = 1000


class PinnedLoop:
    """An event loop whose time is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self._later: list[tuple[float, Any, tuple[Any, ...]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, call: Any, *args: Any) -> None:
        self._later.append((self.now + delay, call, args))

    @property
    def is_idle(self) -> bool:
        return not self._later

    def pass_second(self) -> None:
        self.now += 1
        due = [each for each in self._later if each[0] <= self.now]
        self._later = [each for each in self._later if each[0] > self.now]
        for _, call, args in due:
            call(*args)


class SlowClient:
    """A transport whose client takes bytes when told to. Besides what waits here, the kernel holds some."""

    def __init__(self, unsent: UnsentAnswers, loop: PinnedLoop) -> None:
        self._unsent, self._loop = unsent, loop
        self.waits = self.in_kernel = 0
        self.aborted = False

    def answer(self, size: int) -> "SlowClient":
        self.waits += size
        self._unsent.wrote(self, size, self._loop)  # type: ignore[arg-type]  # as much of a loop as is used
        self._fill_kernel()
        return self

    def take(self, size: int) -> None:
        taken = min(size, self.in_kernel)
        self.in_kernel -= taken
        self.waits -= min(size - taken, self.waits)
        self._fill_kernel()

    def _fill_kernel(self) -> None:
        moved = min(KERNEL - self.in_kernel, self.waits)
        self.waits, self.in_kernel = self.waits - moved, self.in_kernel + moved

    def get_write_buffer_size(self) -> int:
        return 0 if self.aborted else self.waits

    def untaken(self) -> int:
        return self.waits + self.in_kernel

    def abort(self) -> None:
        self.aborted = True


def test_who_takes_nothing_is_closed_and_who_takes_a_little_is_not() -> None:
    loop, unsent = PinnedLoop(), UnsentAnswers()
    silent, steady = (SlowClient(unsent, loop).answer(1_000_000) for _ in range(2))
    for second in range(int(SECONDS) + 1):
        assert silent.aborted == (second >= SECONDS)
        steady.take(2 * LEAST_RATE)
        loop.pass_second()
    assert silent.aborted
    assert not steady.aborted
    assert silent not in unsent


def test_a_byte_now_and_then_is_not_enough() -> None:
    loop, unsent = PinnedLoop(), UnsentAnswers()
    client = SlowClient(unsent, loop).answer(1_000_000)
    for _ in range(int(SECONDS) + 1):
        client.take(1)
        loop.pass_second()
    assert client.aborted


def test_who_was_fast_before_is_closed_as_soon() -> None:
    loop, unsent = PinnedLoop(), UnsentAnswers()
    client = SlowClient(unsent, loop).answer(10_000_000)
    for _ in range(3):
        client.take(1_000_000)
        loop.pass_second()
    for _ in range(int(SECONDS)):
        assert not client.aborted
        loop.pass_second()
    assert client.aborted


def test_who_has_taken_all_is_forgotten() -> None:
    loop, unsent = PinnedLoop(), UnsentAnswers()
    client = SlowClient(unsent, loop).answer(5000)
    client.take(5000)
    loop.pass_second()
    assert client not in unsent
    assert loop.is_idle, "nothing is looked at while nobody is slow"
    client.answer(5000)
    assert client in unsent


def test_the_slowest_is_closed_when_all_together_hold_too_much() -> None:
    loop, unsent = PinnedLoop(), UnsentAnswers(most=1_000_000)
    clients = [SlowClient(unsent, loop).answer(300_000) for _ in range(3)]
    loop.pass_second()
    for client, size in zip(clients, (50_000, 10, 20_000), strict=True):
        client.take(size)
    loop.pass_second()
    newcomer = SlowClient(unsent, loop).answer(300_000)
    assert [client.aborted for client in clients] == [False, True, False]
    assert not newcomer.aborted


def test_fast_clients_are_never_closed_however_much_they_are_sent() -> None:
    loop, unsent = PinnedLoop(), UnsentAnswers(most=1_000_000)
    clients = [SlowClient(unsent, loop) for _ in range(5)]
    for _ in range(100):
        for client in clients:
            client.answer(150_000)
            client.take(150_000)
    assert not any(client.aborted for client in clients)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400_000), st.integers(0, 100_000)), max_size=60))
def test_what_waits_is_bounded(steps: list[tuple[int, int, int]]) -> None:
    loop, unsent = PinnedLoop(), UnsentAnswers(most=1_000_000)
    clients = [SlowClient(unsent, loop) for _ in range(10)]
    for number, written, taken in steps:
        if not clients[number].aborted:
            clients[number].answer(written)
            clients[number].take(taken)
        assert sum(client.get_write_buffer_size() for client in clients) <= 1_000_000
        if not number:
            loop.pass_second()


def test_who_holds_a_place_by_not_reading_makes_room() -> None:
    async def run() -> None:
        admission = Admission(1)
        idle = IdleConnections(10, admission)
        loop = PinnedLoop()
        assert not admission.make_room()
        client = SlowClient(idle.unsent, loop).answer(1_000_000)
        assert not admission.make_room(), "it may be as fast as any"
        loop.pass_second()
        assert admission.make_room()
        assert client.aborted

    asyncio.run(run())
