"""One of the workers of ``serve --workers N``, started by ``service.server.supervisor`` and by nobody else."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from service.server.run import Server, configuration, inherited
from service.server.supervisor import READY
from service.settings import Settings
from service.telemetry import logs
from service.telemetry.worker_metrics import WorkerMetrics


class _WorkerServer(Server):
    """Takes its share of the connections, and ends when the process that started it has."""

    async def startup(self, sockets: list[Any] | None = None) -> None:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._end_with_parent)
        self.config.backlog = 1  # asyncio takes so many connections at once, and leaves none of them to the others
        await super().startup(sockets)

    def _end_with_parent(self) -> None:
        """Nothing is ever written to this pipe, so that it can be read means that its other end is gone."""
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        os.kill(os.getpid(), signal.SIGTERM)


def main(name: str, descriptor: str, folder: str) -> None:
    """Serve on an open socket until told to stop."""
    settings = Settings()
    with logs.to_standard_error(settings.log_level, settings.log_format):
        config = configuration(settings, WorkerMetrics(name, Path(folder)))
        with inherited(int(descriptor)) as listener, suppress(KeyboardInterrupt):
            _WorkerServer(config, _say_ready).run(sockets=[listener])


def _say_ready() -> None:
    os.write(1, READY)


if __name__ == "__main__":
    main(*sys.argv[1:])
