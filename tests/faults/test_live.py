"""Open pages of a service with two workers, when it stops, and when connections run out."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tests.reader import ARTICLE, Reader
from tests.service_process import PATIENCE, ServiceProcess, serving, wait_for

SETTINGS = {"REPLY_LIVE": "100", "REPLY_TRUSTED_PROXIES": "127.0.0.0/8"}


class OpenPage:
    """A connection to ``/live`` from a network of its own, as a proxy in front would tell."""

    def __init__(self, service: ServiceProcess, number: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", service.port), PATIENCE)
        head = f"host: x\r\nx-forwarded-for: 198.51.{number}.1\r\n"
        self._socket.sendall(f"GET /live?page={ARTICLE} HTTP/1.1\r\n{head}\r\n".encode())
        self._socket.setblocking(False)
        self._heard = b""
        self.is_over = False

    def close(self) -> None:
        self._socket.close()

    @property
    def heard(self) -> str:
        """Everything that it was told so far."""
        try:
            while not self.is_over and (said := self._socket.recv(65536)) is not None:
                self._heard += said
                self.is_over = not said
        except BlockingIOError:
            pass
        return self._heard.decode()


@contextmanager
def open_pages(service: ServiceProcess, number: int) -> Iterator[list[OpenPage]]:
    with ExitStack() as stack:
        pages = [stack.enter_context(closing(OpenPage(service, each))) for each in range(number)]
        wait_for(lambda: all("data: {" in page.heard for page in pages), "all pages to be told how things stand")
        yield pages


def test_pages_of_both_workers_hear_of_a_comment_and_of_the_end(tmp_path: Path) -> None:
    with (
        serving(tmp_path, REPLY_WORKERS="2", **SETTINGS) as [service],
        open_pages(service, 20) as pages,
        service.client() as client,
    ):
        assert Reader(client).post(comment="For all to hear.").status_code == 303
        wait_for(lambda: all('"count":1,' in page.heard for page in pages), "all pages to hear of it")
        workers = service.workers
        service.hang_up()
        wait_for(lambda: all(page.heard and page.is_over for page in pages), "the old workers to let them go")
        assert all("event: later" in page.heard for page in pages)
        wait_for(lambda: service.workers.isdisjoint(workers), "new workers")


def test_open_pages_are_closed_first_where_connections_run_out(tmp_path: Path) -> None:
    with (
        serving(tmp_path, files=400, **SETTINGS) as [service],
        open_pages(service, 60) as pages,
        ExitStack() as stack,
    ):
        for _ in range(90):
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port), PATIENCE))
        with service.client() as client:
            assert "No comments yet" in Reader(client).read()
        wait_for(lambda: pages[0].heard and pages[0].is_over, "the oldest page to be closed")
        assert "event: later" in pages[0].heard
