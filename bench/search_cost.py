"""What the index of words costs a post on PostgreSQL. ``python -m bench.search_cost [POSTS [ROUNDS]]``.

Blocks of posts to a running service, in turn with and without the index: the processor time of the service and of all
processes of PostgreSQL, the statements, and the bytes of its log, each for a post. What the index defers is done within
its block. The ratio is the median of the rounds, each of two blocks beside each other: both saw the same machine.
"""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

import psutil
import sqlalchemy
from sqlalchemy import Connection

from bench import client
from bench.client import Load
from bench.load import expect, prepare_posts
from bench.servers import SERVICE, Server, postgres, running
from db import search

POSTS, ROUNDS, PAGES = 400, 9, 20
_NAMES = "SELECT indexname FROM pg_indexes WHERE starts_with(indexname, 'ix_comment_words')"
_GIN = ("ix_comment_words", "ix_comment_words_reason")


def make(connection: Connection) -> None:
    """Have the index."""
    search.create_search(connection)


def drop(connection: Connection) -> None:
    """Do without it."""
    for name in connection.exec_driver_sql(_NAMES).scalars().all():
        connection.exec_driver_sql(f"DROP INDEX {name}")


def database_seconds(engine: sqlalchemy.Engine) -> float:
    """The processor time of the server's processes, those that have ended included."""
    with engine.connect() as connection:
        backend = psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        times = [backend.parent().cpu_times()]
        times += [child.cpu_times() for child in backend.parent().children()]
    ended = times[0].children_user + times[0].children_system
    return float(ended + sum(each.user + each.system for each in times))


def block(server: Server, engine: sqlalchemy.Engine, first: int, posts: int) -> tuple[float, float, float]:
    """Seconds of the service, seconds of PostgreSQL, and bytes of its log, of ``posts`` comments."""
    requests = prepare_posts(server, first, posts, PAGES)
    with engine.begin() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        before = connection.exec_driver_sql("SELECT pg_current_wal_lsn()").scalar_one()
    began, worked = server.cpu_seconds, database_seconds(engine)
    expect(client.run(Load(server.port, requests, connections=4)), 303)
    with engine.begin() as connection:
        for name in set(connection.exec_driver_sql(_NAMES).scalars()) & set(_GIN):
            connection.exec_driver_sql(f"SELECT gin_clean_pending_list('{name}')")
        written = connection.exec_driver_sql("SELECT pg_current_wal_lsn() - %s::pg_lsn", (before,)).scalar_one()
    return server.cpu_seconds - began, database_seconds(engine) - worked, float(written)


WAYS: dict[str, Callable[[Connection], None]] = {"without": drop, "with": make}


def main(posts: int = POSTS, rounds: int = ROUNDS) -> None:
    """Print the two and their ratios."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in WAYS}
    with ExitStack() as stack:
        url = stack.enter_context(postgres())
        server = stack.enter_context(running(SERVICE, REPLY_DATABASE_URL=url))
        engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
        stack.callback(engine.dispose)
        number = 0
        for turn in range(-1, rounds):  # the first one only warms up
            for name in [*WAYS][:: 1 if turn % 2 else -1]:
                with engine.connect() as connection:
                    drop(connection)
                    WAYS[name](connection)
                figures = block(server, engine, number, posts)
                number += posts
                if turn >= 0:
                    found[name].append(figures)
    _print(found, posts)


def _print(found: dict[str, list[tuple[float, float, float]]], posts: int) -> None:
    for name, rounds in found.items():
        service, database, log = (median(values) / posts for values in zip(*rounds, strict=True))
        worked = f"service {1000 * service:.3f} ms, PostgreSQL {1000 * database:.3f} ms"
        print(f"{name:8} {worked}, log {log:,.0f} bytes a post")
    pairs = list(zip(found["with"], found["without"], strict=True))
    whole = [(one[0] + one[1]) / (other[0] + other[1]) for one, other in pairs]
    alone = [one[1] / other[1] for one, other in pairs]
    print(f"with ÷ without: whole post {median(whole):.3f}, from {min(whole):.3f} to {max(whole):.3f}; ", end="")
    print(f"PostgreSQL alone {median(alone):.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
