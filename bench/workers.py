"""What a second worker is worth to readers: ``python -m bench.run workers``.

Unlike in the other parts, the server may use all cores. The client takes its share of one of them, so on a machine of
two cores two workers cannot answer twice as much; the aim is for machines that have a core to spare for the client.
Beside it stand the answers for a second of the server's own processor time. They do not depend on the client: what they
lose with a second worker is what the workers cost each other.
"""

from collections.abc import Mapping, Sequence
from statistics import median

import psutil

from bench import load_client, results_page, sample_requests
from bench.load_client import Load
from bench.ratio_to_hello import SECONDS, WARM_UP
from bench.rounds import COMMENTS, CONNECTIONS
from bench.servers import SERVICE, Server, running

ROUNDS = 3
PATH = "/comments"


def section() -> str:
    """Answers by one worker and by two, in turn: a second, and a second of the server's processor time."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    of_cpu: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for workers, found in rates.items():
            with running([*SERVICE, "--workers", str(workers)]) as server:
                _on_all_cores(server)
                sample_requests.expect(
                    load_client.run(Load(server.port, sample_requests.prepare_posts(server, 0, COMMENTS, 1), 8)), 303
                )
                wanted = Load(server.port, [sample_requests.at_page(PATH)], CONNECTIONS, SECONDS, WARM_UP)
                before = _cpu_seconds(server)
                answered = sample_requests.expect(load_client.run(wanted), 200)
                used = _cpu_seconds(server) - before
                found.append(answered.per_second)
                of_cpu[workers].append((answered.statuses.total() + answered.warmed) / used)
    return results_page.plain_table((f"workers: `GET {PATH}`", ""), rows(rates, of_cpu))


def rows(rates: Mapping[int, Sequence[float]], of_cpu: Mapping[int, Sequence[float]]) -> dict[str, str]:
    """``rates``: workers → answers a second, of each round; ``of_cpu``: answers a second of processor time."""
    one, two = median(rates[1]), median(rates[2])
    cheap, dear = median(of_cpu[1]), median(of_cpu[2])
    return {
        "one: answers a second": f"{one:,.0f}",
        "two: answers a second": f"{two:,.0f}",
        "two to one, with the client on the same cores": f"{two / one:.2f}",
        "one: answers a second of the server's processor time": f"{cheap:,.0f}",
        "two: answers a second of the server's processor time": f"{dear:,.0f}",
        "two to one, if each had a core: twice the ratio of these": f"{2 * dear / cheap:.2f}",
    }


def _cpu_seconds(server: Server) -> float:
    """Of the supervisor and all workers."""
    main = psutil.Process(server.pid)
    times = [process.cpu_times() for process in (main, *main.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _on_all_cores(server: Server) -> None:
    main = psutil.Process(server.pid)
    for process in (main, *main.children(recursive=True)):
        process.cpu_affinity([])  # all that are there
