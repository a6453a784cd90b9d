"""The pages of the admin about pages: found, moved, merged, put under other rules, and redirected."""

import re

import pytest
from sqlalchemy import select, update

from db import tables
from service import admin_accounts, admin_logins, sites
from service.admin_rights import Role
from service.known_sites import PageRules
from service.web.context import AppContext
from tests.conftest import Clock
from tests.pages.conftest import BLOG, Pages
from tests.web.admin.conftest import PASSWORD, Browser
from tests.writing import writing


@pytest.fixture
def pages(context: AppContext, clock: Clock) -> Pages:
    return Pages(context, clock)


def key(pages: Pages, path: str) -> str:
    return f"1-{pages.id(path)}"


def undo(browser: Browser, text: str) -> int:
    batch = re.search(r'name="batch" value="(\d+)"', text)
    assert batch, text
    return browser.post("/admin/pages/undo", batch=batch[1], back="/admin/pages").status_code


def test_pages_are_listed_and_found_by_title_and_address(browser: Browser, pages: Pages, clock: Clock) -> None:
    assert "no pages yet" in browser.get("/admin/pages").text
    for number in range(52):
        pages.add(f"/p{number:02}")
    pages.add("/p00", "held", status="pending")
    text = browser.get("/admin/pages").text
    assert ("/p51<" in text, "/p01<" in text) == (True, False)
    older = re.search(r'href="\.\./(admin/pages\?before=\d+-\d+)"', text)
    assert older
    assert "and 1 not shown" in browser.get(f"/{older[1]}").text
    found = browser.get("/admin/pages?q=P5+post").text
    assert ("/p50<" in found, "/p49<" in found) == (True, False)
    assert "No page has these words" in browser.get("/admin/pages?q=%25").text


def test_a_page_is_moved_after_a_preview_and_moved_back(browser: Browser, pages: Pages) -> None:
    pages.add("/old")
    page = key(pages, "/old")
    shown = browser.post("/admin/page", action="readdress", page=page, to="/new/")
    assert "The page gets the address" in shown.text
    assert [*pages.texts()] == ["/old"]
    done = browser.post("/admin/page", action="readdress", page=page, to="/new/", sure="move")
    text = browser.get(f"/admin/{done.headers['location']}").text
    assert ("Page moved." in text, f"{BLOG}/old" in text) == (True, True)
    assert ([*pages.texts()], pages.aliases()) == (["/new/"], {"/old": "/new/"})
    assert undo(browser, text) == 303
    assert [*pages.texts()] == ["/old"]


def test_pages_are_merged_only_with_consent(browser: Browser, pages: Pages) -> None:
    pages.add("/a")
    pages.add("/b")
    page = key(pages, "/a")
    for sure in ("", "move"):  # as when the other page came meanwhile
        shown = browser.post("/admin/page", action="readdress", page=page, to=f"{BLOG}/b", sure=sure)
        assert "This page stays" in shown.text
    assert [*pages.texts()] == ["/a", "/b"]
    done = browser.post("/admin/page", action="readdress", page=page, to=f"{BLOG}/b", sure="merge")
    text = browser.get(f"/admin/{done.headers['location']}").text
    assert pages.texts() == {"/b": ["/a", "/b"]}
    assert undo(browser, text) == 303
    assert pages.texts() == {"/a": ["/a"], "/b": ["/b"]}


def test_what_cannot_be_undone_is_said(browser: Browser, pages: Pages) -> None:
    for path in ("/a", "/b", "/c"):
        pages.add(path)
    batch = pages.merge("/a", "/b")
    pages.merge("/b", "/c")
    refused = browser.post("/admin/pages/undo", batch=str(batch))
    assert (refused.status_code, "Undo that first" in refused.text) == (409, True)
    assert browser.post("/admin/pages/undo", batch="12").headers["location"].endswith("what=pages-undo&n=0")
    assert "There was nothing to undo" in browser.get("/admin/pages?what=pages-undo&n=0").text


def test_a_page_is_renamed_and_an_address_taken_off(browser: Browser, pages: Pages, context: AppContext) -> None:
    pages.add("/b")
    pages.add("/a")
    pages.merge("/a", "/b")
    page = key(pages, "/b")
    assert browser.post("/admin/page", action="title", page=page, title=" A new  title ").status_code == 303
    assert "<bdi>A new title</bdi>" in browser.get(f"/admin/page?page={page}").text
    done = browser.post("/admin/page", action="unalias", page=page, alias=f"{BLOG}/a")
    assert pages.aliases() == {}
    assert undo(browser, browser.get(f"/admin/{done.headers['location']}").text) == 303
    assert pages.aliases() == {"/a": "/b"}
    log = browser.get("/admin/log").text
    assert ("Title changed" in log, "Address removed" in log, "Pages merged, with 1 comment" in log) == (True,) * 3


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"action": "readdress", "to": "nothing"}, 422, "must be complete"),
        ({"action": "readdress", "to": "https://other.example/"}, 422, "not registered"),
        ({"action": "readdress"}, 422, "Say which page"),
        ({"action": "strange"}, 400, "was not understood"),
        ({"action": "title", "page": "1-5", "title": "x"}, 404, "Page not found"),
        ({"action": "title", "page": "x"}, 404, "Page not found"),
    ],
)
def test_what_is_typed_wrongly_is_said_and_kept(
    browser: Browser, pages: Pages, fields: dict[str, str], status: int, sentence: str
) -> None:
    pages.add("/a")
    refused = browser.post("/admin/page", **({"page": key(pages, "/a")} | fields))
    assert (refused.status_code, sentence in refused.text) == (status, True)
    assert f'value="{fields.get("to") or BLOG + "/a"}"' in refused.text or status != 422


RULES = {"any_scheme": "yes", "any_www": "yes", "any_slash": "yes", "parameters": "all"}


def test_rules_are_looked_at_before_they_are_saved(browser: Browser, pages: Pages, context: AppContext) -> None:
    with writing(context.engine) as connection:
        connection.execute(update(tables.site).values(page_rules=PageRules().stored))
    pages.add("/one")
    pages.add("/one/index.html")
    fields = RULES | {"site": "1", "index_files": "index.html, index.php", "names": "lang"}
    shown = browser.post("/admin/rules", action="save", **fields)
    assert (shown.status_code, "Save, and merge 1 page" in shown.text) == (200, True)
    agreed = re.search(r'name="agreed" value="(\w+)"', shown.text)
    assert agreed
    pages.add("/two")
    pages.add("/two/index.php")
    again = browser.post("/admin/rules", action="save", agreed=agreed[1], **fields)
    assert (again.status_code, "Save, and merge 2 pages" in again.text) == (200, True)
    assert len(pages.texts()) == 4
    agreed = re.search(r'name="agreed" value="(\w+)"', again.text)
    assert agreed
    assert browser.post("/admin/rules", action="save", agreed=agreed[1], **fields).status_code == 303
    assert pages.texts() == {"/one": ["/one", "/one/index.html"], "/two": ["/two", "/two/index.php"]}
    with context.engine.connect() as connection:
        rules = PageRules.read(connection.execute(select(tables.site.c.page_rules).limit(1)).scalar())
    wanted = PageRules(any_scheme=True, any_www=True, index_files=("index.html", "index.php"), names=("lang",))
    assert rules == wanted
    thread = browser.client.get("/thread", params={"page": "http://www.blog.example/one/index.html?lang=de"}).text
    assert thread.count('<li id="comment-') == 2


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("origins", "nonsense", "is not the address"),
        ("origins", "https://other.example", "belongs to the site https://other.example"),
        ("index_files", "a/b", "is not a file name"),
        ("names", "x" * 101, "at most 100 characters"),
        ("names", "x " * 51, "At most 50"),
    ],
)
def test_rules_that_cannot_be_are_said_at_their_field(
    browser: Browser, context: AppContext, clock: Clock, field: str, typed: str, sentence: str
) -> None:
    context.writer.run(sites.register, "https://other.example", clock())
    refused = browser.post("/admin/rules", site="1", action="preview", **(RULES | {field: typed}))
    assert refused.status_code == 422
    assert sentence in refused.text
    assert f'id="{field}-error"' in refused.text
    assert f'value="{typed.strip()}"' in refused.text


NETLIFY = "/a /b 301\n/x/* /y/:splat\n/old /c\n/c https://other.example/\n/app/* /index.html 200\n"


@pytest.mark.parametrize("name", ["map", "file"])
def test_redirects_are_looked_at_applied_and_undone(browser: Browser, pages: Pages, name: str) -> None:
    for path in ("/a", "/b", "/x/1", "/x/2", "/y/2"):
        pages.add(path)
    before = pages.texts()
    upload = {"files": {"file": ("_redirects", NETLIFY.encode())}} if name == "file" else {}
    data = {"site": "1", "action": "preview"} | ({"map": NETLIFY} if name == "map" else {})
    headers = {"sec-fetch-site": "same-origin"}
    shown = browser.client.post("/admin/redirects", data=data, headers=headers, **upload)  # type: ignore[arg-type]
    assert shown.status_code == 200
    assert "it leads to another site" in shown.text
    assert "it is not a redirect" in shown.text
    assert NETLIFY.partition("\n")[0] in shown.text.partition("<textarea")[2]
    assert pages.texts() == before
    assert "What would happen" in browser.post("/admin/redirects", site="1", map=NETLIFY, action="apply").text
    done = browser.post("/admin/redirects", site="1", map=NETLIFY, action="apply", merges="2")
    assert pages.texts() == {"/b": ["/a", "/b"], "/y/1": ["/x/1"], "/y/2": ["/x/2", "/y/2"]}
    assert pages.aliases() == {"/a": "/b", "/old": "/c", "/x/1": "/y/1", "/x/2": "/y/2"}
    text = browser.get(f"/admin/{done.headers['location']}").text
    assert "4 addresses have moved" in text
    assert undo(browser, text) == 303
    assert pages.texts() == before


def test_a_map_that_is_too_long_is_refused(browser: Browser, pages: Pages) -> None:
    refused = browser.post("/admin/redirects", site="1", map="/a /b\n" * 1001, action="preview")
    assert (refused.status_code, "more than 1,000 lines" in refused.text) == (422, True)
    assert browser.post("/admin/redirects", site="9", map="/a /b", action="preview").status_code == 400


def test_likely_duplicates_lead_to_the_preview_of_a_merge(browser: Browser, pages: Pages) -> None:
    for path in ("/2020/hello", "/blog/hello.html", "/blog/Hello", "/other", "/else"):
        pages.add(path)
    pages.add("/blog/Hello", "again")
    text = browser.get("/admin/duplicates?site=1").text
    assert text.count("Merge into the first") == 3
    assert ("Nearly the same address" in text, "Same title" in text, "/other" in text) == (True, True, False)


def test_a_moderator_of_another_site_sees_and_changes_nothing(
    browser: Browser, pages: Pages, context: AppContext, clock: Clock, password_hash: str, ida: int
) -> None:
    pages.add("/a")
    pages.add("/b")
    batch = pages.merge("/a", "/b")
    other = context.writer.run(sites.register, "https://other.example", clock())
    assert other
    eve = context.writer.run(admin_logins.add, "Eve", password_hash, clock())
    assert eve
    context.writer.run(admin_accounts.set_role, eve, Role.MODERATOR, {other.id}, ida, clock())
    browser.post("/admin/logout")
    assert browser.log_in("Eve", PASSWORD).status_code == 303
    page = key(pages, "/b")
    assert BLOG not in browser.get("/admin/pages?site=1").text
    assert browser.get(f"/admin/page?page={page}").status_code == 404
    for path in ("page", "pages/undo", "rules", "redirects"):
        assert browser.post(f"/admin/{path}", page=page, site="1", batch=str(batch)).status_code == 403
    assert pages.texts() == {"/b": ["/a", "/b"]}
