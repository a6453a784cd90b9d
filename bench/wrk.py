"""Drives one request over and over with wrk, a compiled client, which a Python server cannot keep busy.

Debian's package is unpacked where it is not installed. Without it, the bench's own client takes its place.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bench.cores import CLIENT, on_core
from bench.peers import debian
from bench.peers.peer import Skipped, cache_folder

_REPORT = """
done = function(summary, latency, requests)
  local within, errors = {}, summary.errors
  for share = 0, 99 do within[share + 1] = string.format("%d", latency:percentile(math.max(share, 0.01))) end
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\\n{"requests": %d, "duration": %d, "failed": %d, "within": [%s]}\\n',
    summary.requests, summary.duration, failed, table.concat(within, ", ")))
end
"""
_REQUEST = re.compile(rb"GET (\S+) HTTP/1\.1\r\n((?:[^\r]+\r\n)*)\r\n")


@dataclass(frozen=True, slots=True)
class WrkResult:
    """``latencies`` are a hundred: the percentiles, in seconds. ``cpu_seconds`` is what wrk itself used."""

    requests: int
    failed: int
    seconds: float
    cpu_seconds: float
    latencies: list[float]


@lru_cache(maxsize=1)
def program() -> tuple[str, dict[str, str]] | None:
    """The path of wrk and the environment it needs; None, with a note on standard error, if it cannot be had."""
    if installed := shutil.which("wrk"):
        return installed, dict(os.environ)
    root = cache_folder() / "wrk"
    with suppress(Skipped, OSError):
        if not root.exists():
            debian.unpack(["wrk"], root)
        return str(debian.find(root, "usr/bin/wrk")), os.environ | debian.variables(root)
    print("There is no wrk: the bench's own client asks instead, which holds a fast hello back.", file=sys.stderr)
    return None


def version() -> str:
    """For the table of versions."""
    if (found := program()) is None:
        return "not installed: a fast hello is held back by the bench's own client, and ratios are too high"
    said = subprocess.run([found[0], "--version"], env=found[1], capture_output=True, text=True, check=False)
    return said.stdout.split()[1]


TIMEOUT = "60s"
"""For an answer. By default wrk gives up after 2 seconds, in which a slow server answers only some of 32 clients."""


def run(port: int, request: bytes, connections: int, seconds: float) -> WrkResult | None:
    """Send a GET request repeatedly, for whole seconds, at least one. None without wrk, or if it cannot send it."""
    parts, found = _REQUEST.fullmatch(request), program()
    if parts is None or found is None:
        return None
    lines = [line for line in parts[2].decode().splitlines() if not line.startswith("host:")]  # wrk adds its own
    headers = [word for line in lines for word in ("--header", line)]
    duration = f"{max(1, round(seconds))}s"
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script, on_core(CLIENT):
        script.write(_REPORT)
        script.flush()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [
                *(found[0], "--threads", "1", "--connections", str(connections), "--duration", duration),
                *("--timeout", TIMEOUT),
                *(*headers, "--script", script.name, f"http://127.0.0.1:{port}{parts[1].decode()}"),
            ],
            env=found[1],
            cwd=Path("/"),
            capture_output=True,
            text=True,
            check=True,
        )
        more = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout.splitlines()[-1])
    cpu = more.ru_utime + more.ru_stime - used.ru_utime - used.ru_stime
    latencies = [microseconds / 1e6 for microseconds in report["within"]]
    return WrkResult(report["requests"], report["failed"], report["duration"] / 1e6, cpu, latencies)
