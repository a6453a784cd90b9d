"""How long it takes from the command to the first form: ``python -m bench.run starts``."""

import tempfile
import time
from pathlib import Path
from statistics import median

from bench import load_client, results_page, sample_requests
from bench.load_client import Load
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
    return results_page.plain_table(("cold start to the first form", ""), shown)


def _start(folder: Path) -> float:
    start = time.perf_counter()
    with running(SERVICE, folder) as server:
        sample_requests.expect(load_client.drive(Load(server.port, [sample_requests.at_page("/form")], 1)), 200)
        return time.perf_counter() - start
