"""Who may do what: every route of the admin, as nobody and in each role. docs/moderating.md says it in words."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.routing import Route
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service import admin_accounts, admin_logins, sites
from service.admin_rights import RIGHTS, Role
from service.log_list import read_log
from service.web.admin.routes import admin_routes
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import PASSWORD, AddComment, Browser, add_comment, statuses

FOR_ANYBODY = {
    *("/admin/login", "/admin/login/code", "/admin/login/passkey", "/admin/setup", "/admin/invited"),
    "/admin/mailed",  # the link is the login
}
NOT_ALLOWED = "You do not have permission to do that"
WHO: dict[str, tuple[Role, bool]] = {
    "owner": (Role.OWNER, True),
    "moderator": (Role.MODERATOR, True),
    "moderator of another site": (Role.MODERATOR, False),
    "read only": (Role.READER, True),
}
"""Who → the role, and whether it is for the site with the comment."""


ROUTES_OF = {
    "see comments, pages, statistics and the log of their sites": (
        "GET /admin; GET /admin/comments; GET /admin/comment; GET /admin/pages; GET /admin/page; GET "
        "/admin/figures; GET /admin/figures.csv; GET /admin/log"
    ),
    "decide, edit, reply, block, pin, close, delete and undo that on their sites": (
        "POST /admin/comments; POST /admin/log; POST /admin/comment; GET, POST /admin/delete; POST /admin/block; "
        "POST /admin/pin; POST /admin/pages; GET, POST /admin/blocks"
    ),
    "their own password, logins, passkeys, notifications, views, app passwords and tokens": (
        "GET, POST /admin/account; GET, POST /admin/account/mail; POST /admin/account/programs; POST "
        "/admin/account/programs/revoke; POST /admin/account/logins/end; POST /admin/account/second; POST "
        "/admin/views; POST /admin/logout; POST /admin/logout-everywhere; POST /admin/account/passkeys; POST "
        "/admin/account/tokens; POST /admin/account/tokens/revoke"
    ),
    "sites, spam filter, mail, webhooks, privacy, imports, setup check": (
        "GET, POST /admin/sites; GET, POST /admin/spam; GET, POST /admin/mail; GET, POST /admin/webhooks; GET, "
        "POST /admin/privacy; GET, POST /admin/check; GET, POST /admin/import; POST /admin/import/act"
    ),
    "move, merge and rename pages": (
        "POST /admin/page; POST /admin/pages/undo; GET /admin/duplicates; GET, POST /admin/rules; GET, POST "
        "/admin/redirects"
    ),
    "people": "GET, POST /admin/people",
}
"""What a row of the table in docs/moderating.md allows → the methods and paths that it takes."""


def routes() -> list[tuple[str, str]]:
    found = [route for route in admin_routes() if isinstance(route, Route)]
    return sorted((method, route.path) for route in found for method in route.methods or () if method != "HEAD")


def documented() -> dict[tuple[str, str], set[str]]:
    """Route → the columns of the table that have a yes. Every row of the table is known here."""
    text = (Path(__file__).parents[3] / "docs/moderating.md").read_text()
    head, _, *lines = text.partition("\n| what |")[2].partition("\n\n")[0].splitlines()
    columns = [column.strip() for column in head.strip("|").split("|")]
    allowed: dict[tuple[str, str], set[str]] = {}
    for what, *marks in ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines):
        named = {column for column, mark in zip(columns, marks, strict=True) if mark == "yes"}
        for methods, _, path in (route.rpartition(" ") for route in ROUTES_OF[what].split("; ")):
            allowed |= {(method, path): named for method in methods.split(", ")}
    return allowed


@pytest.fixture
def enter(client: TestClient, context: AppContext, clock: Clock, password_hash: str) -> Callable[[str], Browser]:
    """Logs somebody in whom ``WHO`` describes. Site 1 has the comments, another site none."""
    context.writer.run(sites.register, "https://other.example", clock())
    with context.engine.connect() as connection:
        other = sites.read_sites(connection)["https://other.example"]
    ida = context.writer.run(admin_logins.add, "Ida", password_hash, clock())
    assert ida

    def log_in(who: str) -> Browser:
        role, here = WHO[who]
        if role is not Role.OWNER:
            admin_id = context.writer.run(admin_logins.add, "Eve", password_hash, clock())
            assert admin_id
            context.writer.run(admin_accounts.set_role, admin_id, role, {1} if here else {other}, ida, clock())
        browser = Browser(client)
        assert browser.log_in("Ida" if role is Role.OWNER else "Eve", PASSWORD).status_code == 303
        return browser

    return log_in


def ask(browser: Browser, method: str, path: str) -> Any:
    return browser.get(path) if method == "GET" else browser.post(path, back="/admin")


def test_the_table_in_the_docs_has_every_route() -> None:
    assert set(documented()) == {route for route in routes() if route[1] not in FOR_ANYBODY}


@pytest.mark.parametrize("who", WHO)
def test_each_role_reaches_what_the_table_says(enter: Callable[[str], Browser], who: str) -> None:
    browser, table = enter(who), documented()
    column = "moderator" if who.startswith("moderator") else who
    reached = {}
    for method, path in table:
        if path in ("/admin/logout", "/admin/logout-everywhere"):
            continue
        answer = ask(browser, method, path)
        assert (answer.status_code == 403) == (NOT_ALLOWED in answer.text)
        reached[method, path] = answer.status_code != 403
    assert reached == {route: column in table[route] for route in reached}


def test_nobody_reaches_anything(stranger: Browser, context: AppContext) -> None:
    for method, path in documented():
        answer = ask(stranger, method, path)
        if method == "POST" and "/logout" not in path:
            assert (answer.status_code, 'name="kept"' in answer.text) == (403, True), (method, path)
        else:
            assert (answer.status_code, "/login?" in answer.headers["location"]) == (303, True), (method, path)


def test_only_an_owner_gives_rights_and_every_role_may_do_less_than_the_one_above() -> None:
    assert RIGHTS[Role.READER] < RIGHTS[Role.MODERATOR] < RIGHTS[Role.OWNER]


ACTS: dict[str, tuple[str, dict[str, str]]] = {
    "pin": ("pin", {"action": "pin", "comment": "KEY"}),
    "block": ("block", {"action": "author", "comment": "KEY", "value": "x"}),
    "reply": ("comment", {"action": "reply", "comment": "KEY", "reply": "x"}),
    "edit": ("comment", {"action": "edit", "comment": "KEY", "text": "x", "author": "x"}),
    "close": ("pages", {"action": "close", "page": "PAGE"}),
    "title": ("pages", {"action": "title", "page": "PAGE", "title": "Roses"}),
    "decide": ("comments", {"action": "spam", "comment": "KEY"}),
    "restore": ("comments", {"action": "restore", "comment": "KEY"}),
    "decide on all": ("comments", {"action": "spam", "everything": "status=all"}),
    "delete": ("delete", {"comment": "KEY"}),
    "empty": ("delete", {"everything": "status=trash"}),
}
"""In an order in which each of them changes something."""


def everything(context: AppContext) -> tuple[object, ...]:
    with context.engine.connect() as connection:
        words = connection.execute(select(tables.comment.c.text, tables.comment.c.status)).all()
        page = connection.execute(select(tables.page.c.closed, tables.page.c.pinned_id, tables.page.c.version)).all()
        log = len(read_log(connection, sites=[1]).entries)
        return words, page, log, connection.execute(select(tables.spam_setting)).all()


@pytest.mark.parametrize("who", ["read only", "moderator of another site", "moderator"])
def test_what_is_done_to_a_comment_needs_the_right_on_its_site(
    enter: Callable[[str], Browser], context: AppContext, add: AddComment, who: str
) -> None:
    browser, key = enter(who), add(status=Status.APPROVED)
    add(status=Status.TRASH)
    with context.engine.connect() as connection:
        page = f"1-{connection.execute(select(tables.page.c.id)).scalar_one()}"
    changed = set()
    for name, (path, fields) in ACTS.items():
        before = everything(context)
        named = {"KEY": key, "PAGE": page}
        browser.post(f"/admin/{path}", **{field: named.get(value, value) for field, value in fields.items()})
        if everything(context) != before:
            changed.add(name)
    assert changed == (set(ACTS) if who == "moderator" else set())


@pytest.mark.parametrize("who", ["moderator of another site", "read only"])
def test_only_the_comments_of_ones_own_sites_are_seen(
    enter: Callable[[str], Browser], add: AddComment, who: str
) -> None:
    browser, key = enter(who), add(text="A secret of the first site")
    sees = who == "read only"
    for path in ("/admin", "/admin?status=all", f"/admin?comment={key}", "/admin?site=1", "/admin?q=secret"):
        assert ("A secret" in browser.get(path).text) == sees, path
    assert browser.get(f"/admin/comment?comment={key}").status_code == (200 if sees else 404)
    assert "blog.example" not in browser.get("/admin").text or sees


def test_a_batch_of_another_site_is_not_undone(
    enter: Callable[[str], Browser], context: AppContext, clock: Clock, add: AddComment
) -> None:
    key = add()
    owner = enter("owner")
    batch = re.search(r"done=(\d+)", owner.act("spam", key).headers["location"])
    assert batch
    owner.client.cookies.clear()
    browser = enter("moderator of another site")
    browser.act("undo", batch=batch[1])
    assert statuses(context)[key] == "spam"
    assert "Spam" not in browser.get("/admin/log").text.partition("<h1>")[2]


def test_names_of_other_sites_moderators_are_not_told(
    enter: Callable[[str], Browser], context: AppContext, add: AddComment
) -> None:
    assert enter("owner").act("spam", add()).status_code == 303
    with context.engine.connect() as connection:
        ida = connection.execute(select(tables.admin.c.id).where(tables.admin.c.name == "Ida")).scalar_one()
    path = f"/admin?what=spam&n=0&overtaken=1&by={ida}"
    assert "Ida has already decided" in enter("owner").get(path).text
    assert "Somebody else has already decided" in enter("moderator of another site").get(path).text


def test_whose_only_site_was_removed_has_none(
    enter: Callable[[str], Browser], context: AppContext, clock: Clock
) -> None:
    browser = enter("moderator of another site")
    add_comment(context, clock, text="A secret of the first site")
    with context.engine.connect() as connection:
        other = sites.read_sites(connection)["https://other.example"]
    for job in sites.remove(other, with_comments=True):
        context.writer.run(job)
    assert "A secret" not in browser.get("/admin?status=all").text
