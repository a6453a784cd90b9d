"""A site of two pages, built by a real generator with what its page in docs/sites says, is posted in."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from httpx2 import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.host import Host, post
from tests.browser.launch import chromium as chromium
from tests.outside.builds import PATIENCE, write
from tests.outside.test_site_builds import TYPED
from tests.reader import Reader
from tests.service_process import free_port, serving, wait_for
from tests.sites.generators import GENERATORS, NPM, PYTHON, TOOLS, Generator
from tests.sites.recipes import BUILD, DOCS, SCRIPT, pasted, steps

SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of the built sites; none if empty."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path / "site")
    yield host
    host.close()


@pytest.fixture
def service(tmp_path: Path, host: Host) -> Iterator[Client]:
    """A client of a service that knows the site."""
    settings = {"REPLY_SPAM_CHECK": "false", "REPLY_MIN_FILL_SECONDS": "0", "REPLY_SITES": host.origin}
    with serving(tmp_path / "service", **settings) as (process,), process.client() as client:
        yield client


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    context.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    yield context.new_page()
    context.close()


QUIET = {"ASTRO_TELEMETRY_DISABLED": "1", "NEXT_TELEMETRY_DISABLED": "1", "NO_UPDATE_NOTIFIER": "1"}


def lay_out(name: str, way: str, origin: str, service: Client) -> Path:
    """The folder of a site with what the docs say. Only the addresses are others."""
    folder = TOOLS / "sites" / f"{name}-{way.split()[-1]}"  # below node_modules, where Node.js looks for packages
    shutil.rmtree(folder, ignore_errors=True)
    files = pasted(GENERATORS[name].files, steps(name, way))
    addresses = {"https://comments.example.com": str(service.base_url).rstrip("/"), "https://example.com": origin}
    for documented, real in addresses.items():
        files = {each: text.replace(documented, real) for each, text in files.items()}
    write(folder, files)
    return folder


def build(generator: Generator, folder: Path, host: Host) -> None:
    """The site, in the folder of ``host``."""
    done = subprocess.run(
        generator.command, cwd=folder, env=os.environ | QUIET, capture_output=True, text=True, timeout=10 * PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copytree(folder / generator.output, host.folder, dirs_exist_ok=True)


def told(page: Page) -> list[str]:
    """Errors of the page, as they come: exceptions and what the console shows."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def typed(reader: Reader, address: str) -> str:
    """A comment full of braces under a page. Returns its first line, as readers should see it."""
    answer = reader.post(address, json=True, comment="\n\n".join(TYPED), author="{{ 6 * 7 }} {% raw %}")
    assert answer.json()["status"] == "approved", answer.text
    return TYPED[0]


@pytest.mark.parametrize("way", [SCRIPT, BUILD])
@pytest.mark.parametrize("name", GENERATORS)
def test_each_page_of_a_built_site_has_its_own_thread(
    name: str, way: str, page: Page, host: Host, service: Client
) -> None:
    generator = GENERATORS[name]
    addresses = {each: host.origin + generator.path.format(each) for each in ("one", "two")}
    reader = Reader(service)
    lines = [typed(reader, address) for address in addresses.values()]
    build(generator, lay_out(name, way, host.origin, service), host)
    errors = told(page)
    page.goto(addresses["one"])
    expect(page.locator(".comment-content")).to_contain_text(lines[0])
    expect(page.locator(".fn")).to_have_text("{{ 6 * 7 }} {% raw %}")
    for each, title in (("one", "Two"), ("two", "One")):
        post(page, f"On {each}.")
        expect(page.locator(".comment-content").last).to_have_text(f"On {each}.")
        page.get_by_role("link", name=title, exact=True).locator("visible=true").first.click()
        expect(page).to_have_url(addresses[title.lower()])
        expect(page.locator(".comment-content").first).to_contain_text(lines[0])
        expect(page.locator('[name="page"]')).to_have_value(addresses[title.lower()])
    expect(page.locator(".comment-content").last).to_have_text("On one.")
    page.go_back()
    expect(page.locator(".comment-content").last).to_have_text("On two.")
    page.reload()
    expect(page.locator(".comment-content").last).to_have_text("On two.")
    for each, address in addresses.items():
        assert f"On {each}." in reader.read(address)
    assert errors == []
    expect(page.locator(".avatar").first).to_have_css("border-radius", "50%")
    shoot(page, f"{name}-{way.split()[-1]}")


DEV = {
    "hugo": ("localhost", "hugo", "server", "--watch=false", "--disableLiveReload", "--port={}"),
    "jekyll": ("127.0.0.1", "jekyll", "serve", "--no-watch", "--disable-disk-cache", "--port={}"),
    "eleventy": ("localhost", str(NPM / "eleventy"), "--serve", "--port={}"),
    "mkdocs": ("127.0.0.1", PYTHON, "-m", "mkdocs", "serve", "--no-livereload", "--dev-addr=127.0.0.1:{}"),
}
"""The address at which a dev server is looked at, and its command."""


@pytest.mark.parametrize("name", DEV)
def test_one_line_makes_a_dev_server_work(name: str, page: Page, tmp_path: Path) -> None:
    """The site's own address is registered nowhere, so the published threads are out of reach."""
    shown, *command = DEV[name]
    port = free_port()
    address = f"http://{shown}:{port}/one/"
    settings = {"REPLY_SITES": "http://localhost:*", "REPLY_SPAM_CHECK": "false", "REPLY_MIN_FILL_SECONDS": "0"}
    with serving(tmp_path / "service", **settings) as (process,), process.client() as service:
        folder = lay_out(name, SCRIPT, "https://example.com", service)
        words = [word.format(port) for word in command]
        with subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as dev:
            try:
                wait_for(lambda: answers(address), f"{name} to serve")
                page.goto(address)
                post(page, "On my own machine.")
                expect(page.locator(".comment-content")).to_have_text("On my own machine.")
                assert "On my own machine." in Reader(service).read("http://localhost:1/one/")
            finally:
                dev.terminate()


def answers(address: str) -> bool:
    try:
        with urlopen(address):
            return True
    except OSError:
        return False


def shoot(page: Page, name: str) -> None:
    for width in (1280, 390) if SHOTS else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)


def test_every_page_of_the_docs_is_built() -> None:
    assert {path.stem for path in DOCS.glob("*.md")} == {*GENERATORS, "README"}
