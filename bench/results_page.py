"""The machine, the versions and the figures as a page of Markdown."""

import os
import platform
import sqlite3
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

import psutil

from bench import wrk

_PACKAGES = ("starlette", "uvicorn", "h11", "httptools", "uvloop", "sqlalchemy", "jinja2", "itsdangerous", "psycopg")


@dataclass
class Figure:
    """One line of the table, with a value a round. ``aim`` is the least ratio to hello that we are content with."""

    name: str
    aim: float | None = None
    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    cpu_milliseconds: list[float] = field(default_factory=list)
    cpu_ratios: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def row(self) -> str:
        """The medians as a row of a table."""
        ratio = median(self.ratios)
        aim = "" if self.aim is None else f"{self.aim} {'✓' if ratio >= self.aim else '✗'}"
        cpu = f"{median(self.cpu_milliseconds):.3f} | {_shown(median(self.cpu_ratios))}"
        latency = median(self.latencies) * 1000
        return f"| {self.name} | {median(self.rates):,.0f} | {_shown(ratio)} | {aim} | {cpu} | {latency:.0f} |"


def with_section(page: str, section: str) -> str:
    """A page of Markdown with a section in place of the one that has the same heading, which is there."""
    heading = section.partition("\n")[0] + "\n"
    before, found, rest = page.partition(heading)
    if not found:
        raise ValueError(f"no section {heading.strip()}")
    _old, following, after = rest.partition("\n## ")
    return f"{before}{section.rstrip()}\n{following}{after}"


def _shown(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.3f}"


def table(figures: list[Figure]) -> str:
    """Every figure."""
    head = "| what | a second | to hello | aim | server CPU, ms each | to hello | 99 % within, ms |"
    head += "\n|---|--:|--:|--:|--:|--:|--:|"
    return "\n".join([head, *(figure.row() for figure in figures)])


def plain_table(head: tuple[str, str], rows: dict[str, str]) -> str:
    """Names and values."""
    return "\n".join([f"| {head[0]} | {head[1]} |", "|---|--:|", *(f"| {name} | {rows[name]} |" for name in rows)])


def machine() -> dict[str, str]:
    """Where and when this was measured."""
    busy = os.getloadavg()[0]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "load before the start": f"{busy:.1f}",
        "a durable write of 4 kB": f"{_fsync_milliseconds():.2f} ms",
    }


def versions() -> dict[str, str]:
    """What it ran on."""
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    found["wrk"] = wrk.version()
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _fsync_milliseconds() -> float:
    """The median of a hundred writes, where the stores of this run are."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(100):
            start = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return median(times) * 1000
