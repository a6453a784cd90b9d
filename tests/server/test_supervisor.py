"""``serve --workers N``: a worker that hangs is noticed and replaced."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from service.server import supervisor
from service.server.run import listen
from service.server.supervisor import supervise
from service.settings import Settings
from tests.service_process import PATIENCE


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Workers read their settings from the environment."""
    monkeypatch.setenv("REPLY_DATA", str(tmp_path))
    monkeypatch.setenv("REPLY_WORKERS", "2")
    return Settings()


def worker_of(number: str) -> set[psutil.Process]:
    """The processes that serve as worker ``number``."""
    ours = psutil.Process().children()
    return {each for each in ours if each.cmdline()[3:5] == ["service.server.worker", number]}


def test_a_worker_that_hangs_is_killed_and_replaced(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "HANG_SECONDS", 6.0)
    monkeypatch.setattr(supervisor, "SECOND_CHANCE_SECONDS", 0.5)

    async def story() -> tuple[int, bool]:
        serves = asyncio.Event()
        with listen("127.0.0.1", 0) as listener:
            supervising = asyncio.create_task(supervise(settings, listener, serves.set))
            async with asyncio.timeout(2 * PATIENCE):
                await serves.wait()
                while not (hanging := worker_of("1")):
                    await asyncio.sleep(0.01)
                (stopped,) = hanging
                stopped.suspend()
                while stopped.is_running() or not worker_of("1"):
                    await asyncio.sleep(0.01)
                os.kill(os.getpid(), signal.SIGTERM)
                await supervising
        return stopped.pid, stopped.is_running()

    _, is_running = asyncio.run(story())
    assert not is_running
    said = [record for record in caplog.records if record.getMessage() == "a worker hangs, and is killed"]
    assert [record.__dict__["worker"] for record in said] == ["1"]
