"""The server-side include of docs/embedding.md as it stands there, with a real nginx and a real Chromium."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.host import post
from tests.browser.launch import chromium as chromium
from tests.browser.server import Server
from tests.reader import Reader
from tests.service_process import PATIENCE, free_port, wait_for

DOCUMENT = (Path(__file__).parent.parent.parent / "docs/embedding.md").read_text()
SECTION = DOCUMENT.partition("\n## 3. Server-side include\n")[2].partition("\n## ")[0]
TEXT = "The pendulum was set by the church clock until 1911, when the telegraph brought the hour."
MAIN = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    gzip on;
    gzip_min_length 1;
    default_type text/html;
    {temporary}
    {server}
}}
"""
TEMPORARY = " ".join(f"{name}_temp_path {name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


def example(language: str) -> str:
    """The first block of code in this language."""
    found = re.search(rf"^```{language}\n(.*?)^```", SECTION, re.DOTALL | re.MULTILINE)
    assert found, language
    return found[1]


def with_changes(text: str, *changes: tuple[str, str]) -> str:
    """The text with each address of the documents replaced by ours. All of them must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


class Site:
    """An nginx that serves a folder as the documents say, and the service that it asks."""

    def __init__(self, origin: str, folder: Path, service: Server) -> None:
        self.origin, self._folder, self.service = origin, folder, service

    def write(self, name: str, more: str = "") -> str:
        """Write an article with the documented include, ``more`` at the end of its query. Returns its address."""
        url = f"{self.origin}/{name}.html"
        body = with_changes(
            example("html"),
            ("https://comments.example.com", self.service.url),
            ("https://example.com/your-article", url + more),
        )
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Clocks</title>'
        (self._folder / f"{name}.html").write_text(f"{head}<p>About clocks.</p>{body}<p>The end.</p>")
        return url

    def client(self, address: str = "127.0.0.1", **headers: str) -> httpx2.Client:
        """A browser at this address of the machine, which takes compressed answers."""
        transport = httpx2.HTTPTransport(local_address=address)
        return httpx2.Client(transport=transport, headers=headers, timeout=PATIENCE, trust_env=False)


@contextmanager
def nginx(folder: Path, server: str, origin: str) -> Iterator[None]:
    """nginx in the foreground, with this block ``server``, until the end."""
    (folder / "nginx.conf").write_text(MAIN.format(temporary=TEMPORARY, server=server))
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    assert program, "nginx is missing: make outside, as root, installs it"
    with (folder / "log").open("wb") as log:
        command = [program, "-p", folder, "-c", folder / "nginx.conf"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def answers() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            return httpx2.get(origin, trust_env=False).status_code > 0
        except httpx2.TransportError:
            return False

    try:
        wait_for(answers, "nginx did not start")
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def documented_site(folder: Path, without: str = "", **settings: str) -> Iterator[Site]:
    """The service and nginx, as documented, or without one of the lines."""
    root, port = folder / "www", free_port()
    root.mkdir()
    origin = f"http://127.0.0.1:{port}"
    known = {"REPLY_SITES": origin, "REPLY_TRUSTED_PROXIES": "127.0.0.1", "REPLY_FLOOD_SECONDS": "0"}
    with Server(folder, **(known | settings)) as service:
        block = with_changes(
            example("nginx"),
            ("listen 80;", f"listen 127.0.0.1:{port};"),
            ("/var/www/example", str(root)),
            ("http://127.0.0.1:8000", service.url),
            (without, ""),
        )
        with nginx(folder, block, origin):
            yield Site(origin, root, service)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with documented_site(tmp_path) as site:
        yield site


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def commented(site: Site, article: str) -> None:
    """Somebody has left a comment at the service itself."""
    with httpx2.Client(base_url=site.service.url, trust_env=False) as client:
        assert Reader(client).post(article, comment=TEXT).status_code == 303


def test_a_browser_shows_the_thread_in_the_article_and_posts_by_its_form(site: Site, page: Page) -> None:
    article = site.write("clocks")
    page.goto(article)
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    expect(page.locator("body")).to_contain_text("The end.")
    post(page, TEXT)
    expect(page.locator(".comment-content")).to_have_text(TEXT)
    assert page.url.startswith(f"{article}#comment-")
    page.reload()
    expect(page.locator(".comment-content")).to_have_text(TEXT)


def test_a_long_thread_of_which_a_browser_would_take_compressed_bytes_is_text(site: Site) -> None:
    article = site.write("clocks")
    commented(site, article)
    with site.client(**{"accept-encoding": "gzip, deflate, br"}) as client:
        answer = client.get(article)
        assert answer.headers["content-encoding"] == "gzip"  # nginx compresses the whole page
        assert TEXT in answer.text
        direct = client.get(f"{site.service.url}/thread", params={"page": article})
        assert direct.headers["content-encoding"] == "gzip"  # as it would have come without the documented lines


def test_an_entity_tag_of_the_fragment_does_not_make_it_vanish(site: Site) -> None:
    article = site.write("clocks", "&captcha=lazy")
    commented(site, article)
    with site.client() as client:
        direct = client.get(f"{site.service.url}/thread", params={"page": article, "captcha": "lazy"})
        known = {"if-none-match": direct.headers["etag"], "if-modified-since": "Thu, 01 Jan 2099 00:00:00 GMT"}
        again = client.get(f"{site.service.url}/thread", params={"page": article, "captcha": "lazy"}, headers=known)
        assert again.status_code == 304
        assert TEXT in client.get(article, headers={"if-none-match": known["if-none-match"]}).text
        assert client.get(article, headers=known).status_code in (200, 304)


def test_a_part_of_the_article_and_its_headers_alone_may_be_asked_for(site: Site) -> None:
    article = site.write("clocks")
    commented(site, article)
    with site.client() as client:
        assert TEXT in client.get(article, headers={"range": "bytes=0-9"}).text
        assert TEXT in client.get(article, headers={"range": "bytes=90-", "if-range": '"x"'}).text
        head = client.head(article)
        assert (head.status_code, head.content) == (200, b"")
        assert client.post(article, data={"comment": "x"}).status_code == 405
        assert TEXT in client.get(article).text


def test_the_readers_language_and_no_other_header_reaches_the_service(site: Site) -> None:
    article = site.write("clocks")
    with site.client(**{"accept-language": "de"}) as client:
        assert "Schreiben Sie einen Kommentar" in client.get(article).text


def test_the_self_check_is_content_and_names_what_a_missing_line_does(tmp_path: Path) -> None:
    (tmp_path / "right").mkdir()
    with documented_site(tmp_path / "right") as site:
        assert "includes comments and form as HTML" in site.service.command("check", site.write("clocks")).stdout
    (tmp_path / "wrong").mkdir()
    with documented_site(tmp_path / "wrong", without="proxy_pass_request_headers off;") as site:
        commented(site, article := site.write("clocks"))
        with site.client(**{"accept-encoding": "gzip"}) as client:
            assert TEXT not in client.get(article).text
        assert "the browser’s Accept-Encoding" in " ".join(site.service.command("check", article).stdout.split())


def test_the_fragment_cannot_be_asked_for_from_outside(site: Site) -> None:
    with site.client() as client:
        assert client.get(f"{site.origin}/comments-thread", params={"page": site.write("clocks")}).status_code == 404


def test_readers_are_told_apart_whatever_they_write_into_their_headers(tmp_path: Path) -> None:
    with documented_site(tmp_path, REPLY_RATE_QUESTION="2/hour") as site:
        article = site.write("clocks")

        def asked(address: str, **headers: str) -> bool:
            """Whether the form came with a question, rather than with the address to fetch one from."""
            with site.client(address, **headers) as client:
                return "data-captcha=" not in client.get(article).text

        pretended = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9", "x-real-ip": "203.0.113.9"}
        assert [asked("127.0.9.1"), asked("127.0.9.1", **pretended), asked("127.0.9.1")] == [True, True, False]
        assert not asked("127.0.9.1", **pretended | {"x-forwarded-for": "203.0.114.9"})
        assert [asked("127.0.8.1"), asked("127.0.8.1"), asked("127.0.8.1")] == [True, True, False]
