"""Turbo, htmx, React and VitePress, as they come from npm: the thread follows the page, and what is sent arrives."""

import json
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.host import Host, fill, post
from tests.browser.launch import chromium as chromium
from tests.browser.server import Server
from tests.browser.test_embedding import embed
from tests.browser.test_embedding import host as host
from tests.browser.test_embedding import page as page
from tests.browser.test_embedding import server as server
from tests.browser.test_single_page_apps import ANY
from tests.outside.builds import PACKAGES, bundle, documented, run, write

SCRIPTS = {
    "turbo": PACKAGES / "@hotwired/turbo/dist/turbo.es2017-umd.js",
    "htmx 2": PACKAGES / "htmx2/dist/htmx.js",
    "htmx 4": PACKAGES / "htmx.org/dist/htmx.js",
}


def tag(name: str) -> str:
    return f"<script>{SCRIPTS[name].read_text()}</script>"


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_router_that_swaps_bodies(page: Page, host: Host, server: Server, name: str) -> None:
    """Titles, threads and numbers are those of the page that is shown, also after Back."""
    addresses = {each: host.address(f"{name[:4]}{name[-1]}-{each}") for each in ("one", "two")}
    links = "".join(f'<a href="{address}">to {each}</a> ' for each, address in addresses.items())
    widgets = f'<script src="{server.url}/widgets.js" async></script>'
    for each, address in addresses.items():
        mark = f'<p><b data-leave-a-reply-count data-page="{address}">Comments</b></p>'
        body = f'<div hx-boost="true">{links}</div>{mark}{embed(server, f"title={each}")}{widgets}'
        host.write(server.url, body, ANY, address.rpartition("/")[2].removesuffix(".html"), tag(name))
    page.goto(addresses["one"])
    post(page, f"On the first, by {name}.")
    expect(page.locator("[data-leave-a-reply-count]")).to_have_text("1 comment")
    page.get_by_role("link", name="to two").click()
    expect(page.locator(".no-comments-yet")).to_be_visible()
    expect(page.locator("[data-leave-a-reply-count]")).to_have_text("0 comments")
    post(page, f"On the second, by {name}.")
    expect(page.locator(".comment-content")).to_have_text(f"On the second, by {name}.")
    page.go_back()
    expect(page.locator(".comment-content")).to_have_text(f"On the first, by {name}.")
    expect(page.locator('[name="page"]')).to_have_value(addresses["one"])
    expect(page.locator('[name="title"]')).to_have_value("one")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_plain_form_of_the_same_origin(page: Page, server: Server, name: str) -> None:
    """Behind one host the routers send the form themselves: the second step and its answer have to work."""
    address = f"{server.url}/"
    form = documented('<input type="hidden" name="title"').replace("https://comments.example.com", server.url)
    form = form.replace("https://example.com/your-article", address).replace("<form ", '<form hx-boost="false" ')
    body = f'<!doctype html><meta charset="utf-8"><title>F</title>{tag(name)}<body hx-boost="true">{form}</body>'
    page.route("**/article", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{server.url}/article")
    page.fill("[name=comment]", f"Plainly, by {name}.")
    page.fill("[name=author]", "Ada")
    page.fill("[name=email]", "ada@example.org")
    page.click("text=Post Comment")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    fill(page, f"Plainly, by {name}.")
    page.locator("#submit").click()
    page.wait_for_url(f"{address}**#comment-*")
    expect(page.get_by_text(f"Plainly, by {name}.")).to_be_visible()


@pytest.mark.parametrize("name", ["htmx 2", "htmx 4"])
@pytest.mark.parametrize("with_script", [True, False])
def test_htmx_fetches_straight_from_the_service(
    page: Page, host: Host, server: Server, name: str, with_script: bool
) -> None:
    recipe = documented("htmx-config").replace("https://comments.example.com", server.url)
    article = f"{name[:4]}{name[-1]}-{with_script}"
    config, fragment = recipe.replace("https://example.com/your-article", host.address(article)).splitlines()
    script = f'<script src="{server.url}/embed.js" async></script>' if with_script else ""
    page.goto(host.write(server.url, config + tag(name) + fragment + script, ANY, article))
    expect(page.locator(".leave-a-reply.is-live")).to_have_count(int(with_script))
    post(page, f"Fetched by {name}.")
    expect(page.locator(".comment-content")).to_have_text(f"Fetched by {name}.")


APP = """
import {{ useState }} from 'react';
{imported}
function App() {{
  const [page, turn] = useState({addresses}[0]);
  return <main><button onClick={{() => turn({addresses}[1])}}>Next</button>
    <leave-a-reply page={{page}}><a href="/read">Read and write comments</a></leave-a-reply></main>;
}}
{started}
"""
SERVER = ("import { renderToString } from 'react-dom/server';", "console.log(renderToString(<App />));")
BROWSER = (
    "import { hydrateRoot } from 'react-dom/client';",
    "window.errors = []; hydrateRoot(document.getElementById('root'), <App />, "
    "{ onRecoverableError: (error) => window.errors.push(String(error)) });",
)


def test_react_takes_over_what_the_server_has_sent(page: Page, host: Host, server: Server, tmp_path: Path) -> None:
    addresses = [host.address("react-one"), host.address("react-two")]

    def app(imported: str, started: str) -> str:
        return APP.format(imported=imported, started=started, addresses=json.dumps(addresses))

    (tmp_path / "server.js").write_text(bundle(tmp_path, app(*SERVER), "--platform=node"))
    markup = run(tmp_path, "node", "server.js").strip()
    script = bundle(tmp_path, app(*BROWSER), "--minify").replace("</script", "<\\/script")
    body = f'<script src="{server.url}/embed.js"></script><div id="root">{markup}</div><script>{script}</script>'
    page.goto(host.write(server.url, body, ANY, "react"))
    post(page, "On the first.")
    expect(page.locator(".comment-content")).to_have_text("On the first.")
    page.click("text=Next")
    expect(page.locator(".no-comments-yet")).to_be_visible()
    expect(page.locator('[name="page"]')).to_have_value(addresses[1])
    assert page.evaluate("errors") == []


THEME = """import Theme from 'vitepress/theme';
import { h } from 'vue';
const Layout = () => h(Theme.Layout, null, { 'doc-after': () => h('leave-a-reply', [h('a', { href: '/' }, 'Read')]) });
export default { extends: Theme, Layout };
"""


def test_vitepress(page: Page, host: Host, server: Server, tmp_path: Path) -> None:
    head = json.dumps([["script", {"src": f"{server.url}/embed.js", "async": ""}]])
    files = {".vitepress/config.mjs": f"export default {{ base: '/press/', head: {head} }}", "package.json": "{}"}
    pages = {f"{name}.md": f"# {name}\n\n[one](/one) [two](/two)\n" for name in ("one", "two")}
    write(tmp_path, files | pages | {".vitepress/theme/index.mjs": THEME})
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    run(tmp_path, PACKAGES / ".bin/vitepress", "build", "--outDir", host.folder / "press")
    page.goto(f"{host.origin}/press/one.html")
    post(page, "On the first.")
    expect(page.locator(".comment-content")).to_have_text("On the first.")
    page.locator("main").get_by_role("link", name="two").click()
    expect(page.locator(".no-comments-yet")).to_be_visible()
    with page.expect_request("**/comments") as sent:
        post(page, "On the second.")
    assert "title=two" in (sent.value.post_data or "")
    expect(page.locator(".comment-content")).to_have_text("On the second.")
    with urlopen(f"{server.url}/comments?page={host.origin}/press/two.html") as answer:
        assert "On the second." in answer.read().decode()
    page.go_back()
    expect(page.locator(".comment-content")).to_have_text("On the first.")
