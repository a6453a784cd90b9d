"""Two checkouts, request by request: ``python -m bench.compare OLD NEW --rounds 10``.

A server of each runs all the time. In each round one is asked, then the other, and in the next round the other first.
The figure is the processor time that the server uses for a request, user's and system's: other programs on the machine
disturb it less than answers a second. A ratio is taken within its round; the medians are printed. Both are run by the
interpreter that runs this.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import load_client, sample_requests
from bench.load_client import Load
from bench.rounds import COMMENTS, CONNECTIONS, PAGES, READS
from bench.servers import Server, running

COMMAND = [sys.executable, "-m", "service", "serve"]
REQUESTS, POSTS, POSTING = 4000, 600, 8
POST = "`POST /comments`: accepted and durable, SQLite"
SLOWER = 1.05
"""A ratio beyond which a request is marked. The kernel counts in hundredths of a second, so each figure needs many."""

Figures = dict[str, list[tuple[float, float]]]
"""Request → CPU seconds for one of it, old and new, of each round."""


class Side:
    """One checkout's server, with a thread to read."""

    def __init__(self, server: Server, requests: int, posts: int) -> None:
        self._server, self._requests, self._number, self._posted = server, requests, posts, COMMENTS
        sample_requests.expect(
            load_client.run(Load(server.port, sample_requests.prepare_posts(server, 0, COMMENTS, 1), POSTING)), 303
        )

    def round(self) -> Iterator[tuple[str, float]]:
        """Each request by its name, and the CPU seconds that one took."""
        for name, (path, _aim) in READS.items():
            wanted = [sample_requests.at_page(path)] * self._requests
            yield name, self._cost(wanted, CONNECTIONS, 200)
        posts = sample_requests.prepare_posts(self._server, self._posted, self._number, PAGES, first_page=1)
        self._posted += self._number
        yield POST, self._cost(posts, POSTING, 303)

    def _cost(self, requests: list[bytes], connections: int, status: int) -> float:
        before = self._server.cpu_seconds
        sample_requests.expect(load_client.run(Load(self._server.port, requests, connections)), status)
        return (self._server.cpu_seconds - before) / len(requests)


def measure(old: Path, new: Path, rounds: int, requests: int = REQUESTS, posts: int = POSTS) -> Figures:
    """What each request costs on either side. A round before the first warms up and counts for nothing."""
    found: Figures = defaultdict(list)
    with ExitStack() as stack:
        sides = [Side(stack.enter_context(running(COMMAND, root=root)), requests, posts) for root in (old, new)]
        for number in range(rounds + 1):
            order = (0, 1) if number % 2 else (1, 0)
            costs = {side: dict(sides[side].round()) for side in order}
            for name in costs[0] if number else ():
                found[name].append((costs[0][name], costs[1][name]))
            print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
    return found


def table(figures: Figures) -> str:
    """Medians in milliseconds, and the median of the rounds' ratios."""
    rows = ["| CPU for one request, ms | old | new | new to old |", "|---|--:|--:|--:|"]
    for name, pairs in figures.items():
        old, new = (median(pair[side] for pair in pairs) * 1000 for side in (0, 1))
        ratio = median(pair[1] / pair[0] for pair in pairs)
        rows.append(f"| {name} | {old:.3f} | {new:.3f} | {ratio:.3f}{' slower' if ratio > SLOWER else ''} |")
    return "\n".join(rows)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("old", type=Path, help="a checkout")
    options.add_argument("new", type=Path, help="another")
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--requests", type=int, default=REQUESTS, help="reads of each kind in a round")
    options.add_argument("--posts", type=int, default=POSTS, help="posts in a round")
    given = options.parse_args()
    print(table(measure(given.old.resolve(), given.new.resolve(), given.rounds, given.requests, given.posts)))


if __name__ == "__main__":
    main()
