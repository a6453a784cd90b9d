"""How fast moderators get their list: 100 to 1,000,000 comments that wait. ``python -m bench.inbox [SIZE …]``.

Milliseconds of processor of ``GET /admin`` with all that it reads and renders, 25 comments on a page, on SQLite: the
median, the 95th percentile, and how many times the median of the first size it is; and the same by the clock, which
counts what else the machine does. A tenth more comments are approved. Of what is rare there are ``RARE`` in every
store, so that each size shows as many rows: else the ratio would say how long it takes to draw them.
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
from service import admins
from service.app import create_app, open_context
from service.settings import Settings

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)
ROUNDS = 20
RARE = 33
"""Comments, three of them approved, that have what is rare: more than a page shows."""

_BUFFER = 64 * 1024 * 1024
"""Bytes of words that FTS5 gathers in memory before it writes: by itself it merges a million comments for minutes."""

PER_PAGE = 50
"""Comments on each page of the store."""

ASKED = {
    "the list": "",
    "a page far down": "before=1767260000000000-60000-1",
    "rare word": "q=zanzibar",
    "common word": "q=the",
    "two letters": "q=qz",
    "two words": "q=the+zanzibar",
    "rare author": "author=zoe",
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

_CHANGE = """UPDATE comment SET
    status = CASE WHEN id % 11 THEN 'pending' ELSE 'approved' END,
    language = CASE WHEN id % {step} = 1 THEN 'de' ELSE 'en' END,
    reasons = CASE WHEN id % {step} = 1
            THEN '[{{"symbol": "injection", "weight": 6, "sentence": "SQL."}}]'
        WHEN id % 3 = 2 THEN '[{{"symbol": "links", "weight": 2, "sentence": "Links."}}]'
        ELSE '[{{"symbol": "model", "weight": 1.5, "sentence": "It reads like spam."}}]' END,
    author = CASE WHEN id % {step} = 1 THEN 'Zoe' WHEN id % 4 = 2 THEN 'Anonymous' ELSE author END,
    email = CASE WHEN id % {step} = 1 THEN 'rare@example.org' ELSE 'reader' || (id % 5000) || '@example.org' END,
    text = CASE WHEN id % {step} = 1 THEN 'A word from the Zanzibar, qz' ELSE text END"""
_WORDS = search._WORDS.format("comment")


def store(folder: Path, size: int) -> None:
    """A store with so many comments that wait, all words entered."""
    total = max(size * 11 // 10 // PER_PAGE, 1) * PER_PAGE
    fill(folder, [PER_PAGE] * (total // PER_PAGE), change=_CHANGE.format(step=max(total // RARE, 1)))
    began = time.process_time()
    with sqlite3.connect(folder / "comments.db") as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("INSERT INTO comment_search(comment_search, rank) VALUES ('hashsize', ?)", (_BUFFER,))
        database.execute(f"INSERT INTO comment_search(rowid, words) SELECT rowid, {_WORDS} FROM comment ORDER BY rowid")
        database.execute("UPDATE comment_search_state SET until = (SELECT max(rowid) FROM comment)")
        database.execute("INSERT INTO comment_search(comment_search, rank) VALUES ('hashsize', ?)", (1024 * 1024,))
        database.execute("ANALYZE")
    database.close()
    print(f"{size:,} comments wait: {time.process_time() - began:.1f} s of processor to enter their words", flush=True)


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


def measure(client: TestClient, query: str) -> tuple[list[float], list[float], int]:
    """Milliseconds of processor and of the clock of each of ``ROUNDS``, after one that does not count; and how many
    comments the page shows."""
    worked, passed = [], []
    for _ in range(ROUNDS + 1):
        began, work = time.perf_counter(), time.process_time()
        answer = client.get(f"/admin?status=pending&{query}")
        passed.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - work))
        assert answer.status_code == 200, answer.text
        assert "Log in" not in answer.text
    return worked[1:], passed[1:], answer.text.count('id="c-')


def main(sizes: list[int]) -> None:
    """Print a table."""
    first: dict[str, float] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            store(Path(folder), size)
            with moderator(Path(folder)) as client:
                for name, query in ASKED.items():
                    worked, passed, rows = measure(client, query)
                    middle = median(worked)
                    ratio = middle / first.setdefault(name, middle)
                    figures = f"{middle:7.1f}  p95 {quantiles(worked, n=20)[-1]:7.1f} ms  × {ratio:.2f}"
                    clock = f"{median(passed):7.1f}  p95 {quantiles(passed, n=20)[-1]:7.1f} ms"
                    print(f"  {name:22} {rows:3} rows {figures}    by the clock {clock}", flush=True)


if __name__ == "__main__":
    main([*map(int, sys.argv[1:])] or [*SIZES])
