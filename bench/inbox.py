"""How fast moderators get their list: 100 to 1,000,000 comments that wait. ``python -m bench.inbox [SIZE …]``.

Milliseconds of processor of ``GET /admin`` with all that it reads and renders, 25 comments on a page, on SQLite: the
median, the 95th percentile, and how many times the median of the first size it is; and the same by the clock, which
counts what else the machine does. A tenth more comments are approved.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from starlette.testclient import TestClient

from bench.store import fill
from db import search
from db.engine import WRITE, open_engine
from service import admins
from service.app import create_app, open_context
from service.settings import Settings

SIZES = (100, 1000, 10_000, 100_000)
ROUNDS = 20
PER_PAGE = 50
"""Comments on each page of the store."""

ASKED = {
    "the list": "",
    "a page far down": "before=1767260000000000-60000-1",
    "rare word": "q=zanzibar",
    "common word": "q=the",
    "two letters": "q=qz",
    "two words": "q=the+zanzibar",
    "rare author": "author=reader+17",
    "common author": "author=anonymous",
    "rare email": "email=rare@example.org",
    "article": "page=1-2",
    "day": "since=2026-01-01&until=2026-01-01",
    "with replies": "replied=yes",
    "without replies": "replied=no",
    "rare reason": "reason=injection",
    "common reason": "reason=links",
    "reason of nothing": "reason=honeypot",
    "rare language": "lang=de",
    "common language": "lang=en",
    "language of nothing": "lang=ja",
    "author, word, reason": "author=anonymous&q=the&reason=links",
}
"""Name → query of the address."""

_CHANGES = (
    "UPDATE comment SET status = CASE WHEN id % 11 THEN 'pending' ELSE 'approved' END, language = 'en'",
    """UPDATE comment SET reasons = '[{"symbol": "model", "weight": 1.5, "sentence": "It reads like spam."}]'""",
    """UPDATE comment SET reasons = '[{"symbol": "links", "weight": 2, "sentence": "Links."}]' WHERE id % 3 = 1""",
    """UPDATE comment SET reasons = '[{"symbol": "injection", "weight": 6, "sentence": "SQL."}]' WHERE id % 9973 = 1""",
    "UPDATE comment SET author = 'Anonymous' WHERE id % 4 = 2",
    "UPDATE comment SET text = 'A word from the Zanzibar, qz', language = 'de' WHERE id % 9973 = 1",
    "UPDATE comment SET email = 'rare@example.org' WHERE id % 997 = 1",
)


def store(folder: Path, size: int) -> None:
    """A store with so many comments that wait, all words entered."""
    fill(folder, [PER_PAGE] * max(size * 11 // 10 // PER_PAGE, 1))
    with sqlite3.connect(folder / "comments.db") as database:
        database.execute("PRAGMA synchronous=OFF")
        for change in _CHANGES:
            database.execute(change)
    database.close()
    engine = open_engine(f"sqlite:///{folder / 'comments.db'}")
    began = time.perf_counter()
    with engine.execution_options(**{WRITE: True}).begin() as connection:
        while search.index_slice(connection):
            pass
        connection.exec_driver_sql("ANALYZE")
    print(f"{size:,} comments wait: {time.perf_counter() - began:.1f} s to enter their words")
    engine.dispose()


@contextmanager
def moderator(folder: Path) -> Iterator[TestClient]:
    """A client that is logged in."""
    settings = Settings(data=folder, demo=False, public_url="http://testserver")
    context = open_context(settings)
    admin_id = context.writer.run(admins.add, "Mara", "no hash", datetime.now(UTC))
    cookie = context.writer.run(admins.open_session, admin_id or 1, datetime.now(UTC))
    context.close()
    with TestClient(create_app(settings), cookies={"lar": cookie}) as client:
        yield client


def measure(client: TestClient, query: str) -> tuple[list[float], list[float]]:
    """Milliseconds of processor and of the clock of each of ``ROUNDS``, after one that does not count."""
    worked, passed = [], []
    for _ in range(ROUNDS + 1):
        began, work = time.perf_counter(), time.process_time()
        answer = client.get(f"/admin?status=pending&{query}")
        passed.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - work))
        assert answer.status_code == 200, answer.text
        assert "Log in" not in answer.text
    return worked[1:], passed[1:]


def main(sizes: list[int]) -> None:
    """Print a table."""
    first: dict[str, float] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            store(Path(folder), size)
            with moderator(Path(folder)) as client:
                for name, query in ASKED.items():
                    worked, passed = measure(client, query)
                    middle = median(worked)
                    ratio = middle / first.setdefault(name, middle)
                    figures = f"{middle:7.1f}  p95 {quantiles(worked, n=20)[-1]:7.1f} ms  × {ratio:.2f}"
                    clock = f"{median(passed):7.1f}  p95 {quantiles(passed, n=20)[-1]:7.1f} ms"
                    print(f"  {name:22} {figures}    by the clock {clock}", flush=True)


if __name__ == "__main__":
    main([*map(int, sys.argv[1:])] or [*SIZES])
