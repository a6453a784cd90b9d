"""What the index of words costs a post. ``python -m bench.search_cost [POSTS [ROUNDS]]``; aim: less than 5 %.

Processor time of the service and of all processes of its database, for each post. On PostgreSQL two services with a
PostgreSQL each, one with the index and one without, get a few posts in turn, so that both see the same machine; a round
has ``POSTS`` of them for each. What the index defers is done within the round. On SQLite a post does not touch the
index: its words are entered later, and what that takes is measured beside the posts of the same service.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil
import sqlalchemy
from sqlalchemy import Connection

from bench import load_client
from bench.load_client import Load
from bench.sample_requests import expect, prepare_posts
from bench.servers import SERVICE, Server, postgres, running
from db import word_index
from db.engine import open_engine

POSTS, ROUNDS, AT_ONCE, PAGES = 200, 9, 20, 20
AIM = 1.05
_NAMES = "SELECT indexname FROM pg_indexes WHERE starts_with(indexname, 'ix_comment_words')"
_GIN = ("ix_comment_words", "ix_comment_words_reason")


@dataclass
class Side:
    """A service with its database. ``spent`` are the seconds of both that each round took, ``log`` the bytes that
    PostgreSQL wrote."""

    server: Server
    engine: sqlalchemy.Engine
    spent: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    log: list[float] = field(default_factory=list)
    posted: int = 0

    def post(self, number: int) -> None:
        """Send so many comments, each by another reader."""
        requests = prepare_posts(self.server, self.posted, number, PAGES)
        self.posted += number
        expect(load_client.run(Load(self.server.port, requests, connections=4)), 303)


def drop(connection: Connection) -> None:
    """Do without the index."""
    for name in connection.exec_driver_sql(_NAMES).scalars().all():
        connection.exec_driver_sql(f"DROP INDEX {name}")


def database_seconds(connection: Connection) -> float:
    """The processor time of PostgreSQL's processes, those that have ended included."""
    backend = psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    times = [backend.parent().cpu_times()]
    times += [child.cpu_times() for child in backend.parent().children()]
    ended = times[0].children_user + times[0].children_system
    return float(ended + sum(each.user + each.system for each in times))


@contextmanager
def round_of(side: Side) -> Iterator[None]:
    """Measure what a side does meanwhile, and what its index has deferred until then."""
    with side.engine.connect() as connection:
        start = connection.exec_driver_sql("SELECT pg_current_wal_lsn()").scalar_one()
        served, worked = side.server.cpu_seconds, database_seconds(connection)
        yield
        for name in set(connection.exec_driver_sql(_NAMES).scalars()) & set(_GIN):
            connection.exec_driver_sql(f"SELECT gin_clean_pending_list('{name}')")
        side.database.append(database_seconds(connection) - worked)
        side.spent.append(side.server.cpu_seconds - served + side.database[-1])
        written = connection.exec_driver_sql("SELECT pg_current_wal_lsn() - %s::pg_lsn", (start,)).scalar_one()
        side.log.append(float(written))


def on_postgresql(posts: int, rounds: int) -> None:
    """Print what a post costs with the index and without."""
    with ExitStack() as stack:
        sides = []
        for _ in range(2):
            url = stack.enter_context(postgres())
            server = stack.enter_context(running(SERVICE, REPLY_DATABASE_URL=url))
            engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
            stack.callback(engine.dispose)
            sides.append(Side(server, engine))
        indexed, bare = sides
        with bare.engine.connect() as connection:
            drop(connection)
        in_turn(sides, posts)  # warms up
        for _ in range(rounds):
            with round_of(indexed), round_of(bare):
                in_turn(sides, posts)
    for name, side in (("with", indexed), ("without", bare)):
        whole, alone, log = (median(values) / posts for values in (side.spent, side.database, side.log))
        of_it = f"of it PostgreSQL {1000 * alone:.3f} ms, log {log:,.0f} bytes"
        print(f"PostgreSQL, {name:8} {1000 * whole:.3f} ms a post, {of_it}")
    report("PostgreSQL", [a / b for a, b in zip(indexed.spent, bare.spent, strict=True)])
    report("PostgreSQL alone", [a / b for a, b in zip(indexed.database, bare.database, strict=True)])


def in_turn(sides: list[Side], posts: int) -> None:
    """Send each side so many posts, ``AT_ONCE`` at a time; who is first changes."""
    for turn in range(posts // AT_ONCE):
        for side in sides[:: 1 if turn % 2 else -1]:
            side.post(AT_ONCE)


def on_sqlite(posts: int, rounds: int) -> None:
    """Print what a post costs, and what entering its words costs later."""
    with tempfile.TemporaryDirectory() as folder, running(SERVICE, Path(folder)) as server:
        side = Side(server, open_engine(f"sqlite:///{folder}/comments.db"))
        side.post(posts)
        enter_all(side.engine)
        entering = []
        for _ in range(rounds):
            served = server.cpu_seconds
            side.post(posts)
            side.spent.append(server.cpu_seconds - served)
            began = time.process_time()
            enter_all(side.engine)
            entering.append(time.process_time() - began)
        side.engine.dispose()
    each, later = (1000 * median(values) / posts for values in (side.spent, entering))
    print(f"SQLite: {each:.3f} ms a post, and {later:.3f} ms to enter its words later")
    report("SQLite", [1 + a / b for a, b in zip(entering, side.spent, strict=True)])


def enter_all(engine: sqlalchemy.Engine) -> None:
    """What the service does beside its posts, without its pauses."""
    more = word_index.AT_ONCE
    while more == word_index.AT_ONCE:
        with engine.begin() as connection:
            more = word_index.index_slice(connection)


def report(what: str, ratios: list[float]) -> None:
    """Print the median of the rounds, and how far they are apart."""
    middle = median(ratios)
    print(
        f"{what}: × {middle:.3f} {'✓' if middle < AIM else '✗'}, from {min(ratios):.3f} to {max(ratios):.3f}",
        flush=True,
    )


WHERE: tuple[Callable[[int, int], None], ...] = (on_sqlite, on_postgresql)


def main(posts: int = POSTS, rounds: int = ROUNDS) -> None:
    """Measure on each database."""
    for measure in WHERE:
        measure(posts, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
