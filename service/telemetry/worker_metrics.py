"""The processes of one ``serve --workers N``: each tells the others what it has counted, when it is asked.

Whoever asks for ``/metrics`` reaches one of them, by chance. That one asks the rest, each at a socket of its own in a
folder that no other user may enter.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 1.0
"""Seconds that a worker has for its answer. One that is busy for longer is left out of it."""

_LONGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkerMetrics:
    """``worker`` is this process's name among the others; without a ``folder`` there are no others."""

    worker: str = "1"
    folder: Path | None = None

    @asynccontextmanager
    async def answering(self, snapshot: Callable[[], Any]) -> AsyncIterator[None]:
        """Tell whoever asks what ``snapshot`` gives, for as long as the block lasts."""
        if self.folder is None:
            yield
            return

        async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(json.dumps(snapshot()).encode() + b"\n")
            writer.close()

        path = self.folder / self.worker
        path.unlink(missing_ok=True)  # of the one whose place this is
        server = await asyncio.start_unix_server(tell, path)
        try:
            yield
        finally:
            server.close()

    async def others(self) -> dict[str, Any]:
        """What the other workers tell, by name. Who does not answer is not in it."""
        paths = [path for path in self.folder.iterdir() if path.name != self.worker] if self.folder else []
        told = await asyncio.gather(*map(_ask, paths))
        return {path.name: each for path, each in zip(paths, told, strict=True) if each is not None}


async def _ask(path: Path) -> Any:
    """What the worker at this socket tells; None if it does not."""
    with suppress(OSError, TimeoutError, ValueError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(path, limit=_LONGEST)
            try:
                return json.loads(await reader.readline())
            finally:
                writer.close()
    return None
