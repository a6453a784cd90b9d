"""One page is fetched: within bounds, from its own origin, and never from a link-local address."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from service.doctor import fetch_url as module
from service.doctor.fetch_url import LeadsElsewhere, fetch
from service.outgoing_http import CannotFetch

ANSWERS = {
    "/": (200, {}, b"Hello"),
    "/moved": (302, {"location": "/"}, b""),
    "/round": (302, {"location": "/round"}, b""),
    "/away": (302, {"location": "http://elsewhere.example/x"}, b""),
    "/inwards": (302, {"location": "http://169.254.169.254/latest"}, b""),
    "/odd": (302, {"location": "file:///etc/passwd"}, b""),
    "/long": (200, {}, b"x" * (module.MOST_BYTES + 10)),
    "/packed": (200, {"content-encoding": "gzip"}, gzip.compress(b"Hello")),
    "/packed-long": (200, {"content-encoding": "gzip"}, gzip.compress(b"x" * (module.MOST_BYTES + 10))),
    "/not-packed": (200, {"content-encoding": "gzip"}, b"Hello"),
}


class Handler(BaseHTTPRequestHandler):
    server: "Quiet"

    def do_GET(self) -> None:
        if self.path == "/drips":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.server.closing.wait(0.02):
                self.wfile.write(b"x-more: 1\r\n")
            return
        status, headers, body = ANSWERS[self.path]
        self.send_response(status)
        asked = {"x-agent": self.headers["user-agent"], "x-takes": self.headers["accept-encoding"]}
        for name, value in (asked | headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except ConnectionError:
            return  # it was enough

    def log_message(self, *_: object) -> None:
        return


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.closing = threading.Event()

    def handle_error(self, *_: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[str]:
    server = Quiet()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.closing.set()
    server.shutdown()
    server.server_close()


def test_a_page_on_this_machine_too(site: str) -> None:
    answer = fetch(site)
    assert (answer.status, answer.text, answer.all("x-agent")) == (200, "Hello", ["leave-a-reply-check"])


def test_redirects_within_the_origin_are_followed(site: str) -> None:
    assert fetch(f"{site}/moved").url == f"{site}/"
    with pytest.raises(CannotFetch, match="more than 5 times"):
        fetch(f"{site}/round")


@pytest.mark.parametrize("path", ["/away", "/inwards", "/odd"])
def test_redirects_to_elsewhere_are_not(site: str, path: str) -> None:
    with pytest.raises(LeadsElsewhere) as error:
        fetch(site + path)
    assert error.value.target == ANSWERS[path][1]["location"]


@pytest.mark.parametrize("path", ["/long", "/packed-long"])
def test_no_more_than_two_megabytes_are_read(site: str, path: str) -> None:
    assert len(fetch(site + path).body) == module.MOST_BYTES


def test_a_compressed_page_is_asked_for_and_read(site: str) -> None:
    answer = fetch(f"{site}/packed")
    assert (answer.text, answer.all("x-takes")) == ("Hello", ["gzip"])
    with pytest.raises(CannotFetch, match="but it is not"):
        fetch(f"{site}/not-packed")


def test_whoever_drips_is_cut_off(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 0.3)
    with pytest.raises(CannotFetch):
        fetch(f"{site}/drips")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://169.254.169.254/", "never fetched"),
        ("http://[fe80::1]/", "never fetched"),
        ("http://[::ffff:169.254.169.254]/", "never fetched"),
        ("http://[64:ff9b::a9fe:a9fe]/", "never fetched"),
        ("http://[64:ff9b:1::a9fe:a9fe]/", "never fetched"),
        ("http://[2002:a9fe:a9fe::1]/", "never fetched"),
        ("http://[fd00:ec2::254]/", "never fetched"),
        ("http://100.100.100.200/", "never fetched"),
        ("http://[64:ff9b::6464:64c8]/", "never fetched"),
        ("http://224.0.0.1/", "never fetched"),
        ("http://0.0.0.0/", "never fetched"),
        ("http://name.invalid/", "cannot be resolved"),
        ("http://127.0.0.1:1/", "did not answer"),
        ("file:///etc/passwd", "not a complete address"),
    ],
)
def test_what_is_never_asked_and_what_does_not_answer(url: str, why: str) -> None:
    with pytest.raises(CannotFetch, match=why):
        fetch(url)
