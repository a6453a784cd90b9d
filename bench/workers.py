"""What a second worker is worth to readers: ``python -m bench.run workers``.

Unlike in the other parts, the server may use all cores. The client takes its share of one of them, so on a machine of
two cores two workers cannot answer twice as much; the aim is for machines that have a core to spare for the client.
"""

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
    """Answers a second by one worker and by two, in turn."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for workers, found in rates.items():
            with running([*SERVICE, "--workers", str(workers)]) as server:
                _on_all_cores(server)
                sample_requests.expect(
                    load_client.run(Load(server.port, sample_requests.prepare_posts(server, 0, COMMENTS, 1), 8)), 303
                )
                wanted = Load(server.port, [sample_requests.at_page(PATH)], CONNECTIONS, SECONDS, WARM_UP)
                found.append(sample_requests.expect(load_client.run(wanted), 200).per_second)
    one, two = median(rates[1]), median(rates[2])
    rows = {"one": f"{one:,.0f}", "two": f"{two:,.0f}", "two to one": f"{two / one:.2f}"}
    return results_page.plain_table((f"workers: `GET {PATH}` a second", ""), rows)


def _on_all_cores(server: Server) -> None:
    main = psutil.Process(server.pid)
    for process in (main, *main.children(recursive=True)):
        process.cpu_affinity([])  # all that are there
