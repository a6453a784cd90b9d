"""The program of one worker of ``serve --workers N``; ``service.server.supervisor`` starts it."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn

from service.server.run_server import Server, configuration, inherited_socket
from service.server.supervisor import BEAT, BEAT_SECONDS, READY
from service.settings import Settings
from service.telemetry import logs
from service.telemetry.worker_metrics import WorkerMetrics


class _WorkerServer(Server):
    """Accepts its share of the connections, says that it runs, and stops when its parent process is gone."""

    _heart: asyncio.Task[None] | None = None

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config, greet=lambda: None, seconds_to_defer=0)

    def complete(self) -> None:
        """Say so only now: a worker that cannot load everything must not replace one that has."""
        os.write(1, READY)
        self._heart = asyncio.create_task(_beat())

    async def startup(self, sockets: list[Any] | None = None) -> None:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._end_with_parent)
        self.config.backlog = 1  # asyncio accepts this many per turn: with more, one worker would take them all
        await super().startup(sockets)

    def _end_with_parent(self) -> None:
        """Nothing is ever written to this pipe: it becomes readable only when its other end closes."""
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        os.kill(os.getpid(), signal.SIGTERM)


def main(name: str, descriptor: str, folder: str) -> None:
    """Serve on the open socket ``descriptor`` until told to stop. ``folder`` is that of ``WorkerMetrics``."""
    settings = Settings()
    with logs.to_standard_error(settings.log_level, settings.log_format):
        config = configuration(settings, WorkerMetrics(name, Path(folder)))
        with inherited_socket(int(descriptor)) as listener, suppress(KeyboardInterrupt):
            server = _WorkerServer(config)
            server.run(sockets=[listener])
        if server.is_broken:
            sys.exit(1)


async def _beat() -> None:
    """Say again and again that the event loop runs, see ``service.server.supervisor``."""
    os.set_blocking(1, False)  # should nobody read, it must not wait
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        with suppress(OSError):
            os.write(1, BEAT)


if __name__ == "__main__":
    main(*sys.argv[1:])
