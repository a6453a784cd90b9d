"""A client that is no bottleneck: raw keep-alive connections in one process, driven by the kernel's event queue.

It reads a ``Load`` from standard input and writes a ``Result`` to standard output, both pickled.
"""

import pickle
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE = 60
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """Requests to send over so many connections: each once, or again and again for ``seconds`` after a warm-up."""

    port: int
    requests: list[bytes]
    connections: int = 32
    seconds: float = 0.0
    warm_up: float = 0.0
    keep_bodies: bool = False


@dataclass(slots=True)
class Result:
    """``busy`` is the share of a core that the client itself used; near 1 the client would be what is measured."""

    seconds: float = 0.0
    busy: float = 0.0
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


class _Connection:
    """One keep-alive connection, with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._end = 0
        self._sent_at = 0.0

    def send(self, request: bytes) -> None:
        self._buffer, self._end = b"", 0
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there. Whether the answer is complete."""
        chunk = self.socket.recv(262_144)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        self._buffer += chunk
        if not self._end and (head := self._buffer.find(b"\r\n\r\n")) > 0:
            length = _LENGTH.search(self._buffer, 0, head)
            self._end = head + 4 + (int(length[1]) if length else 0)
        return 0 < self._end <= len(self._buffer)

    def note(self, result: Result, *, keep_body: bool) -> None:
        """Enter a complete answer into the result."""
        result.latencies.append(time.perf_counter() - self._sent_at)
        result.statuses[int(self._buffer[9:12])] += 1
        if keep_body:
            result.bodies.append(self._buffer.partition(b"\r\n\r\n")[2])


def drive(load: Load) -> Result:
    """Send the load and wait for every answer."""
    connections = [_Connection(load.port) for _ in range(load.connections)]
    if load.warm_up:
        _drive(connections, cycle(load.requests), time.perf_counter() + load.warm_up, keep_bodies=False)
    start, used = time.perf_counter(), time.process_time()
    requests = cycle(load.requests) if load.seconds else iter(load.requests)
    end = start + (load.seconds or PATIENCE)
    result = _drive(connections, requests, end, keep_bodies=load.keep_bodies)
    result.seconds = time.perf_counter() - start
    result.busy = (time.process_time() - used) / result.seconds
    for connection in connections:
        connection.socket.close()
    return result


def _drive(connections: list[_Connection], requests: Iterator[bytes], end: float, *, keep_bodies: bool) -> Result:
    result, waiting = Result(), 0
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            if request := next(requests, None):
                connection.send(request)
                waiting += 1
        while waiting:
            for key, _ in selector.select(PATIENCE):
                connection = key.data
                if not connection.receive():
                    continue
                connection.note(result, keep_body=keep_bodies)
                request = next(requests, None) if time.perf_counter() < end else None
                if request is None:
                    waiting -= 1
                else:
                    connection.send(request)
    return result


def run(load: Load) -> Result:
    """Drive a load from a process of its own."""
    command = [sys.executable, "-m", "bench.client"]
    done = subprocess.run(command, cwd=ROOT, input=pickle.dumps(load), stdout=subprocess.PIPE, check=True)
    result: Result = pickle.loads(done.stdout)
    return result


def main() -> None:
    """The process of its own."""
    from bench import client  # the classes by the name that the other side knows

    result = client.drive(pickle.load(sys.stdin.buffer))
    sys.stdout.buffer.write(pickle.dumps(result))


if __name__ == "__main__":
    main()
