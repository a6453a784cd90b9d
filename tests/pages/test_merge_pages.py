"""A page is merged into another, with all that belongs to it; and undone, whatever came since."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from db import tables
from service.action_log import ActKind
from service.comments.page_actions import close_page, pin_comment
from service.log_list import read_log
from service.mail.subscriptions import permalink
from service.page_address import PageRef
from service.pages import merge_pages as merging
from service.pages import undo_moves
from service.pages.merge_pages import Merge, Progress, merge_slice
from service.pages.move_page import move_page
from service.pages.undo_moves import Undone
from service.web.context import AppContext
from service.web.render.thread_cache import read_version, read_versions
from service.webhooks import site_webhooks
from service.webhooks.site_webhooks import Kind, Wanted
from tests.pages.conftest import BLOG, Pages
from tests.writing import writing


def row(context: AppContext, page_id: int) -> Mapping[str, Any] | None:
    with context.engine.connect() as connection:
        found = connection.execute(select(tables.page).where(tables.page.c.id == page_id)).first()
        return dict(found._mapping) if found else None


def test_the_comments_of_a_page_go_to_the_other_and_its_address_leads_there(pages: Pages, context: AppContext) -> None:
    first = pages.add("/uno", "a")
    pages.add("/uno", "b", parent_id=first)
    pages.add("/one", "c")
    old, into = pages.id("/uno"), pages.id("/one")
    version = row(context, into)
    pages.merge("/uno", "/one")
    assert pages.texts() == {"/one": ["a", "b", "c"]}
    assert pages.aliases() == {"/uno": "/one"}
    assert row(context, old) is None
    after = row(context, into)
    assert version
    assert after
    assert after["version"] > version["version"]
    there = PageRef(1, f"{BLOG}/uno", f"{BLOG}/uno")
    other = PageRef(1, f"{BLOG}/two", f"{BLOG}/two")
    with context.engine.connect() as connection:
        parents = connection.execute(select(tables.comment.c.parent_id).order_by(tables.comment.c.id)).scalars().all()
        assert parents == [None, first, None]
        assert read_version(connection, there).page_id == into
        versions = read_versions(connection, [there, other])
        (entry,) = read_log(connection).entries
    assert [versions[there].page_id, versions[other].page_id] == [into, 0]
    assert (entry.action, entry.number, entry.can_undo) == (ActKind.MERGE, 2, True)


def test_undo_brings_the_page_back_as_it_was_and_keeps_what_came_since(pages: Pages, context: AppContext) -> None:
    first = pages.add("/old", "a")
    pages.add("/new", "b")
    old, into = pages.id("/old"), pages.id("/new")
    run = context.writer.run
    run(pin_comment, (1, first), 1, pages.clock(), pinned=True)
    run(close_page, (1, old), 1, pages.clock(), closed=True)
    before = row(context, old)
    batch = pages.merge("/old", "/new")
    merged = row(context, into)
    assert merged
    assert (merged["pinned_id"], merged["closed"]) == (first, False)
    reply = pages.add("/new", "reply to a", parent_id=first)
    pages.add("/new", "reply to the reply", parent_id=reply)
    pages.add("/new", "later")
    assert pages.undo(batch) == [Undone.DONE]
    assert pages.texts() == {"/old": ["a", "reply to a", "reply to the reply"], "/new": ["b", "later"]}
    back, other = row(context, old), row(context, into)
    assert before
    assert back
    assert other
    assert back | {"version": 0} == before | {"version": 0}
    assert back["version"] > before["version"]
    assert other["pinned_id"] is None
    assert pages.aliases() == {}
    assert pages.undo(batch) == []
    with context.engine.connect() as connection:
        newest = read_log(connection).entries
        assert not any(entry.can_undo for entry in newest if entry.action is ActKind.MERGE)
        assert newest[0].action is ActKind.PAGES_UNDO
        assert connection.execute(select(tables.moved_comment)).first() is None


def test_a_large_page_is_merged_and_undone_in_slices_and_a_merge_goes_on_where_it_ended(
    pages: Pages, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "AT_ONCE", 2)
    monkeypatch.setattr(undo_moves, "AT_ONCE", 2)
    for text in "abcde":
        pages.add("/old", text)
    pages.add("/new", "x")
    cut_short = Merge(1, 5, pages.id("/old"), pages.id("/new"))
    assert context.writer.run(merge_slice, cut_short, pages.click(7)) is Progress.MORE
    assert pages.texts() == {"/old": ["c", "d", "e"], "/new": ["a", "b", "x"]}
    batch = pages.merge("/old", "/new")
    assert pages.texts() == {"/new": ["a", "b", "c", "d", "e", "x"]}
    assert pages.undo(batch) == [Undone.DONE]
    assert pages.texts() == {"/old": ["c", "d", "e"], "/new": ["a", "b", "x"]}
    assert pages.undo(7) == [Undone.DONE]
    assert pages.texts() == {"/old": ["a", "b", "c", "d", "e"], "/new": ["x"]}


def test_merges_one_after_the_other_are_undone_from_the_last(pages: Pages) -> None:
    for path in ("/a", "/b", "/c"):
        pages.add(path)
    one, two = pages.merge("/a", "/b"), pages.merge("/b", "/c")
    assert pages.aliases() == {"/a": "/b", "/b": "/c"}
    assert pages.undo(one) == [Undone.LATER]
    assert pages.undo(two) == [Undone.DONE]
    assert pages.undo(one) == [Undone.DONE]
    assert pages.texts() == {"/a": ["/a"], "/b": ["/b"], "/c": ["/c"]}


def test_a_merge_is_not_undone_over_another_page(pages: Pages, context: AppContext) -> None:
    pages.add("/a")
    pages.add("/b")
    pages.add("/c")
    batch = pages.merge("/a", "/b")
    context.writer.run(move_page, (1, pages.id("/c")), "/a", pages.click())
    assert pages.undo(batch) == [Undone.TAKEN]
    assert pages.texts() == {"/a": ["/c"], "/b": ["/a", "/b"]}


def test_a_static_site_is_built_again_and_readers_who_wait_for_replies_get_them(
    pages: Pages, context: AppContext
) -> None:
    wanted = Wanted(Kind.BUILD, "https://api.netlify.com/build_hooks/x")
    context.writer.run(site_webhooks.add, 1, wanted, pages.clock())
    first = pages.add("/old", "a")
    pages.add("/new", "b")
    row = {"site_id": 1, "comment_id": first, "lang": "en", "asked_at": pages.clock(), "confirmed_at": pages.clock()}
    with writing(context.engine) as connection:
        connection.execute(tables.subscription.insert(), row | {"proof_id": None})
    pages.merge("/old", "/new")
    with writing(context.engine) as connection:
        assert connection.execute(select(tables.webhook_delivery.c.gathers)).scalars().all() == [True]
        assert permalink(connection, (1, first)) == f"{BLOG}/new#comment-{first}"
        assert connection.execute(select(tables.subscription.c.comment_id)).scalars().all() == [first]
