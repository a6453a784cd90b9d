"""Open pages that hear of new comments: ``python -m bench.open_pages``.

5,000 pages are open on one worker, half of them the same article, the others 500 articles. What they take while nothing
happens, and what a comment costs until all readers of its article have heard of it.
"""

import argparse
import resource
import selectors
import socket
import time
from itertools import cycle

from bench.sample_requests import at_page, path_at_page, prepare_posts
from bench.servers import SERVICE, Server, running
from bench.slow_clients import SOURCES, ask

HOT = 0
ARTICLES = 500
READS = 300
PATIENCE = 120.0


class OpenPages:
    """Connections to ``/live``."""

    def __init__(self, port: int) -> None:
        self._port, self._sources = port, cycle(SOURCES)
        self._waiting = selectors.DefaultSelector()
        self.events: dict[socket.socket, int] = {}
        self._of_hot: set[socket.socket] = set()

    def open(self, number: int) -> None:
        """One more page. Each has a network of its own, as a proxy in front would tell."""
        article = HOT if number % 2 else 1 + number % ARTICLES
        network = f"198.{number // 256}.{number % 256}.1"
        head = f"host: x\r\naccept: text/event-stream\r\nx-forwarded-for: {network}\r\n"
        connection = socket.socket()
        connection.bind((next(self._sources), 0))
        connection.connect(("127.0.0.1", self._port))
        connection.sendall(f"GET {path_at_page('/live', article)} HTTP/1.1\r\n{head}\r\n".encode())
        connection.setblocking(False)
        self._waiting.register(connection, selectors.EVENT_READ)
        self.events[connection] = 0
        if article == HOT:
            self._of_hot.add(connection)

    def listen(self, until: float) -> list[socket.socket]:
        """Take what comes, and say to whom. Raises RuntimeError for a connection that the service closes."""
        heard = []
        for key, _ in self._waiting.select(max(0.0, until - time.monotonic())):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            said = connection.recv(65536)
            if not said:
                raise RuntimeError("the service closed an open page")
            self.events[connection] += said.count(b"data: {")
            heard.append(connection)
        return heard

    def listen_for(self, seconds: float) -> None:
        """Take what comes for some time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.listen(end)

    def wait_for(self, number: int, *, hot: bool = False) -> None:
        """Until each has heard so many events."""
        end = time.monotonic() + PATIENCE
        waiting = {each for each in (self._of_hot if hot else self.events) if self.events[each] < number}
        while waiting:
            if time.monotonic() > end:
                raise RuntimeError("some have heard nothing")
            waiting -= {each for each in self.listen(end) if self.events[each] >= number}

    def close(self) -> None:
        """Leave."""
        for connection in self.events:
            connection.close()


def measure(server: Server, number: int, idle: float) -> None:
    """Open the pages, wait, and post."""
    posts = iter(prepare_posts(server, 0, 6, 1, HOT))
    ask(server, next(posts), 303)
    read = at_page("/thread", HOT)
    for _ in range(50):
        ask(server, read, 200)
    before, used = server.resident_megabytes, server.cpu_seconds
    for _ in range(READS):
        ask(server, read, 200)
    a_read = (server.cpu_seconds - used) / READS
    pages = OpenPages(server.port)
    for each in range(number):
        pages.open(each)
        pages.listen(0)
    pages.wait_for(1)
    opened = server.resident_megabytes
    each_takes = (opened - before) * 1e3 / number
    print(f"{number:,} open pages: {opened - before:.0f} MB, {each_takes:.1f} kB each", flush=True)
    used, start = server.cpu_seconds, time.monotonic()
    pages.listen_for(idle)
    share = (server.cpu_seconds - used) / (time.monotonic() - start)
    print(f"while nothing happens for {idle:.0f} s: {share:.1%} of a core", flush=True)
    print(f"a read of the thread on a connection of its own: {a_read * 1e3:.2f} ms", flush=True)
    for count, post in enumerate(posts, start=2):
        used, start = server.cpu_seconds, time.monotonic()
        ask(server, post, 303)
        pages.wait_for(count, hot=True)
        cpu, took = server.cpu_seconds - used, time.monotonic() - start
        told = number // 2
        print(f"a comment: {told:,} have heard of it after {took:.2f} s; {cpu:.2f} s of a core,", end=" ")
        print(f"{cpu / told / a_read:.2f} reads for each", flush=True)
        pages.listen_for(2)
    pages.close()


def main() -> None:
    """Measure it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=5000)
    options.add_argument("--idle", type=float, default=60, help="seconds")
    given = options.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    allowed = {"REPLY_LIVE": str(given.pages), "REPLY_TRUSTED_PROXIES": "127.0.0.0/8"}
    with running(SERVICE, **allowed) as server:
        measure(server, given.pages, given.idle)


if __name__ == "__main__":
    main()
