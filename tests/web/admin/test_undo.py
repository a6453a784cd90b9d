"""What the log does not undo: what was changed since, and what somebody has no right to."""

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service import admin_accounts, sites
from service.action_log import ActKind
from service.admin_rights import Role
from service.comments.admin_edit import edit_comment
from service.comments.page_actions import close_page
from service.housekeeping import chores
from service.known_sites import PageRules, known_sites
from service.pages.address_rule_change import RuleChange, preview_rules, with_rules
from service.web.context import AppContext
from tests.conftest import Clock
from tests.undo.scene import ACTS, SETTINGS, Scene, click
from tests.web.admin.conftest import PASSWORD, Browser
from tests.writing import writing


@pytest.fixture
def scene(browser: Browser, context: AppContext, clock: Clock, ida: int) -> Scene:
    return Scene(context, clock, ida)


def as_kit(client: TestClient, scene: Scene, password_hash: str) -> Browser:
    """Kit, logged in."""
    kit = tables.admin.c.id == scene.kit
    with writing(scene.context.engine) as connection:
        connection.execute(update(tables.admin).where(kit).values(password_hash=password_hash))
    browser = Browser(client)
    assert browser.log_in("Kit", PASSWORD).status_code == 303
    return browser


def test_what_was_changed_since_is_refused_with_who_and_when(browser: Browser, scene: Scene, clock: Clock) -> None:
    scene.run(close_page, scene.page, scene.ida, clock(), closed=True)
    clock.advance(hours=1)
    scene.run(close_page, scene.page, scene.kit, clock(), closed=False)
    refused = click(browser, scene, ActKind.CLOSE)
    assert refused.status_code == 409
    assert "Kit has changed it since, on 24 November 2026, 13:00 UTC. Undo that first." in refused.text
    scene.run(edit_comment, scene.first, {"text": "x"}, scene.ida, clock())
    scene.run(edit_comment, scene.first, {"text": "y"}, scene.kit, clock())
    assert "Kit has changed it since" in click(browser, scene, ActKind.EDIT, -2).text
    scene.decide(Status.SPAM)()
    scene.run(lambda c: c.execute(update(tables.site).values(close_days=9)))
    browser.act("approve", "-".join(map(str, scene.first)), "-".join(map(str, scene.second)))
    assert "Ida has changed it since" in click(browser, scene, ActKind.SPAM).text


def test_what_was_changed_outside_of_the_log_is_refused_too(browser: Browser, scene: Scene) -> None:
    SETTINGS["close days"](scene)
    with writing(scene.context.engine) as connection:
        connection.execute(update(tables.site).values(close_days=9))
    refused = click(browser, scene, ActKind.SETTINGS)
    assert (refused.status_code, "the log does not say by whom" in refused.text) == (409, True)
    assert (1, 9) in scene.rows(tables.site, "id close_days")


@pytest.mark.parametrize("action", [ActKind.SETTINGS, ActKind.ROLE, ActKind.MOVE, ActKind.WEBHOOK_STOPPED])
def test_a_moderator_does_not_undo_what_an_owner_did(
    client: TestClient, scene: Scene, password_hash: str, action: ActKind
) -> None:
    ACTS[action](scene)
    after = scene.state()
    kit = as_kit(client, scene, password_hash)
    if action is ActKind.ROLE:
        scene.run(admin_accounts.set_role, scene.kit, Role.MODERATOR, None, scene.ida, scene.clock())
        after = scene.state()
    assert click(kit, scene, action, -1).status_code == 403
    assert scene.state() == after
    assert 'value="{}-{}"'.format(*scene.entries(action)[-1]) not in kit.get("/admin/log").text


def test_a_moderator_undoes_nothing_on_another_site(client: TestClient, scene: Scene, password_hash: str) -> None:
    other = scene.run(sites.register, "https://other.example", scene.clock())
    assert other
    scene.run(admin_accounts.set_role, scene.kit, Role.MODERATOR, {other.id}, scene.ida, scene.clock())
    ACTS[ActKind.CLOSE](scene)
    after, kit = scene.state(), as_kit(client, scene, password_hash)
    assert click(kit, scene, ActKind.CLOSE).status_code == 409
    assert scene.state() == after


def test_there_is_always_an_owner(browser: Browser, scene: Scene) -> None:
    scene.run(admin_accounts.set_role, scene.kit, Role.OWNER, None, scene.ida, scene.clock())
    scene.run(admin_accounts.set_role, scene.ida, Role.OWNER, None, scene.ida, scene.clock())
    with writing(scene.context.engine) as connection:
        connection.execute(update(tables.admin).where(tables.admin.c.id == scene.ida).values(role="reader"))
    with scene.context.engine.connect() as connection:
        assert admin_accounts.read_role(connection, scene.ida) == ["reader", None]
    with writing(scene.context.engine) as connection:
        connection.execute(update(tables.admin).where(tables.admin.c.id == scene.ida).values(role="owner"))
        connection.execute(update(tables.admin).where(tables.admin.c.id == scene.kit).values(role="moderator"))
    scene.run(admin_accounts.set_role, scene.kit, Role.OWNER, None, scene.ida, scene.clock())
    assert click(browser, scene, ActKind.ROLE).status_code == 303


def test_rules_go_back_with_the_pages_that_were_merged_for_them(browser: Browser, scene: Scene) -> None:
    with writing(scene.context.engine) as connection:
        connection.execute(update(tables.site).values(page_rules=PageRules().stored))
    scene.add("/uno/index.html", "d")
    before = {name: scene.state()[name] for name in ("page", "comment", "site")}
    _save_rules(scene, PageRules(slash=False, index_files=("index.html",)))
    assert len(scene.state()["page"]) == len(before["page"]) - 1
    assert click(browser, scene, ActKind.SETTINGS).status_code == 303
    assert {name: scene.state()[name] for name in before} == before
    assert click(browser, scene, ActKind.SETTINGS).status_code == 409


def test_rules_are_not_put_back_where_pages_would_become_one(browser: Browser, scene: Scene) -> None:
    with writing(scene.context.engine) as connection:
        connection.execute(update(tables.site).values(page_rules=PageRules(slash=False).stored))
    _save_rules(scene, PageRules())
    scene.add("/uno/", "d")
    after = scene.state()
    refused = click(browser, scene, ActKind.SETTINGS)
    assert (refused.status_code, "would merge pages" in refused.text) == (409, True)
    assert scene.state()["page"] == after["page"]


def _save_rules(scene: Scene, rules: PageRules) -> None:
    with scene.context.engine.connect() as connection:
        site = with_rules(known_sites(connection).all[0], rules)
        preview = preview_rules(connection, site)
    for job in RuleChange(site, preview.groups, scene.click).jobs():
        scene.run(job)


def test_what_an_undo_needs_is_kept_for_thirty_days_however_short_the_trash_is_kept(
    browser: Browser, scene: Scene, clock: Clock
) -> None:
    ACTS[ActKind.PIN](scene)
    ACTS[ActKind.EDIT](scene)
    short = scene.context.settings.model_copy(update={"trash_days": 5})
    clock.advance(days=6)
    for job in chores(short, clock()):
        scene.run(job)
    assert click(browser, scene, ActKind.EDIT).status_code == 409
    assert click(browser, scene, ActKind.PIN).status_code == 303
    clock.advance(days=25)
    for job in chores(short, clock()):
        scene.run(job)
    notes = {entry_id for _, entry_id in scene.entries(ActKind.CHANGES_NOTED)}  # hashes: they stay with their entries
    left = scene.rows(tables.log_content, "entry_id at")
    assert notes
    assert all((clock() - at).days <= 30 for entry_id, at in left if entry_id not in notes)


def test_an_entry_that_is_none_is_no_fault(browser: Browser, scene: Scene) -> None:
    assert browser.post("/admin/log", entry="nonsense").status_code == 400
    assert browser.post("/admin/log", entry="1-7").status_code == 409
    site_id, entry_id = scene.entries(ActKind.WEBHOOK_ADDED)[0]
    refused = browser.post("/admin/log", entry=f"{site_id}-{entry_id}")
    assert (refused.status_code, "cannot be undone from the log" in refused.text) == (409, True)
