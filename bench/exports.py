"""How fast each export is, and how much memory it takes: ``python -m bench.exports [COMMENTS]``.

Each format runs as a command of its own, on a SQLite store with pages of 100 comments and one with a fifth of all.
Memory is that of the process at its highest, the interpreter and all modules included.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.made_up_store import fill
from bench.servers import SITE
from service.exporters.export_formats import FORMATS

COMMENTS = 100_000
PER_PAGE = 100


def measure(folder: Path, form: str) -> tuple[float, float, float]:
    """Seconds, MiB at the highest, and MB of output."""
    target = folder / "export"
    settings = {"REPLY_DATA": str(folder), "PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    command = [sys.executable, "-m", "service", "export", form, "--site", SITE, "-o", str(target)]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=settings)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{form} ended with {process.returncode}")
    size = target.stat().st_size
    target.unlink()
    return seconds, usage.ru_maxrss / 1024, size / 1e6


def main() -> None:
    """Print a table in Markdown."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else COMMENTS
    with tempfile.TemporaryDirectory(prefix="reply-exports-") as name:
        folder, large = Path(name), number // 5
        fill(folder, [large, *[PER_PAGE] * ((number - large) // PER_PAGE)])
        print("| format | comments a second | MiB | MB written |\n|---|--:|--:|--:|")
        for form in FORMATS:
            seconds, memory, size = measure(folder, form)
            print(f"| {form} | {number / seconds:,.0f} | {memory:,.0f} | {size:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
