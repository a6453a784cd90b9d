"""Twenty minutes at half of the peak: are memory and open files flat? ``python -m bench.soak [--minutes N]``.

The peak is measured first: reads and durable posts in turn, as fast as they are answered. Then the same mixture comes
at half of that pace. Memory is printed each minute and may not grow by more than a tenth in the second half of the run.
"""

import argparse
import itertools
import time
from collections.abc import Iterator
from statistics import mean

import psutil

from bench import load_client, sample_requests
from bench.load_client import Load
from bench.servers import SERVICE, Server, postgres, running

CLIENTS, PAGES, ROUND = 16, 50, 400
READS_A_POST = 20
GROWTH = 1.10


class Soak:
    """A mixture of reads and posts, and what the service holds meanwhile."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = itertools.count(1, ROUND)
        self.requests = 0

    def round(self) -> float:
        """Post ``ROUND`` comments by different people, and read in between. Returns the seconds it took."""
        posts = sample_requests.prepare_posts(self._server, next(self._numbers), ROUND, PAGES)
        reads = [
            sample_requests.at_page(("/thread", "/comments", "/form")[n % 3], n % PAGES)
            for n in range(READS_A_POST * ROUND)
        ]
        mixed = [each for at, post in enumerate(posts) for each in (post, *reads[at::ROUND])]
        start = time.monotonic()
        result = load_client.run(Load(self._server.port, mixed, CLIENTS))
        if set(result.statuses) != {200, 303}:
            raise RuntimeError(f"expected 200 and 303, got {dict(result.statuses)}")
        self.requests += len(mixed)
        return time.monotonic() - start

    def rounds(self, peak: float, minutes: float) -> Iterator[tuple[float, int]]:
        """Megabytes and open files after each round at half of the peak."""
        end = time.monotonic() + minutes * 60
        process = psutil.Process(self._server.pid)
        while (start := time.monotonic()) < end:
            self.round()
            time.sleep(max(0.0, 2 * peak - (time.monotonic() - start)))
            yield self._server.resident_megabytes, process.num_fds()


def main() -> None:
    """Soak it, and say whether it was flat."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=20)
    options.add_argument("--postgres", action="store_true", help="PostgreSQL in the place of SQLite")
    given = options.parse_args()
    if given.postgres:
        with postgres() as url, running(SERVICE, REPLY_DATABASE_URL=url) as server:
            _run(server, given.minutes)
    else:
        with running(SERVICE) as server:
            _run(server, given.minutes)


def _run(server: Server, minutes: float) -> None:
    soak = Soak(server)
    soak.round()  # warm
    peak = min(soak.round() for _ in range(3))
    pace = ROUND * (READS_A_POST + 1) / peak
    print(
        f"peak: {pace:,.0f} requests a second, one in {READS_A_POST + 1} a durable post; now half of that", flush=True
    )
    start, printed_at, held = time.monotonic(), 0.0, []
    for megabytes, files in soak.rounds(peak, minutes):
        held.append((megabytes, files))
        if time.monotonic() - printed_at >= 60:
            printed_at = time.monotonic()
            print(f"{(printed_at - start) / 60:5.1f} min  {megabytes:6.1f} MB  {files} files", flush=True)
    half = len(held) // 2
    (early, early_files), (late, late_files) = (
        (mean(each[0] for each in part), max(each[1] for each in part))
        for part in (held[half // 2 : half], held[half:])
    )
    print(f"{soak.requests:,} requests. Second quarter {early:.1f} MB, {early_files} files; ", end="")
    print(f"second half {late:.1f} MB, {late_files} files")
    if late > early * GROWTH or late_files > early_files + 2:
        raise SystemExit("It has grown.")
    print("Flat.")


if __name__ == "__main__":
    main()
