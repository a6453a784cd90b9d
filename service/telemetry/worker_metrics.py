"""Exchange of metrics among the workers of ``serve --workers N``.

A request for ``/metrics`` reaches one worker at random. That one fetches the counts of the others through their Unix
sockets, in a folder that no other user may enter. Each worker keeps its own label: a sum over processes that restart at
zero would look like a fall.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT = 1.0
"""Seconds that a worker has to answer. A worker that is busy for longer is left out."""

_MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkerMetrics:
    """``worker`` is this process's name; ``folder`` holds the workers' sockets, None for a single process."""

    worker: str = "1"
    folder: Path | None = None

    @asynccontextmanager
    async def answering(self, snapshot: Callable[[], Any]) -> AsyncIterator[None]:
        """Answer other workers with ``snapshot()`` as JSON while the block runs."""
        if self.folder is None:
            yield
            return

        async def send(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(json.dumps(snapshot()).encode() + b"\n")
            writer.close()

        path = self.folder / self.worker
        path.unlink(missing_ok=True)  # left by the process that this one replaces
        server = await asyncio.start_unix_server(send, path)
        try:
            yield
        finally:
            server.close()

    async def others(self) -> dict[str, Any]:
        """Name → snapshot of each other worker. Workers that do not answer in time are missing."""
        paths = [path for path in self.folder.iterdir() if path.name != self.worker] if self.folder else []
        snapshots = await asyncio.gather(*map(_fetch, paths))
        return {path.name: each for path, each in zip(paths, snapshots, strict=True) if each is not None}


async def _fetch(path: Path) -> Any:
    """The snapshot of the worker at this socket; None if it does not answer."""
    with suppress(OSError, TimeoutError, ValueError):
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_unix_connection(path, limit=_MAX_BYTES)
            try:
                return json.loads(await reader.readline())
            finally:
                writer.close()
    return None
