"""How long it takes from the command to the first form: ``python -m bench.run starts``."""

import tempfile
import time
from pathlib import Path
from statistics import median

from bench import client, load, report
from bench.client import Load
from bench.servers import SERVICE, running

ROUNDS = 3


def section() -> str:
    """On an empty folder, and again on what that left."""
    first, second = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="reply-bench-") as folder:
            first.append(_start(Path(folder)))
            second.append(_start(Path(folder)))
    shown = {"first start": f"{median(first):.2f} s", "second start": f"{median(second):.2f} s"}
    return report.plain_table(("cold start to the first form", ""), shown)


def _start(folder: Path) -> float:
    start = time.perf_counter()
    with running(SERVICE, folder) as server:
        load.expect(client.drive(Load(server.port, [load.at_page("/form")], 1)), 200)
        return time.perf_counter() - start
