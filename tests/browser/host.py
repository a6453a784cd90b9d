"""The page of another origin, and a reader in it."""

import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Frame, Page, expect

from db.engine import open_engine
from db.writer import Writer
from service.spam import spam_settings_form
from service.web.context import utc_now
from tests.reader import solve

CSP_HEADER = "Content-Security-Policy"
CSP = (
    "default-src 'self'; script-src {url}; style-src {url}; connect-src {url}; frame-src {url}; "
    "form-action {url} {host}"
)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # browsers open many connections at once, and on a busy machine five would not be enough

    def __init__(self, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.headers: dict[str, dict[str, str]] = {}


class _Handler(SimpleHTTPRequestHandler):
    server: _Server

    def end_headers(self) -> None:
        for name, value in self.server.headers.get(self.path, {}).items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Host:
    """A static site on a port of its own, with a strict Content-Security-Policy. ``name`` makes it another site, too:
    cookies know no ports."""

    def __init__(self, folder: Path, name: str = "127.0.0.1") -> None:
        folder.mkdir()
        self._server = _Server(partial(_Handler, directory=str(folder)))
        self.folder = folder
        self.origin = f"http://{name}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def write(
        self,
        service_url: str,
        body: str,
        policy: str = CSP,
        name: str = "article",
        head: str = "",
        charset: str = "utf-8",
    ) -> str:
        """Writes the article ``name`` and gives its address."""
        policy = policy.format(url=service_url, host=self.origin)
        meta = f'<meta charset="{charset}"><meta http-equiv="{CSP_HEADER}" content="{policy}">'
        page = f"<!doctype html><html><head>{meta}<title>An article</title>{head}</head><body>{body}</body></html>"
        (self.folder / f"{name}.html").write_text(page, charset)
        return self.address(name)

    def send(self, name: str, **headers: str) -> None:
        """Headers of their own for an article; ``_`` stands for ``-``."""
        self._server.headers[f"/{name}.html"] = {key.replace("_", "-"): value for key, value in headers.items()}

    def address(self, name: str) -> str:
        """Of an article that may still be written."""
        return f"{self.origin}/{name}.html"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def fill(place: Page | Frame, text: str, name: str = "Ingrid", answer: str = "") -> None:
    """All fields, with the right answer unless another is given."""
    place.locator("#comment").fill(text)
    place.locator("#author").fill(name)
    place.locator("#email").fill("ingrid@example.org")
    expect(place.locator("#captcha")).to_be_editable()  # in a thread from the script the question comes after the form
    place.locator("#captcha").fill(answer or solve(place.locator(".captcha-question").inner_text()))


def post(place: Page | Frame, text: str) -> None:
    """A comment in order, sent."""
    fill(place, text)
    place.locator("#submit").click()


def set_level(folder: Path, site_id: int, level: tuple[int, int]) -> None:
    """The easiest and the hardest question on a site of a service that runs in this folder."""
    writer = Writer(open_engine(f"sqlite:///{folder / 'var' / 'comments.db'}"))
    writer.run(spam_settings_form.save_settings, site_id, {"level": [*level]}, utc_now())
    writer.close()
