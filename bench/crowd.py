"""10,000 connections that say half a request and no more, and readers meanwhile: ``python -m bench.crowd``.

The connections come from several addresses of this machine, since one has ports for some 28,000. They are held, and
opened again when they are closed, for ``--seconds``.
"""

import argparse
import contextlib
import resource
import selectors
import socket
import time
from itertools import cycle

from bench.load import at_page
from bench.servers import SERVICE, Server, running

HALF = b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "
SOURCES = [f"127.0.0.{number}" for number in range(2, 7)]


class Crowd:
    """Connections that are reopened when they are closed, at most ``a_second`` per second."""

    def __init__(self, port: int, most: int, a_second: int) -> None:
        self._port, self._most, self._a_second = port, most, a_second
        self._sources = cycle(SOURCES)
        self._selector = selectors.DefaultSelector()
        self.open = self.closed = self.failed = 0

    def grow(self, seconds: float) -> None:
        """Open, and notice what was closed, for so long."""
        end, pause = time.monotonic() + seconds, 1 / self._a_second
        while (now := time.monotonic()) < end:
            if self.open < self._most:
                self._add()
            for key, _ in self._selector.select(0):
                self._selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # only sockets were registered
                self.open -= 1
                self.closed += 1
            time.sleep(max(0.0, pause - (time.monotonic() - now)))

    def _add(self) -> None:
        try:
            connection = socket.create_connection(("127.0.0.1", self._port), 5, (next(self._sources), 0))
            connection.sendall(HALF)
        except OSError:
            self.failed += 1
            return
        self._selector.register(connection, selectors.EVENT_READ)
        self.open += 1

    def close(self) -> None:
        """Let all of them go."""
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # as above
        self._selector.close()


def ask(server: Server, number: int) -> list[float]:
    """Seconds per reader, each on its own connection. Raises RuntimeError for any status but 200."""
    times = []
    for _ in range(number):
        start = time.perf_counter()
        with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), 30)) as reader:
            reader.sendall(at_page("/thread"))
            head = reader.recv(65536)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"a reader was answered {head[:40]!r}")
        times.append(time.perf_counter() - start)
    return sorted(times)


def main() -> None:
    """Crowd it, and ask."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--connections", type=int, default=10_000)
    options.add_argument("--a-second", type=int, default=2_500)
    options.add_argument("--seconds", type=float, default=30)
    given = options.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with running(SERVICE) as server:
        ask(server, 5)
        alone, before, most = ask(server, 50), server.resident_megabytes, 0
        crowd = Crowd(server.port, given.connections, given.a_second)
        crowded, end = list[float](), time.monotonic() + given.seconds
        while time.monotonic() < end:
            crowd.grow(1)
            crowded += ask(server, 10)
            most = max(most, crowd.open)
        memory = server.resident_megabytes
        crowd.close()
    crowded.sort()
    print(f"{most:,} open at once; {crowd.closed:,} were closed by the service, {crowd.failed:,} could not be opened")
    for name, times in (("alone", alone), ("in the crowd", crowded)):
        middle, last = times[len(times) // 2] * 1e3, times[-1] * 1e3
        print(f"{len(times)} readers {name}: all 200; median {middle:.1f} ms, {last:.1f} ms at most")
    print(f"resident: {before:.0f} MB before, {memory:.0f} MB in the crowd")


if __name__ == "__main__":
    main()
