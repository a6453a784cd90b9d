"""More than 500 texts that try to run, in names, websites, addresses, texts, titles and parameters, wherever they are
shown in a real Chromium. None runs, and none loses a letter.

The pages' Content-Security-Policy is switched off: what is tested is what stands behind it.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from db import tables
from db.column_types import new_id
from db.engine import open_engine
from db.models import Status
from service.web.context import utc_now
from tests.browser.host import Host
from tests.browser.payloads import TEMPLATES, packed, payloads
from tests.browser.server import Server
from tests.plain_client import PlainClient
from tests.reader import Reader

NAMES, TEXTS, WEBSITES, EMAILS = (payloads(first) for first in (10_000, 20_000, 30_000, 40_000))
TITLES = packed(payloads(50_000), 290)
LONG = 8000
IN_A_FEED, IN_A_FRAME = 50, 20
FEEDS = -(-len(TEMPLATES) // IN_A_FEED)
_DATA = ("application/json", "application/atom+xml")


@dataclass(frozen=True)
class Place:
    """Where comments are shown. ``{page}`` is their page, ``{host}`` another site with the script in it.

    ``shows`` are the lists that are seen there to the letter, on all parts of it together.
    """

    address: str
    shows: tuple[list[str], ...] = (NAMES, TEXTS)


PLACES = [
    Place("/"),
    Place("/thread?page={page}"),
    Place("/comments?page={page}"),
    Place("/page?page={page}"),
    Place("/page?frame=1&page={page}&lang=ar"),
    Place("{host}/article.html"),
    Place("/admin?site=2&per=100", (NAMES, TEXTS, WEBSITES, EMAILS)),
    Place("/admin?status=pending&per=100", (TITLES,)),
    Place("/latest?site={host}&number=50", (NAMES[-50:],)),
    Place("/popular?site={host}&number=50", ()),
]
"""One more place is one more line."""

ADDRESSES = {
    "/?lang={p}&story={p}": LONG,
    "/thread?page={empty}&title={p}&lang={p}": LONG,
    "/page?page={empty}&title={p}&preview={p}&frame={p}": 290,
    "/form?page={empty}&parent={p}&title={p}&replytocom={p}": LONG,
    "/page?page={p}": LONG,
    "/page?page={empty}?x={p}": 600,
    "/captcha/pass?sitekey={p}&action={p}&lang={p}": LONG,
    "/admin?q={p}&what={p}&status={p}&site={p}&before={p}&done={p}": 190,
    "/admin/login?back={p}&what={p}": LONG,
    "/admin/account?what={p}": LONG,
    "/admin/setup?token={p}": LONG,
    "/nowhere/{p}": LONG,
    "/feed?page={empty}&lang={p}": LONG,
    "/feed?site={p}": LONG,
    "/latest?site={host}&lang={p}&number={p}": LONG,
    "/popular?site={host}&lang={p}&days={p}": LONG,
    "/counts?page={p}&format={p}": LONG,
    "/own?page={empty}&comment={p}&proof={p}&preview={p}": LONG,
    "/mail/confirm?token={p}": LONG,
    "/mail/unsubscribe?token={p}": LONG,
    "/wp-json/wp/v2/comments?post={p}&order={p}&_fields={p}": LONG,
}
"""What an address may hold, and of how many characters something is made. One more is one more line."""

MOST_REQUESTS = 10
"""For each of these addresses. Where only short texts fit in, some payloads are left out: all of them are in
comments, names and titles."""

# Sends every element the events that scripts wait for, and gives what could still run.
STIR = """() => {
  const stop = event => event.preventDefault();
  for (const name of ['click', 'submit']) addEventListener(name, stop, true);
  for (const element of document.querySelectorAll('body *'))
    for (const name of ['mouseover', 'focus', 'click', 'toggle', 'load', 'error', 'animationstart'])
      element.dispatchEvent(new Event(name, { cancelable: true }));
  const runs = /^[\\s\\u0000-\\u001f]*(j\\s*a\\s*v\\s*a\\s*s\\s*c\\s*r\\s*i\\s*p\\s*t|data|vbscript)\\s*:/i;
  const links = /^(href|src|action|formaction|xlink:href|data)$/i;
  const never = 'iframe, object, embed, base:not([target=_top]), meta[http-equiv=refresh]'
    + ', script:not([src], [type$=json])';
  const wrong = [];
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes)
      if (/^on/i.test(name) || (links.test(name) && runs.test(value) && !element.matches('link[rel=icon]')))
        wrong.push(element.outerHTML.slice(0, 200));
    if (element.matches(never)) wrong.push(element.outerHTML.slice(0, 200));
  }
  return wrong;
}"""

# The text of a page, with the addresses of its links: Markdown may have made a link of something.
READ = """root => {
  const copy = (root || document.body).cloneNode(true);
  for (const data of copy.querySelectorAll('script, style')) data.remove();
  for (const link of copy.querySelectorAll('a[href]')) {
    const address = link.getAttribute('href');
    try { link.append(decodeURIComponent(address)); } catch { link.append(address); }
  }
  return copy.textContent;
}"""

# Shows each text carelessly, in frames of their own.
CARELESS = """async bodies => {
  const settled = async frame => {
    while (![...frame.contentDocument.images].every(image => image.complete))
      await new Promise(done => setTimeout(done, 10));
    await new Promise(done => setTimeout(done));
  };
  for (let start = 0; start < bodies.length; start += 100) {
    const frames = bodies.slice(start, start + 100).map(body => {
      const frame = document.createElement('iframe');
      frame.srcdoc = '<!doctype html><body>' + body;
      return frame;
    });
    await Promise.all(frames.map(frame => new Promise(done => { frame.onload = done; document.body.append(frame); })));
    for (const frame of frames) frame.contentWindow.eval('(' + window.stir + ')()');
    await Promise.all(frames.map(settled));
    for (const frame of frames) frame.remove();
  }
}"""

# Writes answers into a frame, one below the other, where they run as a page of their own.
SHOW = """async addresses => {
  const told = [], pages = [];
  for (const address of addresses) {
    const answer = await fetch(address, { headers: { accept: 'text/html' } });
    const [kind, body] = [answer.headers.get('content-type'), await answer.text()];
    if (/html/.test(kind)) pages.push(body);
    told.push([answer.status, kind, answer.headers.get('x-content-type-options')]);
  }
  if (pages.length) window.show(pages.join(''));
  return told;
}"""
SHOW_FEED = """async address => {
  const feed = new DOMParser().parseFromString(await (await fetch(address)).text(), 'application/xml');
  const text = (entry, name) => entry.querySelector(name).textContent;
  const escaped = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  window.show('<!doctype html><body>' + [...feed.querySelectorAll('entry')].map(entry =>
    `<h2>${escaped(text(entry, 'author name'))}</h2>${text(entry, 'content')}`).join(''));
}"""
FRAME = """() => {
  document.body.innerHTML = '<iframe></iframe>';
  const frame = document.querySelector('iframe');
  window.show = body => {
    const inside = frame.contentDocument;
    inside.open();
    frame.contentWindow.pwned = window.pwned;
    inside.write(body);
    inside.close();
  };
}"""


@dataclass
class World:
    """A service full of payloads, and a browser in which ``ran`` tells which of them ran."""

    server: Server
    host: Host
    context: BrowserContext
    ran: list[int]

    @property
    def page(self) -> str:
        return f"{self.server.url}/"

    def open(self, address: str) -> Page:
        page = self.context.new_page()
        page.goto(self.fill(address))
        return page

    def fill(self, address: str) -> str:
        filled = address.replace("{page}", self.page).replace("{host}", self.host.origin)
        filled = filled.replace("{empty}", f"{self.host.origin}/empty")
        return filled if filled.startswith("http") else self.server.url + filled

    @cached_property
    def runner(self) -> Page:
        """A page of the service with a frame to show answers in, for all tests."""
        page = self.open("/embed.css")
        page.evaluate(FRAME)
        return page


@pytest.fixture(scope="module")
def world(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("payloads")
    host = Host(folder / "site")
    ran: list[int] = []
    with Server(
        folder,
        REPLY_FLOOD_SECONDS="0",
        REPLY_SITES=host.origin,
        REPLY_RATE_QUESTION="0/minute",
        REPLY_COMMENTS_PER_PAGE="200",
    ) as server:
        store(folder, f"{server.url}/", host.origin)
        context = chromium.new_context(bypass_csp=True)
        context.expose_binding("pwned", lambda _source, number=0: ran.append(number))
        element = f'<leave-a-reply page="{server.url}/"></leave-a-reply>'
        host.write(server.url, f'<script src="{server.url}/embed.js" async></script>{element}')
        world = World(server, host, context, ran)
        log_in(world)
        yield world
        context.close()
    host.close()


def store(folder: Path, page: str, origin: str) -> None:
    """A comment for each payload below ``page``, some as imported HTML too; and one below each title."""
    engine = open_engine(f"sqlite:///{folder / 'var' / 'comments.db'}")
    now = utc_now()
    with engine.begin() as connection:
        sites = {row.origin: row.id for row in connection.execute(tables.site.select())}
        place = {"closed": False, "version": 1, "created_at": now, "title_checked": True}
        common = {"format": "markdown", "score": 0.0, "reasons": [], "source": "", "created_at": now}

        def add_page(site: int, address: str, title: str = "News") -> dict[str, Any]:
            row = {"site_id": site, "id": new_id(), "key": address, "url": address, "title": title}
            connection.execute(tables.page.insert(), row | place)
            return {"site_id": site, "page_id": row["id"]}

        def add(where: dict[str, Any], **words: Any) -> None:
            connection.execute(
                tables.comment.insert(), common | {"id": new_id(), "status": Status.APPROVED} | where | words
            )

        here = add_page(sites[page.rstrip("/")], page)
        feeds = [add_page(sites[origin], f"{origin}/feed/{number}") for number in range(FEEDS)]
        for number, (name, text, website, email) in enumerate(zip(NAMES, TEXTS, WEBSITES, EMAILS, strict=True)):
            words = {"author": name, "text": text, "url": website, "email": email}
            add(here, created_at=now - timedelta(seconds=number), **words)
            add(feeds[number // IN_A_FEED], created_at=now - timedelta(days=1) + timedelta(seconds=number), **words)
            if number % 3 == 0:
                add(here, created_at=now - timedelta(seconds=number), **words | {"format": "html", "author": "Import"})
        for number, title in enumerate(TITLES):
            there = add_page(sites[origin], f"{origin}/{number}", title)
            words = {"author": "A reader", "text": "Words", "url": "", "email": "a@example.org"}
            add(there, status=Status.PENDING, **words)
    engine.dispose()


def log_in(world: World) -> None:
    page = world.open(world.server.setup_link)
    page.fill('[name="name"]', "Owner")
    for field in page.locator('input[type="password"]').all():
        field.fill("a long and quiet sentence")
    page.get_by_role("button", name="Create the first admin").click()
    page.wait_for_url("**/admin*")
    page.close()


def letters(text: str) -> str:
    """What must not be lost: signs may have been Markdown."""
    return re.sub(r"[\W_]+", "", text)


def missing(wanted: list[str], shown: str) -> list[str]:
    """What is not in the text of a page, entities read or not."""
    seen = letters(shown)
    return [each for each in wanted if letters(html.unescape(each)) not in seen and letters(each) not in seen]


def settle(page: Page) -> None:
    """Until every picture has come or failed, and what waits for the next moment is past."""
    for frame in page.frames:
        frame.wait_for_function("[...document.images].every(image => image.complete)")
        frame.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def test_there_are_more_than_500_and_where_nothing_is_escaped_they_do_run(world: World) -> None:
    """The payloads are sharp: shown as they are, in a text or in an attribute, half of them call; the others are
    Markdown, or links that nobody follows here."""
    assert len(TEMPLATES) > 500
    page = world.open("/embed.css")
    page.evaluate("stir => { window.stir = stir; }", STIR)
    sample = payloads(1)[::17]  # so that each of the 25 ways to run a script is among them
    page.evaluate(CARELESS, [f'<p title="{text}">x</p><p title={text}>x</p><p>{text}</p>' for text in sample])
    settle(page)
    page.close()
    called = set(world.ran)
    world.ran.clear()
    assert len(called) > len(sample) * 0.4, len(called)


OLDER = '.pager [rel="next"], a[data-part*="before="]'


def older(page: Page, address: str) -> bool:
    """Go on to what is older, if there is anything: in the admin's list, or in a thread as the place shows it."""
    link = page.locator(OLDER).first
    if not link.count():
        return False
    if part := link.get_attribute("data-part"):
        page.goto(f"{address}{'&' if '?' in address else '?'}{part}")
    else:
        page.goto(link.evaluate("link => link.href"))
    return True


def unfold(page: Page) -> None:
    """Have the script load every older part in place."""
    page.wait_for_selector(".comment-list")
    while part := page.evaluate("query => document.querySelector(query)?.dataset.part", OLDER):
        page.locator(OLDER).first.click()
        page.wait_for_function("part => !document.querySelector(`a[data-part='${part}']`)", arg=part)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.address)
def test_where_comments_are_shown_nothing_runs_and_nothing_is_lost(world: World, place: Place) -> None:
    page = world.open(place.address)
    shown = ""
    if place.address.startswith("{host}"):
        unfold(page)
    while True:
        shown += page.evaluate(READ)
        assert page.evaluate(STIR) == []
        if place.address.startswith("{host}") or not older(page, world.fill(place.address)):
            break
    settle(page)
    page.close()
    assert world.ran == []
    for wanted in place.shows:
        assert missing(wanted, shown) == []


@pytest.mark.parametrize(("address", "most"), ADDRESSES.items(), ids=lambda each: str(each))
def test_what_addresses_hold_does_not_run(world: World, address: str, most: int) -> None:
    page = world.runner
    texts = packed(payloads(60_000), most)
    for text in texts[:: -(-len(texts) // MOST_REQUESTS)]:
        filled = world.fill(address.replace("{p}", quote(text, safe="")))
        [(status, kind, sniffing)] = page.evaluate(SHOW, [filled])
        assert status < 500
        if "html" in kind:
            assert page.frames[1].evaluate(STIR) == []
        else:
            assert (kind.partition(";")[0] in _DATA, sniffing) == (True, "nosniff")
    settle(page)
    assert world.ran == []


def test_a_feed_runs_nothing_where_it_is_read(world: World) -> None:
    """As an XML document in the browser; and in a reader that puts its entries into a page as they come."""
    page, runner = world.context.new_page(), world.runner
    shown = ""
    for number in range(FEEDS):
        address = f"{world.server.url}/feed?page={world.host.origin}/feed/{number}"
        page.goto(address)
        runner.evaluate(SHOW_FEED, address)
        shown += runner.frames[1].evaluate(READ)
        assert runner.frames[1].evaluate(STIR) == []
    for wanted in (NAMES, TEXTS):
        assert missing(wanted, shown) == []
    settle(runner)
    page.close()
    assert world.ran == []


def test_stored_titles_do_not_run_below_their_article(world: World) -> None:
    page = world.runner
    addresses = [f"{world.server.url}/page?page={world.host.origin}/{number}" for number in range(len(TITLES))]
    for first in range(0, len(TITLES), IN_A_FRAME):
        page.evaluate(SHOW, addresses[first : first + IN_A_FRAME])
        shown = page.frames[1].evaluate("[...document.querySelectorAll('h1')].map(heading => heading.textContent)")
        for title, heading in zip(TITLES[first : first + IN_A_FRAME], shown, strict=True):
            assert missing([title], heading) == []
        assert page.frames[1].evaluate(STIR) == []
    settle(page)
    assert world.ran == []


@pytest.mark.parametrize("path", ["/comments", "/wp-comments-post.php"])
def test_a_form_that_comes_back_runs_nothing_and_keeps_every_letter(world: World, path: str) -> None:
    client = PlainClient(world.server.url)
    page = world.runner
    for text in packed(payloads(70_000), 6000):
        line = text.replace("\n", " ").replace("\t", " ")
        typed = text.replace(" ", "\r\n")
        fields = {"comment": typed, "author": line, "email": line, "url": line, "title": line, "lang": line}
        for meant in (world.page, line):
            body = client.post(path, fields | {"page": meant, "frame": line}, {"accept": "text/html"}).text
            page.evaluate("body => window.show(body)", body)
            frame = page.frames[1]
            assert frame.evaluate(STIR) == []
            if meant == world.page:
                values = frame.evaluate("['author', 'email', 'url'].map(id => document.getElementById(id).value)")
                assert [value.split() for value in values] == [line.split()] * 3
            if meant == world.page or path != "/comments":
                assert frame.evaluate("document.querySelector('textarea').value") == typed.replace("\r\n", "\n")
    settle(page)
    assert world.ran == []


def test_a_comment_that_waits_is_previewed_safely(world: World) -> None:
    reader = Reader(PlainClient(world.server.url))
    texts = payloads(80_000)
    for name, text in zip(packed(texts, 240)[:2], ("\n\n".join(texts), "\n\n".join(texts[-40:])), strict=True):
        fields = reader.fields(world.page, comment=text, author=name, url="https://example.org/\"'><x>", review="1")
        answer = reader.client.post("/comments", fields | {"url": ""}, {"accept": "text/html"})
        assert answer.status_code == 303, answer.text
        page = world.open(answer.headers["location"])
        own = page.locator(f"#{answer.headers['location'].partition('#')[2]}")
        assert missing([name, *(texts if len(text) > 5000 else texts[-40:])], own.evaluate(READ)) == []
        assert page.evaluate(STIR) == []
        settle(page)
        page.close()
    assert world.ran == []


def test_json_put_into_a_page_as_it_is_runs_nothing(world: World) -> None:
    """What scripts of other pages do with answers: they put them into the page as HTML."""
    page = world.runner
    shown = ""
    site = world.server.url.partition("//")[2]
    for number in range(1, 13):
        address = f"{world.server.url}/{site}/wp-json/wp/v2/comments?per_page=100&page={number}"
        for each in page.evaluate("async url => (await fetch(url)).json()", address):
            author, rendered = each["author_name"], each["content"]["rendered"]
            link = f'<a href="{each["author_url"]}" title="{author}">{author}</a>'
            shown += f"<li>{link}{rendered}</li>"
    page.evaluate("body => window.show(body)", f"<!doctype html><body>{shown}</body>")
    assert missing(NAMES, page.frames[1].evaluate(READ)) == []
    assert page.frames[1].evaluate(STIR) == []
    reader = Reader(PlainClient(world.server.url))
    sent = reader.post(world.page, json=True, comment="\n\n".join(payloads(90_000)), author=TITLES[0][:200], url="")
    answer = sent.json()
    assert sent.status_code == 201, answer
    page.evaluate("body => window.show(body)", answer["html"] + answer["form"] + json.dumps(answer["message"]))
    assert missing(payloads(90_000), page.frames[1].evaluate(READ)) == []
    assert page.frames[1].evaluate(STIR) == []
    settle(page)
    assert world.ran == []
