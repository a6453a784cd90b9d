"""Measures one load after the other against the bare hello of the same round."""

from typing import Protocol

from bench import load_client, sample_requests
from bench.load_client import Load, LoadResult
from bench.results_page import Figure

SECONDS, WARM_UP = 2.0, 1.0
BUSY = 0.8


class Measured(Protocol):
    """Whatever has a port and knows what it cost."""

    @property
    def port(self) -> int: ...

    @property
    def cpu_seconds(self) -> float: ...


class Gauge:
    """What hello does in this round, by the number of clients."""

    def __init__(self, hello: Measured) -> None:
        self._hello = hello
        self._hello_of: dict[int, tuple[float, float]] = {}  # clients → a second, CPU seconds each

    def begin(self, clients: int, figure: Figure) -> None:
        """Measure hello with so many clients, and say so if it is the client that is measured."""
        wanted = Load(self._hello.port, [sample_requests.get("/")], clients, SECONDS, WARM_UP)
        self._hello_of.pop(clients, None)
        result = self.measure(figure, self._hello, wanted, 200)
        if result.busy > BUSY:
            print(f"The client is the bottleneck: it is busy for {result.busy:.0%} of the time.", flush=True)

    def measure(self, figure: Figure, server: Measured, wanted: Load, status: int) -> LoadResult:
        """One more value for a figure. Raises RuntimeError for any answer with another status."""
        before = server.cpu_seconds
        result = sample_requests.expect(load_client.run(wanted), status)
        cpu = (server.cpu_seconds - before) / (result.statuses.total() + result.warmed)
        hello_rate, hello_cpu = self._hello_of.setdefault(wanted.connections, (result.per_second, cpu))
        figure.rates.append(result.per_second)
        figure.ratios.append(result.per_second / hello_rate)
        figure.cpu_milliseconds.append(cpu * 1000)
        figure.cpu_ratios.append(hello_cpu / cpu)
        figure.latencies.append(result.latency(0.99))
        print(f"{result.per_second:9,.0f}/s {figure.ratios[-1]:6.3f}  {figure.name}", flush=True)
        return result
