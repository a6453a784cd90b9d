"""``serve --workers N``: a worker that hangs is noticed and replaced."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from service.server import supervisor
from service.server.run_server import listen
from service.server.supervisor import BEAT, READY, WorkerSlot, supervise
from service.settings import Settings
from tests.service_process import PATIENCE, children


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Workers read their settings from the environment."""
    monkeypatch.setenv("REPLY_DATA", str(tmp_path))
    monkeypatch.setenv("REPLY_WORKERS", "1")
    return Settings()


def workers() -> list[psutil.Process]:
    """The processes that serve, or begin to."""
    return [
        each for each in map(psutil.Process, children(os.getpid())) if "service.server.worker_process" in each.cmdline()
    ]


async def replaced(settings: Settings, monkeypatch: pytest.MonkeyPatch, *, once_it_serves: bool) -> bool:
    """Suspend the worker. Returns whether it is gone once another one serves."""
    serves = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        supervising = asyncio.create_task(supervise(settings, listener, serves.set))
        async with asyncio.timeout(2 * PATIENCE):
            if once_it_serves:
                await serves.wait()
            while not (hanging := workers()):
                await asyncio.sleep(0.01)
            (stopped,) = hanging
            stopped.suspend()
            while stopped.is_running():
                await asyncio.sleep(0.01)
            for name in ("START_SECONDS", "HANG_SECONDS"):  # the next one may take its time
                monkeypatch.setattr(supervisor, name, 2 * PATIENCE)
            while not workers():
                await asyncio.sleep(0.01)
            await serves.wait()
            os.kill(os.getpid(), signal.SIGTERM)
            await supervising
    return not stopped.is_running()


def killed(caplog: pytest.LogCaptureFixture, message: str) -> list[str]:
    return [record.__dict__["worker"] for record in caplog.records if record.getMessage() == message]


def test_a_worker_that_hangs_is_killed_and_replaced(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "HANG_SECONDS", 6.0)
    monkeypatch.setattr(supervisor, "SECOND_CHANCE_SECONDS", 0.5)
    assert asyncio.run(replaced(settings, monkeypatch, once_it_serves=True))
    assert killed(caplog, "a worker hangs, and is killed") == ["1"]


def test_so_is_one_that_hangs_at_its_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "START_SECONDS", 0.5)
    assert asyncio.run(replaced(settings, monkeypatch, once_it_serves=False))
    assert killed(caplog, "a worker hangs at its start, and is killed") == ["1"]


class Worker:
    """A process of which only the output counts."""

    def __init__(self) -> None:
        self.stdout = asyncio.StreamReader()


async def ends_when_told(output: list[bytes], turns: int) -> bool:
    """Let a worker write, and end its supervision after so many turns of the event loop. Returns whether it ends."""
    worker = Worker()

    async def start(_name: str) -> Any:
        return worker

    supervising = asyncio.create_task(WorkerSlot("1", start).keep_filled())
    for line in output:
        await asyncio.sleep(0)  # first let it wait
        worker.stdout.feed_data(line)
    for _ in range(turns):
        await asyncio.sleep(0)
    supervising.cancel()
    return bool((await asyncio.wait([supervising], timeout=1))[0])


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("output", [[], [READY], [READY, BEAT], [READY, *3 * [BEAT]]])
def test_supervision_ends_at_once_whatever_a_worker_writes_in_that_moment(output: list[bytes], turns: int) -> None:
    assert asyncio.run(ends_when_told(output, turns))
