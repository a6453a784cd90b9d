"""/admin/privacy: a person's comments, exported and erased by an owner; and what is due."""

import json
from datetime import timedelta

from sqlalchemy import select

from db import tables
from db.models import Status
from service import log_audit
from service.personal_data import ERASED_AT_ONCE
from service.web.context import AppContext
from tests.web.admin.conftest import AddComment, Browser, statuses


def test_the_comments_of_an_address_are_counted_and_exported(browser: Browser, add: AddComment) -> None:
    add(email="Ada@example.org", text="One", status=Status.SPAM)
    add(email="ada@example.org", text="Two")
    add()
    page = browser.get("/admin/privacy?email=ada@EXAMPLE.org").text
    assert "2 comments have the address" in page
    found = json.loads(browser.post("/admin/privacy", action="download", email="ada@example.org").text)
    assert [(each["text"], each["status"]) for each in found["comments"]] == [("One", "spam"), ("Two", "pending")]
    assert "No comment has the address" in browser.get("/admin/privacy?email=eve@example.org").text


def test_all_slices_are_erased_and_the_log_says_so(browser: Browser, add: AddComment, context: AppContext) -> None:
    parent = add(email="ada@example.org", status=Status.APPROVED)
    for _ in range(ERASED_AT_ONCE):
        add(email="ada@example.org")
    reply = add(parent_id=int(parent.partition("-")[2]))
    answer = browser.post("/admin/privacy", action="delete", email="ada@example.org")
    assert answer.headers["location"] == f"../admin/privacy?done=delete&n={ERASED_AT_ONCE + 1}"
    assert list(statuses(context)) == [reply]
    assert "comments of a person erased" in browser.get("/admin/log").text
    assert "101 comments were permanently deleted" in browser.get("/admin/privacy?done=delete&n=101").text
    with context.engine.connect() as connection:
        assert connection.execute(select(tables.comment.c.parent_id)).scalar() is None
        assert list(log_audit.verify(connection, context.keyring, context.clock())) == []


def test_words_from_before_an_edit_go_too(browser: Browser, add: AddComment, context: AppContext) -> None:
    key = add(email="ada@example.org", text="Call me at 555-0100")
    words = {"text": "Call me", "author": "Ada", "email": "ada@example.org", "url": ""}
    browser.post("/admin/comment", action="edit", comment=key, **words)
    browser.post("/admin/privacy", action="anonymise", email="ada@example.org")
    assert "555-0100" not in browser.get("/admin/log").text
    with context.engine.connect() as connection:
        words_kept = " ".join(connection.execute(select(tables.log_content.c.content)).scalars())
    assert "555-0100" not in words_kept


def test_nonsense_is_refused(browser: Browser, add: AddComment) -> None:
    add(email="")
    assert browser.post("/admin/privacy", action="delete", email="").status_code == 400
    assert browser.post("/admin/privacy", action="burn", email="ada@example.org").status_code == 400
    assert "0 comments were permanently deleted" in browser.get("/admin/privacy?done=delete&n=x").text


def test_what_is_due_is_counted(browser: Browser, add: AddComment) -> None:
    add(status=Status.SPAM, age=int(timedelta(days=16) / timedelta(minutes=1)))
    add(status=Status.SPAM, age=int(timedelta(days=14) / timedelta(minutes=1)))
    page = browser.get("/admin/privacy").text
    assert '<th scope="row">Comments in spam</th><td>15 days</td><td>1</td>' in page
