"""A site gets other rules: what they would do is shown, and no page is lost on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from db import tables
from service.comments.find_page import settle
from service.housekeeping import chores
from service.known_sites import AS_BEFORE, FOR_NEW_SITES, KnownSite, PageRules, known_sites, read_site
from service.page_address import PageRef, resolve
from service.pages import address_rule_change
from service.pages.address_rule_change import Collision, RuleChange, RulePreview, preview_rules, with_rules
from service.pages.move_page import move_page
from service.pages.undo_moves import Undone
from service.web.context import AppContext
from tests.pages.conftest import BLOG, Pages
from tests.writing import writing

CASELESS = PageRules(case=False)


def site(context: AppContext) -> KnownSite:
    with context.engine.connect() as connection:
        found = read_site(connection, 1)
    assert found
    return found


def look(context: AppContext, rules: PageRules) -> RulePreview:
    with context.engine.connect() as connection:
        return preview_rules(connection, with_rules(site(context), rules))


def change(pages: Pages, rules: PageRules, *, agreed: bool = True) -> None:
    groups = look(pages.context, rules).groups if agreed else ()
    pages.run(RuleChange(with_rules(site(pages.context), rules), groups, pages.click()).jobs())


def found(context: AppContext, address: str) -> str:
    """The path of the page that a comment at this address would go to."""
    with writing(context.engine) as connection:
        there = settle(connection, resolve(BLOG + address, known_sites(connection)))
        url = connection.execute(select(tables.page.c.url).where(tables.page.c.key == there.key)).scalar()
    return (url or "").removeprefix(BLOG)


def clean_up(pages: Pages) -> None:
    for job in chores(pages.context.settings, pages.clock() + timedelta(hours=2)):
        pages.context.writer.run(job)


@pytest.fixture(autouse=True)
def _as_before(context: AppContext) -> None:
    with writing(context.engine) as connection:
        connection.execute(update(tables.site).values(page_rules=None))


def test_a_site_from_before_keeps_its_rules_until_they_are_changed(pages: Pages, context: AppContext) -> None:
    pages.add("/one", "a")
    pages.add("/one/index.html", "b")
    assert site(context).rules == AS_BEFORE
    preview = look(context, FOR_NEW_SITES)
    assert (preview.pages, preview.changed) == (2, 1)
    assert [[(page.url, page.shown) for page in group.pages] for group in preview.groups] == [
        [(f"{BLOG}/one", 1), (f"{BLOG}/one/index.html", 1)]
    ]
    assert preview.merged == (pages.id("/one/index.html"),)
    change(pages, FOR_NEW_SITES)
    assert pages.texts() == {"/one": ["a", "b"]}
    assert site(context).rules == FOR_NEW_SITES
    assert found(context, "/one/index.htm") == "/one"


def test_pages_are_not_merged_without_consent(pages: Pages, context: AppContext) -> None:
    pages.add("/one", "a")
    pages.add("/One", "b")
    pages.add("/Two", "c")
    with pytest.raises(Collision):
        change(pages, CASELESS, agreed=False)
    assert pages.texts() == {"/one": ["a"], "/One": ["b"], "/Two": ["c"]}
    assert site(context).rules == AS_BEFORE
    assert [found(context, path) for path in ("/one", "/One", "/Two")] == ["/one", "/One", "/Two"]


def test_an_address_finds_its_page_after_each_job(
    pages: Pages, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_rule_change, "AT_ONCE", 1)
    for path in ("/One", "/Two", "/Three/"):
        pages.add(path)
    context.writer.run(move_page, (1, pages.id("/Two")), "/Four", pages.click())
    jobs = RuleChange(with_rules(site(context), CASELESS), (), pages.click()).jobs()
    addresses = {"/One": "/One", "/Two": "/Four", "/Four": "/Four", "/Three": "/Three/"}
    steps = 0
    for job in jobs:
        context.writer.run(job)
        context.writer.run(job)  # as after a commit that was lost
        assert {address: found(context, address) for address in addresses} == addresses
        steps += 1
    assert steps > 6
    assert (found(context, "/two"), found(context, "/four")) == ("/Four", "/Four")


def test_a_page_that_came_during_the_change_gets_its_key_too(pages: Pages, context: AppContext) -> None:
    pages.add("/One")
    for job in RuleChange(with_rules(site(context), CASELESS), (), pages.click()).jobs():
        if "_switch" in str(job):
            pages.add("/New")
        context.writer.run(job)
    assert found(context, "/new") == "/New"


def test_the_keys_of_the_old_rules_lead_on_for_a_while_only(pages: Pages, context: AppContext) -> None:
    pages.add("/One")
    pages.add("/Two")
    context.writer.run(move_page, (1, pages.id("/Two")), "/three", pages.click())
    change(pages, CASELESS)
    stale = PageRef(1, f"{BLOG}/One", f"{BLOG}/One")
    alias = tables.page_alias.c
    with context.engine.connect() as connection:
        rows = connection.execute(select(alias.key, alias.expires_at)).all()
    assert {key.removeprefix(BLOG): bool(end) for key, end in rows} == {
        "/One": True,
        "/Two": True,
        "/two": False,
    }
    clean_up(pages)
    assert pages.aliases() == {"/Two": "/three"}
    with writing(context.engine) as connection:
        assert settle(connection, stale).key == f"{BLOG}/one"


def test_stricter_rules_part_nothing_that_is_stored_and_undo_of_a_merge_waits_for_the_rules(
    pages: Pages, context: AppContext
) -> None:
    pages.add("/a/", "x")
    pages.add("/A/", "y")
    change(pages, CASELESS)
    assert pages.texts() == {"/A/": ["x", "y"]} or pages.texts() == {"/a/": ["x", "y"]}
    with context.engine.connect() as connection:
        batch = connection.execute(select(tables.page_change.c.batch)).scalar_one()
    assert pages.undo(batch) == [Undone.ONE]
    change(pages, PageRules(slash=True))
    clean_up(pages)
    assert (found(context, "/a"), found(context, "/A/")) == ("", "/a/")
    assert pages.undo(batch) == [Undone.DONE]
    assert pages.texts() == {"/a/": ["x"], "/A/": ["y"]}
    assert found(context, "/a/") == "/a/"
