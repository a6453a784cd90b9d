"""/admin/comment: a comment is edited, answered, blocked and deleted for good. All of it works without JavaScript."""

import re
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from db import tables
from db.models import Status
from service.web.context import AppContext
from tests.web.admin.conftest import AddComment, Browser, statuses

WORDS = {"author": "Tomás", "email": "tomas@ferry.example", "url": ""}


def seen(browser: Browser, key: str) -> str:
    """The mark of the words that the form of the page shows."""
    match = re.search(r'name="seen" value="(\w+)"', browser.get(f"/admin/comment?comment={key}").text)
    assert match
    return match[1]


def text_of(context: AppContext, key: str) -> str:
    with context.engine.connect() as connection:
        comment = tables.comment.c
        query = select(comment.text).where(comment.id == int(key.partition("-")[2]))
        return str(connection.execute(query).scalar_one())


def test_the_page_shows_all_that_is_known(browser: Browser, add: AddComment) -> None:
    key = add(text="See https://casino.example/now", client=b"n" * 16)
    add(client=b"n" * 16, author="Other", email="other@ferry.example", status=Status.SPAM)
    html = browser.get(f"/admin/comment?comment={key}&back=/admin%3Fstatus%3Dpending").text
    for part in (
        "See https://casino.example/now",
        "casino.example",
        "Pending (1), Spam (1)",
        "../admin?status=pending",
    ):
        assert part in html or part.replace("../", "./") in html, part
    assert "No actions yet." in html


def test_an_edit_is_published_noted_and_taken_back(browser: Browser, context: AppContext, add: AddComment) -> None:
    key = add(status=Status.APPROVED)
    thread = "/comments?page=https://blog.example/post"
    before = text_of(context, key)
    assert before in browser.get(thread).text
    assert edit(browser, key, "Better", seen(browser, key)) == (303, f"../admin?what=edit&n=1#c-{key}")
    assert "Saved." in browser.get("/admin?status=all&what=edit&n=1").text
    assert "Better" in browser.get(thread).text
    page = browser.get(f"/admin/comment?comment={key}").text
    assert before in page
    entry = re.search(r'name="entry" value="([\d-]+)"', page)
    assert entry
    undone = browser.post("/admin/log", entry=entry[1])
    assert undone.headers["location"].endswith("what=taken-back&n=1")
    assert text_of(context, key) == before
    assert before in browser.get(thread).text
    again = browser.post("/admin/log", entry=entry[1])
    assert (again.status_code, "It has already been undone." in again.text) == (409, True)


def test_its_history_has_what_was_decided_on_several(browser: Browser, add: AddComment) -> None:
    keys, other = [add() for _ in range(3)], add()
    undo = browser.act("spam", *keys[:2]).headers["location"].partition("done=")[2].partition("&")[0]
    history = browser.get(f"/admin/comment?comment={keys[0]}").text.partition('id="history-title"')[2]
    assert re.search(r"<b>Spam</b>, together with other comments · <bdi>Ida</bdi>", history)
    browser.act("undo", batch=undo)
    browser.act("approve", keys[0])
    browser.act("trash", *keys)
    pages = [browser.get(f"/admin/comment?comment={key}").text for key in (*keys, other)]
    said = [re.findall(r"</time> <b>([^<]+)</b>", page.partition('id="history-title"')[2]) for page in pages]
    undone = "Undone: 2 comments"
    assert said[:3] == [["Trash", "1 → Approved", undone, "Spam"], ["Trash", undone, "Spam"], ["Trash"]]
    assert "No actions yet." in pages[3]


def edit(browser: Browser, key: str, text: str, mark: str, **words: str) -> tuple[int, str]:
    fields = WORDS | words
    answer = browser.client.post(
        "/admin/comment",
        data={"action": "edit", "comment": key, "text": text, "seen": mark, **fields},
        headers={"sec-fetch-site": "same-origin"},
    )
    return answer.status_code, answer.headers.get("location", answer.text)


def test_an_edit_of_words_that_somebody_changed_meanwhile_keeps_both(
    browser: Browser, context: AppContext, add: AddComment
) -> None:
    key = add()
    mark = seen(browser, key)
    assert edit(browser, key, "The first", mark)[0] == 303
    status, html = edit(browser, key, "The second", mark)
    assert status == 422
    assert "changed this comment in the meantime" in html
    assert "The first" in html
    assert "The second" in html
    assert text_of(context, key) == "The first"
    assert edit(browser, key, "The second", seen(browser, key))[0] == 303


def test_an_edit_that_readers_could_not_post_says_why(browser: Browser, context: AppContext, add: AddComment) -> None:
    key = add()
    status, html = edit(browser, key, "Better", seen(browser, key), email="nobody@", author="")
    assert status == 422
    assert "Please type your name." in html
    assert "Please enter a valid email address." in html
    assert ">Better</textarea>" in html
    assert text_of(context, key) != "Better"
    assert edit(browser, key, "Better", seen(browser, key), email="")[0] == 303


def test_a_reply_is_published_with_what_it_answers(browser: Browser, context: AppContext, add: AddComment) -> None:
    key = add()
    answer = browser.post("/admin/comment", action="reply", comment=key, reply="Thank you!", name="The editors")
    assert answer.headers["location"].endswith(f"what=reply&n=1#c-{key}")
    thread = browser.get("/comments?page=https://blog.example/post").text
    assert "Thank you!" in thread
    assert "The editors" in thread
    assert set(statuses(context).values()) == {"approved"}


@pytest.mark.parametrize(
    ("reply", "close", "sentence"),
    [("", False, "Please type your comment text."), ("Thank you!", True, "comments are closed")],
)
def test_a_reply_that_cannot_be_published_says_why_and_keeps_it(
    browser: Browser, context: AppContext, add: AddComment, reply: str, close: bool, sentence: str
) -> None:
    key = add(status=Status.APPROVED)
    if close:
        with context.engine.connect() as connection:
            page = connection.execute(select(tables.page.c.id)).scalar_one()
        browser.post("/admin/pages", action="close", page=f"1-{page}")
    answer = browser.post("/admin/comment", action="reply", comment=key, reply=reply)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f">{reply}</textarea>" in answer.text


@pytest.mark.parametrize("now", [Status.TRASH, Status.SPAM, Status.APPROVED])
def test_a_reply_does_not_approve_what_another_moderator_has_moved_meanwhile(
    browser: Browser, context: AppContext, add: AddComment, now: Status
) -> None:
    key = add()
    assert '<input type="hidden" name="status" value="pending">' in browser.get(f"/admin/comment?comment={key}").text
    browser.act(now.value.replace("approved", "approve"), key)
    answer = browser.post("/admin/comment", action="reply", comment=key, reply="Thank you!", status="pending")
    assert statuses(context)[key] == now
    if now is Status.APPROVED:
        assert answer.status_code == 303
    else:
        assert answer.status_code == 422
        assert "Somebody changed this comment in the meantime. Here is your text" in answer.text
        assert ">Thank you!</textarea>" in answer.text


@pytest.mark.parametrize("status", [Status.SPAM, Status.TRASH])
def test_what_is_put_aside_is_not_answered(
    browser: Browser, context: AppContext, add: AddComment, status: Status
) -> None:
    key = add(status=status)
    assert 'id="reply"' not in browser.get(f"/admin/comment?comment={key}").text
    listed = browser.get(f"/admin?status={status}").text
    assert ("act-edit" in listed, "act-reply" in listed) == (True, False)
    answer = browser.post("/admin/comment", action="reply", comment=key, reply="Thank you!", status=status)
    assert (answer.status_code, statuses(context)) == (422, {key: status})
    assert ">Thank you!</textarea>" in answer.text


def test_a_comment_is_deleted_for_good_once_a_page_has_asked(
    browser: Browser, context: AppContext, add: AddComment
) -> None:
    key, other = add(), add()
    asked = browser.get(f"/admin/delete?comment={key}&back=/admin%3Fstatus%3Dspam")
    assert "This cannot be undone." in asked.text
    assert statuses(context).keys() == {key, other}
    answer = browser.post("/admin/delete", comment=key, back="/admin?status=spam")
    assert unquote(answer.headers["location"]) == "../admin?status=spam&what=delete&n=1"
    assert statuses(context).keys() == {other}
    assert browser.get(f"/admin/comment?comment={key}").status_code == 404
    assert "1 comment permanently deleted" in browser.get("/admin/log").text


def test_the_spam_is_emptied_as_the_list_shows_it(browser: Browser, context: AppContext, add: AddComment) -> None:
    spam = [add(status=Status.SPAM, text=text) for text in ("casino one", "casino two", "other")]
    kept = add()
    html = browser.get("/admin?status=spam&q=casino").text
    link = re.search(r'href="\./(admin/delete\?[^"]+)"', html)
    assert link
    assert "Permanently delete all 2 comments" in html
    asked = browser.get("/" + link[1].replace("&amp;", "&")).text
    assert "This deletes 2 comments" in asked
    everything, mark = (re.search(rf'name="{name}" value="([^"]+)"', asked) for name in ("everything", "seen"))
    assert everything
    assert mark
    answer = browser.post("/admin/delete", everything=everything[1].replace("&amp;", "&"), seen=mark[1])
    assert answer.headers["location"].endswith("what=delete&n=2")
    assert statuses(context).keys() == {spam[2], kept}
    for wrong in ("status=pending", "status=all", "", "status=%00"):
        assert browser.post("/admin/delete", everything=wrong).status_code == 400
    assert browser.get("/admin/delete?status=pending").status_code == 400


def test_a_view_is_saved_renamed_and_removed(browser: Browser, add: AddComment) -> None:
    add(status=Status.SPAM, text="casino")
    answer = browser.post("/admin/views", action="save", view="Casinos", list="status=spam&q=casino&evil=1")
    assert answer.headers["location"] == "../admin?status=spam&q=casino&what=view&n=1"
    html = browser.get("/admin?status=spam&q=casino").text
    assert '<a href="./admin?status=spam&amp;q=casino" aria-current="page"><bdi>Casinos</bdi></a>' in html
    view = re.search(r'name="id" value="(\d+)"', html)
    assert view
    assert "n=1" in browser.post("/admin/views", action="remove", id=view[1]).headers["location"]
    assert "Casinos" not in browser.get("/admin").text
    assert browser.post("/admin/views", action="save", view=" ", list="").status_code == 400


@pytest.mark.parametrize("path", ["/admin/comment", "/admin/block", "/admin/delete", "/admin/views"])
def test_what_is_not_understood_changes_nothing(
    browser: Browser, context: AppContext, add: AddComment, path: str
) -> None:
    key = add()
    assert browser.post(path, action="burn", comment="x").status_code == 400
    assert statuses(context) == {key: "pending"}


def test_hostile_words_are_inert_on_the_page(browser: Browser, add: AddComment) -> None:
    evil = "\"'><script>alert(1)</script></textarea><img src=x onerror=alert(1)> {{ 7*7 }}"
    key = add(text=evil, author=evil, email=evil, url="javascript:alert(1)")
    edit(browser, key, f"{evil} more", seen(browser, key), email="", url="")
    html = browser.get(f"/admin/comment?comment={key}&back=javascript:alert(1)").text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


def test_a_pinned_comment_and_one_of_the_site_are_marked(browser: Browser, add: AddComment) -> None:
    key = add(status=Status.APPROVED)
    thread = "/comments?page=https://blog.example/post"
    assert "pinned" not in browser.get(thread).text
    assert "what=pin&n=1" in browser.post("/admin/pin", action="pin", comment=key).headers["location"]
    browser.post("/admin/comment", action="reply", comment=key, reply="Thank you!")
    html = browser.get(thread).text
    assert '<span class="comment-pinned">pinned</span>' in html
    assert html.count("bypostauthor") == html.count("from the site") == 1
    assert "n=1" in browser.post("/admin/pin", action="unpin", comment=key).headers["location"]
    assert "pinned" not in browser.get(thread).text
    assert browser.post("/admin/pin", action="burn", comment=key).status_code == 400


def test_what_a_comment_answers_and_its_replies_are_on_its_page(browser: Browser, add: AddComment) -> None:
    first = add(text="The first words", author="Ann", status=Status.APPROVED)
    parent_id = int(first.partition("-")[2])
    second = add(text="An answer", author="Bo", parent_id=parent_id)
    add(text="Another thread")
    html = browser.get(f"/admin/comment?comment={first}").text
    assert "An answer" in html
    assert f"admin/comment?comment={second}" in html
    html = browser.get(f"/admin/comment?comment={second}").text
    assert "The first words" in html
    listed = browser.get(f"/admin?status=all&parent={first}").text
    assert "An answer" in listed
    assert "Another thread" not in listed
