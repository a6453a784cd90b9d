"""The client: raw keep-alive connections in one process, driven by the kernel's event queue.

As a process of its own it reads a pickled ``Load`` from standard input and writes a pickled ``LoadResult``.
"""

import pickle
import selectors
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from bench import wrk
from bench.client_connection import PATIENCE, ClientConnection
from bench.cores import CLIENT, on_core

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Load:
    """Requests to send over ``connections``: repeatedly for ``seconds`` after a warm-up, or each once.

    Each is sent once if ``seconds`` is 0, or if ``once`` is set: then there is an end after ``seconds`` all the same.
    """

    port: int
    requests: list[bytes]
    connections: int = 32
    seconds: float = 0.0
    warm_up: float = 0.0
    keep_bodies: bool = False
    once: bool = False


@dataclass(slots=True)
class LoadResult:
    """``busy`` is the share of a core that the client itself used; near 1 the client would be what is measured.

    ``latencies`` are of all answers, or a hundred percentiles of them. ``warmed`` answers came in the warm-up, and are
    in nothing else.
    """

    seconds: float = 0.0
    busy: float = 0.0
    warmed: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second, of any status."""
        return self.statuses.total() / self.seconds

    def latency(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


def drive(load: Load) -> LoadResult:
    """Send the load and wait for every answer. The warm-up has connections of its own: some servers end idle ones."""
    warmed = 0
    if load.warm_up:
        with _connected(load) as connections:
            end = time.perf_counter() + load.warm_up
            warmed = _drive(connections, cycle(load.requests), end, keep_bodies=False).statuses.total()
    with _connected(load) as connections:
        start, used = time.perf_counter(), time.process_time()
        requests = cycle(load.requests) if load.seconds and not load.once else iter(load.requests)
        end = start + (load.seconds or PATIENCE)
        result = _drive(connections, requests, end, keep_bodies=load.keep_bodies)
        result.seconds = time.perf_counter() - start
        result.warmed = warmed
        result.busy = (time.process_time() - used) / result.seconds
    return result


@contextmanager
def _connected(load: Load) -> Iterator[list[ClientConnection]]:
    connections = [ClientConnection(load.port) for _ in range(load.connections)]
    try:
        yield connections
    finally:
        for connection in connections:
            connection.socket.close()


def _drive(
    connections: list[ClientConnection], requests: Iterator[bytes], end: float, *, keep_bodies: bool
) -> LoadResult:
    result = LoadResult()
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            _send(selector, connection, next(requests, None))
        while selector.get_map():
            ready = selector.select(PATIENCE)
            if not ready:
                raise TimeoutError(f"no answer for {PATIENCE} seconds")
            for key, _ in ready:
                connection = key.data
                if not connection.receive():
                    continue
                _note(result, connection, keep_body=keep_bodies)
                if connection.closes:  # at once: some servers wait for it, and serve nobody meanwhile
                    _forget(selector, connection)
                    connection.socket.close()
                _send(selector, connection, next(requests, None) if time.perf_counter() < end else None)
    return result


def _send(selector: selectors.BaseSelector, connection: ClientConnection, request: bytes | None) -> None:
    """The next request, if there is one. The selector knows the connections that wait for an answer."""
    if request is None:
        _forget(selector, connection)
        return
    connection.send(request)
    if not connection.watched:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.watched = True


def _forget(selector: selectors.BaseSelector, connection: ClientConnection) -> None:
    if connection.watched:
        selector.unregister(connection.socket)
        connection.watched = False


def _note(result: LoadResult, connection: ClientConnection, *, keep_body: bool) -> None:
    result.latencies.append(connection.seconds)
    result.statuses[connection.status] += 1
    if keep_body:
        result.bodies.append(connection.body)


def run(load: Load) -> LoadResult:
    """Drive a load from a process of its own: from wrk, if it is one request again and again."""
    if load.seconds and len(load.requests) == 1 and not (load.once or load.keep_bodies):
        first = drive(Load(load.port, load.requests, 1))
        if (result := _by_wrk(load, *first.statuses)) is not None:
            result.warmed += 1
            return result
    command = [sys.executable, "-m", "bench.load_client"]
    with on_core(CLIENT):
        done = subprocess.run(command, cwd=ROOT, input=pickle.dumps(load), stdout=subprocess.PIPE, check=True)
    loaded: LoadResult = pickle.loads(done.stdout)
    return loaded


def _by_wrk(load: Load, status: int) -> LoadResult | None:
    """wrk tells apart only what failed from what did not; ``status`` is that of an answer before."""
    warmed = 0
    if load.warm_up:
        warming = wrk.run(load.port, load.requests[0], load.connections, load.warm_up)
        if warming is None:
            return None
        warmed = warming.requests
    done = wrk.run(load.port, load.requests[0], load.connections, load.seconds)
    if done is None:
        return None
    statuses = Counter({status: done.requests - done.failed}) + Counter({0: done.failed})
    return LoadResult(done.seconds, done.cpu_seconds / done.seconds, warmed, statuses, [], done.latencies)


def main() -> None:
    """The process of its own."""
    from bench import load_client  # the classes by the name that the other side knows

    result = load_client.drive(pickle.load(sys.stdin.buffer))
    sys.stdout.buffer.write(pickle.dumps(result))


if __name__ == "__main__":
    main()
