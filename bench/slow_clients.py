"""Crowds of slow clients, and readers who read and post meanwhile: ``python -m bench.slow_clients``.

10,000 say half a request and no more, 1,000 send the body of a post at a byte a second, 1,000 ask for a long thread
eight times and take a byte of it a second. All are opened again when the service closes them. They come from several
addresses of this machine, since one has ports for some 28,000.
"""

import argparse
import contextlib
import resource
import socket
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from bench.attacks import HEAVY, ORDINARY, prepare
from bench.sample_requests import at_page, prepare_posts
from bench.servers import SERVICE, Server, running

SOURCES = [f"127.0.0.{number}" for number in range(2, 7)]
HALF = b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "
BODY = (
    b"POST /comments HTTP/1.1\r\nhost: x\r\n"
    b"content-type: application/x-www-form-urlencoded\r\ncontent-length: 9999\r\n\r\n"
)
PLAIN = at_page("/page", HEAVY).replace(b"accept-encoding: gzip, deflate, br\r\n", b"") * 8


def drip(connection: socket.socket) -> bool:
    """Send a byte. Returns whether the connection is open."""
    try:
        connection.send(b"x")
        return not _is_over(connection)
    except BlockingIOError:
        return True
    except OSError:
        return False


def sip(connection: socket.socket) -> bool:
    """Take a byte. Returns whether the connection is open: what has arrived can be taken even after a reset."""
    try:
        return connection.recv(1) != b"" and not connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except BlockingIOError:
        return True
    except OSError:
        return False


def _is_over(connection: socket.socket) -> bool:
    """Whether the service has closed it or answered, which it does before it closes."""
    try:
        connection.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


class Crowd:
    """Connections of one kind, at most ``most`` at once. ``act`` is called for each of them once a second."""

    def __init__(self, port: int, said: bytes, act: Callable[[socket.socket], bool], most: int) -> None:
        self._address, self._said, self._act, self._most = ("127.0.0.1", port), said, act, most
        self._sources = cycle(SOURCES)
        self._open: list[socket.socket] = []
        self.most_open = self.closed = self.failed = 0

    def act(self) -> None:
        """Let each do what it does, and notice what was closed."""
        still = [connection for connection in self._open if self._act(connection)]
        for connection in set(self._open) - set(still):
            connection.close()
        self.closed += len(self._open) - len(still)
        self._open = still

    def grow(self, number: int) -> None:
        """Open so many more, if there are fewer than there may be."""
        for _ in range(min(number, self._most - len(self._open))):
            connection = socket.socket()
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(5)
                connection.bind((next(self._sources), 0))
                connection.connect(self._address)
                connection.sendall(self._said)
                connection.setblocking(False)
            except OSError:
                connection.close()
                self.failed += 1
                continue
            self._open.append(connection)
        self.most_open = max(self.most_open, len(self._open))

    def close(self) -> None:
        """Let all of them go."""
        for connection in self._open:
            connection.close()


def ask(server: Server, request: bytes, status: int) -> float:
    """Seconds of a request on its own connection. Raises RuntimeError for another status."""
    start = time.perf_counter()
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), 30)) as reader:
        reader.sendall(request)
        head = reader.recv(65536)
    if not head.startswith(b"HTTP/1.1 %d" % status):
        raise RuntimeError(f"a reader was answered {head[:40]!r}")
    return time.perf_counter() - start


def report(name: str, times: list[float]) -> None:
    """A line about these answers."""
    times.sort()
    middle, last = times[len(times) // 2] * 1e3, times[-1] * 1e3
    print(f"{len(times)} {name}: all answered; median {middle:.1f} ms, {last:.1f} ms at most", flush=True)


def crowd_it(server: Server, crowds: dict[str, Crowd], seconds: float, a_second: int, pause: float) -> None:
    """Let the crowds in, and read and post meanwhile."""
    read = at_page("/thread", ORDINARY)
    posts = iter(prepare_posts(server, 0, int(seconds) + 20, 1, ORDINARY))
    report("readers alone", [ask(server, read, 200) for _ in range(50)])
    report("posts alone", [ask(server, next(posts), 303) for _ in range(10)])
    before, most, reads, posted = server.resident_megabytes, 0.0, list[float](), list[float]()
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        for crowd in crowds.values():
            crowd.act()
        for _ in range(10):
            for crowd in crowds.values():
                crowd.grow(a_second // 10)
            reads.append(ask(server, read, 200))
        posted.append(ask(server, next(posts), 303))
        most = max(most, server.resident_megabytes)
        time.sleep(max(0.0, 1 - (time.monotonic() - now)))
    for name, crowd in crowds.items():
        print(
            f"{name}: {crowd.most_open:,} at once; {crowd.closed:,} closed by the service, {crowd.failed:,} not let in"
        )
        crowd.close()
    report("readers in the crowd", reads)
    report("posts in the crowd", posted)
    time.sleep(pause)
    after = server.resident_megabytes
    print(f"resident: {before:.0f} MB before, {most:.0f} MB at most in the crowd ({most - before:+.0f} MB)")
    print(f"resident: {after:.0f} MB after {pause:.0f} s without it ({after - before:+.0f} MB)")


def main() -> None:
    """Crowd it, and ask."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--silent", type=int, default=10_000)
    options.add_argument("--senders", type=int, default=1000)
    options.add_argument("--readers", type=int, default=1000)
    options.add_argument("--a-second", type=int, default=1000, help="connections of each kind")
    options.add_argument("--seconds", type=float, default=45)
    options.add_argument("--pause", type=float, default=60, help="seconds until memory is looked at again")
    given = options.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="reply-crowds-") as folder:
        prepare(Path(folder))
        with running(SERVICE, Path(folder)) as server:
            crowds = {
                "silent": Crowd(server.port, HALF, lambda connection: not _is_over(connection), given.silent),
                "slow senders": Crowd(server.port, BODY, drip, given.senders),
                "slow readers": Crowd(server.port, PLAIN, sip, given.readers),
            }
            crowd_it(server, crowds, given.seconds, given.a_second, given.pause)


if __name__ == "__main__":
    main()
