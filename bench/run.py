"""Measures the service and its peers against a bare hello and writes ``docs/performance.md``. ``make bench`` runs it.

What the page holds between ``<!-- by hand -->`` and ``<!-- until here -->`` is kept, at its end.
With the names of parts, such as ``python -m bench.run reads posts``, only they are measured, printed and not written.
"""

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

from bench import attacks, checks, growth, inbox, profile, results_page, rounds, starts, threads, workers
from bench.peers import peer_section as peers
from bench.servers import ROOT

PARTS = ("starts", "reads", "posts", "workers", "profile", "checks", "threads", "growth", "inbox", "attacks", "peers")

_INTRO = """\
# Performance

Written by `make bench`. Medians of three rounds, one worker; server and client have a core each, and PostgreSQL runs
on the same machine. Each ratio compares with *hello*, a bare Starlette application on httptools and uvloop without an
access log, with as many clients in the same round: by answers a second, and by the server's processor time for an
answer. 1.00 is as fast as hello. [wrk](https://github.com/wg/wrk) drives the reads, a Python client the posts. A
comment is on the disk before it is acknowledged (SQLite: `synchronous=FULL`). Each post answers its own question,
fetched before.

Earlier figures on this page compared with a slow hello (h11 and asyncio, with a slow client in Python), which takes
three times the processor time: `GET /comments` at 0.76 of it is at 0.23 of this one.
"""


_BY_HAND = re.compile("<!-- by hand -->.*?<!-- until here -->", re.DOTALL)


def measure(parts: set[str], *, write: bool) -> str:
    """The page for docs/, or as much of it as was asked for. With ``write``, drawings are written too."""
    machine, versions = results_page.machine(), results_page.versions()
    written = [_timed(starts.section)] if "starts" in parts else []
    if wanted := parts & {"reads", "posts"}:
        done = rounds.measure(reads="reads" in wanted, posts="posts" in wanted)
        written.insert(0, rounds.section(done))
        versions |= done.versions
    others: dict[str, Callable[[], str]] = {
        "workers": workers.section,
        "profile": profile.section,
        "checks": checks.section,
        "threads": threads.section,
        "growth": lambda: growth.section(write=write),
        "inbox": inbox.section,
        "attacks": attacks.section,
        "peers": peers.section,
    }
    written += [_timed(section) for name, section in others.items() if name in parts]
    tables = [results_page.plain_table(("machine", ""), machine), results_page.plain_table(("version", ""), versions)]
    return "\n".join(f"{part.rstrip()}\n" for part in [_INTRO, *written, *tables])


def with_notes(text: str, before: str) -> str:
    """The new page, with what was written by hand into the one before it."""
    return "\n".join([text, *(f"{part}\n" for part in _BY_HAND.findall(before))])


def _timed(section: Callable[[], str]) -> str:
    start = time.monotonic()
    text = section()
    print(f"({time.monotonic() - start:.0f} s for this part)", flush=True)
    return text


def main() -> None:
    """Measure, print, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all if none is named")
    options.add_argument("--into", type=Path, default=ROOT / "docs" / "performance.md", help="the page to write")
    given = options.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        options.error(f"no such part: {', '.join(sorted(unknown))}")
    text = measure(set(given.parts or PARTS), write=not given.parts)
    print("\n" + text)
    if not given.parts:
        before = given.into.read_text(encoding="utf-8") if given.into.exists() else ""
        given.into.write_text(with_notes(text, before), encoding="utf-8")


if __name__ == "__main__":
    main()
