"""A page moves to another address, and the old one goes on working."""

import pytest
from sqlalchemy import select

from db import tables
from service.comments.find_page import follow
from service.page_address import PageRef
from service.pages.move_page import MoveOutcome, give_alias, move_page, take_alias
from service.pages.undo_moves import Undone
from service.web.context import AppContext
from service.web_origin import BadPage
from tests.pages.conftest import BLOG, Pages
from tests.writing import writing


def leads_to(context: AppContext, path: str) -> str:
    with context.engine.connect() as connection:
        found = follow(connection, PageRef(1, BLOG + path, BLOG + path))
    return found.url.removeprefix(BLOG) if found else ""


def move(pages: Pages, path: str, to: str) -> tuple[MoveOutcome, int]:
    click = pages.click()
    return pages.context.writer.run(move_page, (1, pages.id(path)), to, click), click.batch


def test_a_page_moves_and_all_its_old_addresses_lead_to_it(pages: Pages, context: AppContext) -> None:
    pages.add("/a", "x")
    with writing(context.engine) as connection:
        connection.execute(
            tables.wordpress_post.insert(),
            {"site_id": 1, "post_id": 12, "page_key": f"{BLOG}/a", "page_url": f"{BLOG}/a"},
        )
    _, first = move(pages, "/a", f"{BLOG}/b/")
    _, second = move(pages, "/b/", "/c?p=1")
    assert pages.texts() == {"/c?p=1": ["x"]}
    assert (leads_to(context, "/a"), leads_to(context, "/b")) == ("/c?p=1", "/c?p=1")
    with context.engine.connect() as connection:
        assert connection.execute(select(tables.wordpress_post.c.page_url)).scalar_one() == f"{BLOG}/c?p=1"
    assert pages.undo(first) == [Undone.LATER]
    assert pages.undo(second) == [Undone.DONE]
    assert leads_to(context, "/c?p=1") == "/b/"
    assert pages.undo(first) == [Undone.DONE]
    assert (pages.texts(), leads_to(context, "/b"), leads_to(context, "/c?p=1")) == ({"/a": ["x"]}, "/a", "/a")
    assert leads_to(context, "/a") == ""


def test_a_page_that_moves_there_and_back_leads_in_no_circle(pages: Pages, context: AppContext) -> None:
    pages.add("/a")
    move(pages, "/a", "/b")
    assert move(pages, "/b", "/a")[0] is MoveOutcome.DONE
    assert (leads_to(context, "/b"), leads_to(context, "/a")) == ("/a", "")


def test_what_cannot_be_moved_is_told(pages: Pages, context: AppContext) -> None:
    pages.add("/a")
    pages.add("/b")
    assert move(pages, "/a", "/b/")[0] is MoveOutcome.TAKEN
    assert move(pages, "/a", "/a")[0] is MoveOutcome.SAME
    assert context.writer.run(move_page, (1, 5), "/x", pages.click()) is MoveOutcome.GONE
    for bad in ("https://other.example/x", "nothing", ""):
        with pytest.raises(BadPage):
            move(pages, "/a", bad)
    assert pages.texts() == {"/a": ["/a"], "/b": ["/b"]}


def test_another_spelling_of_the_same_page_is_only_another_link(pages: Pages) -> None:
    pages.add("/a")
    assert move(pages, "/a", "http://www.blog.example/a/index.html")[0] is MoveOutcome.DONE
    assert pages.aliases() == {}
    assert [*pages.texts()] == ["http://www.blog.example/a/index.html"]


def test_an_address_without_a_page_is_made_to_lead_to_one(pages: Pages, context: AppContext) -> None:
    pages.add("/a")
    run, click = context.writer.run, pages.click()
    assert run(give_alias, 1, "/x", "/y", click) is MoveOutcome.DONE
    assert run(give_alias, 1, "/x/", "/y/", click) is MoveOutcome.SAME
    assert run(give_alias, 1, "/y", "/x", click) is MoveOutcome.CIRCLE
    assert run(give_alias, 1, "/a", "/y", click) is MoveOutcome.TAKEN
    assert run(give_alias, 1, "/z", "/z/index.html", click) is MoveOutcome.SAME
    assert run(give_alias, 1, "/x", "/a", click) is MoveOutcome.DONE
    assert pages.undo(click.batch) == [Undone.DONE, Undone.DONE]
    assert pages.aliases() == {}


def test_an_alias_is_taken_off_and_put_back(pages: Pages, context: AppContext) -> None:
    pages.add("/a")
    move(pages, "/a", "/b")
    click = pages.click()
    assert context.writer.run(take_alias, 1, f"{BLOG}/a", click)
    assert not context.writer.run(take_alias, 1, f"{BLOG}/a", pages.click())
    assert leads_to(context, "/a") == ""
    assert pages.undo(click.batch) == [Undone.DONE]
    assert leads_to(context, "/a") == "/b"
