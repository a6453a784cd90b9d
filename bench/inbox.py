"""How fast moderators get their list: 100 to 1,000,000 comments. ``python -m bench.inbox [SIZE …]``.

Milliseconds for one read, by the functions that the page calls, on SQLite: the median, and the 95th percentile in
brackets. Half of the comments are approved, half wait.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import Connection

from bench.store import fill
from db import search
from db.engine import WRITE, open_engine
from db.models import Status
from service.comments.admin_list import FEW, count_by_email, counts, list_comments
from service.comments.comment_filter import EVERYTHING, CommentFilter

SIZES = (100, 10_000, 100_000)
ROUNDS = 20
PER_PAGE = 50
"""Comments on each page of the store."""

WANTED: dict[str, CommentFilter] = {
    "list": EVERYTHING,
    "rare word": CommentFilter(words="zanzibar"),
    "common word": CommentFilter(words="the"),
    "two letters": CommentFilter(words="qz"),
    "author": CommentFilter(author="reader 17"),
    "email": CommentFilter(email="rare@example.org"),
    "page": CommentFilter(page=(1, 2)),
    "day": CommentFilter(since=date(2026, 1, 1), until=date(2026, 1, 1)),
    "with replies": CommentFilter(replied=True),
    "reason": CommentFilter(reason="links"),
}


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds for a page of the list, and for the numbers on the tabs."""

    listed: list[float]
    counted: list[float]


def measure(connection: Connection, wanted: CommentFilter) -> Times:
    """``ROUNDS`` of each, after one that does not count."""
    listed, counted = [], []
    few = sum(counts(connection, wanted).values()) <= FEW
    for _ in range(ROUNDS + 1):
        listed.append(
            timed(lambda: count_by_email(connection, list_comments(connection, Status.PENDING, wanted, few=few).items))
        )
        counted.append(timed(lambda: counts(connection, wanted)))
    return Times(listed[1:], counted[1:])


def timed(task: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    task()
    return 1000 * (time.perf_counter() - began)


def store(folder: Path, size: int) -> str:
    """A store with so many comments, all words entered. Returns its URL."""
    fill(folder, [PER_PAGE] * max(size // PER_PAGE, 1))
    with sqlite3.connect(folder / "comments.db") as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("UPDATE comment SET status = 'pending' WHERE id % 2 = 0")
        database.execute("UPDATE comment SET text = 'A word from Zanzibar, qz' WHERE id % 9973 = 1")
        database.execute("UPDATE comment SET email = 'rare@example.org' WHERE id % 997 = 1")
    url = f"sqlite:///{folder / 'comments.db'}"
    engine = open_engine(url)
    began = time.perf_counter()
    with engine.execution_options(**{WRITE: True}).begin() as connection:
        while search.index_slice(connection):
            pass
        connection.exec_driver_sql("ANALYZE")
    print(f"{size:,} comments: {time.perf_counter() - began:.1f} s to enter their words")
    engine.dispose()
    return url


def main(sizes: list[int]) -> None:
    """Print a table."""
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            engine = open_engine(store(Path(folder), size))
            with engine.connect() as connection:
                for name, wanted in WANTED.items():
                    times = measure(connection, wanted)
                    figures = [(median(each), quantiles(each, n=20)[-1]) for each in (times.listed, times.counted)]
                    (page, worst_page), (tabs, worst_tabs) = figures
                    print(f"  {name:13} list {page:7.1f} ({worst_page:7.1f})   tabs {tabs:7.1f} ({worst_tabs:7.1f}) ms")
            engine.dispose()


if __name__ == "__main__":
    main([*map(int, sys.argv[1:])] or [*SIZES])
