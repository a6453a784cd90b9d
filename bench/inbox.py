"""How fast moderators get their list, with 100 to 1,000,000 comments that wait.

``python -m bench.inbox [SIZE …] [--into docs/performance.md]``; all sizes take some four minutes of processor.
"""

import argparse
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from starlette.testclient import TestClient

from bench import results_page
from bench.made_up_store import fill
from db import word_index
from service import admin_logins
from service.app import create_app, open_context
from service.server.run_server import relax_garbage_collector
from service.settings import Settings

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)
ROUNDS = 20
RARE = 33
"""Comments, three of them approved, that have what is rare: more than a page shows."""

_BUFFER = 64 * 1024 * 1024
"""Bytes of words that FTS5 gathers in memory before it writes: by itself it merges a million comments for minutes."""

FLAT, WITHIN = 1.5, 50.0
"""The most that a median may be of that of the first size, and the 95th percentile in milliseconds."""

_INTRO = """\
## The moderators' list

`python -m bench.inbox`: processor time of `GET /admin` on SQLite, 25 comments on a page, with 100 to 1,000,000
pending comments. Of what is rare there are 33 in every database. Each cell: median of 20 answers and 95th percentile
in milliseconds, and in brackets the ratio to the median of the smallest database that shows as many rows. Aim: at
most 1.5 times, and 95 % within 50 ms; ✗ where it is missed. Words are also looked for in addresses and titles of
pages, which no index knows (22,000 in the last column).
"""

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
_WORDS = word_index._WORDS.format("comment")


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
    admin_id = context.writer.run(admin_logins.add, "Mara", "no hash", datetime.now(UTC))
    cookie = context.writer.run(admin_logins.open_session, admin_id or 1, datetime.now(UTC))
    context.close()
    with TestClient(create_app(settings), cookies={"lar": cookie}) as client:
        yield client


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """Milliseconds for one page of the list, by processor time and by the clock; and how many comments it shows."""

    worked: list[float]
    passed: list[float]
    rows: int

    def __str__(self) -> str:
        figures = f"{median(self.worked):7.1f}  p95 {late(self.worked):7.1f} ms"
        clock = f"{median(self.passed):7.1f}  p95 {late(self.passed):7.1f} ms"
        return f"{self.rows:3} rows {figures}    by the clock {clock}"


Measured = dict[tuple[str, int], ListAnswer]
"""By what is asked, and by the comments that wait."""


def late(values: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20, method="inclusive")[-1]


def measure(sizes: Sequence[int]) -> Measured:
    """Ask everything of a store of each size."""
    found: Measured = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            store(Path(folder), size)
            with moderator(Path(folder)) as client:
                relax_garbage_collector()  # as the server does
                for name, query in ASKED.items():
                    found[name, size] = ask(client, query)
                    print(f"  {name:22} {found[name, size]}", flush=True)
    return found


def ask(client: TestClient, query: str) -> ListAnswer:
    """``ROUNDS`` answers, after one that does not count."""
    worked, passed = [], []
    for _ in range(ROUNDS + 1):
        began, work = time.perf_counter(), time.process_time()
        answer = client.get(f"/admin?status=pending&{query}")
        passed.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - work))
        assert answer.status_code == 200, answer.text
        assert "Log in" not in answer.text
    return ListAnswer(worked[1:], passed[1:], answer.text.count('id="c-'))


def table(found: Measured, sizes: Sequence[int]) -> str:
    """A row for each thing asked: median and 95th percentile by processor time, and how many times the median of the
    first size with as many rows it is."""
    lines = [f"| what is asked | {' | '.join(f'{size:,}' for size in sizes)} |", f"|---|{'--:|' * len(sizes)}"]
    for name in ASKED:
        answers = [found[name, size] for size in sizes]
        first = next(median(each.worked) for each in answers if each.rows == answers[-1].rows)
        cells = []
        for each in answers:
            middle = median(each.worked)
            mark = "" if middle <= FLAT * first and late(each.worked) <= WITHIN else " ✗"
            cells.append(f"{middle:.0f}, {late(each.worked):.0f} ({middle / first:.2f}){mark}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def section(sizes: Sequence[int] = SIZES) -> str:
    """The figures as a part of docs/performance.md."""
    found = measure(sizes)
    busy = f"{datetime.now(UTC):%d %B %Y}, load {os.getloadavg()[2]:.0f} on {os.cpu_count()} cores"
    return f"{_INTRO}\n{busy}:\n\n{table(found, sizes)}\n"


def main() -> None:
    """Print the section, or put it into a page in place of the one before."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("sizes", nargs="*", type=int, help="comments that wait, the fewest first")
    options.add_argument("--into", type=Path, help="the page whose section is replaced")
    given = options.parse_args()
    text = section(given.sizes or SIZES)
    print("\n" + text)
    if given.into:
        given.into.write_text(results_page.with_section(given.into.read_text("utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
