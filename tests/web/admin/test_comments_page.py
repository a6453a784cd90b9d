"""/admin: the list of comments, and moderation."""

import re

import pytest
from sqlalchemy import select

from db import tables
from db.models import Status
from service.web.context import AppContext
from tests.reader import Reader
from tests.web.admin.conftest import AddComment, Browser, statuses


def undo(browser: Browser, location: str) -> object:
    batch = re.search(r"done=(\d+)", location)
    assert batch
    return browser.act("undo", batch=batch[1])


def test_the_list_shows_what_a_moderator_needs(browser: Browser, add: AddComment) -> None:
    add(score=5.5, reasons=[{"symbol": "links", "weight": 3.0, "sentence": "The text holds 3 links."}])
    html = browser.get("/admin").text
    for part in (
        "Tomás",
        "tomas@ferry.example",
        "the baker",
        "A post",
        "The text holds 3 links.",
        "+3",
        "5.5",
        "<time",
    ):
        assert part in html


@pytest.mark.parametrize(
    ("action", "status"), [("approve", "approved"), ("pending", "pending"), ("spam", "spam"), ("trash", "trash")]
)
def test_a_comment_is_moved(browser: Browser, context: AppContext, add: AddComment, action: str, status: str) -> None:
    key = add(status=Status.SPAM if action == "pending" else Status.PENDING)
    response = browser.act(action, key, back="/admin?status=pending")
    assert response.status_code == 303
    assert response.headers["location"].startswith("../admin?status=pending&done=")
    assert statuses(context)[key] == status


def test_many_are_moved_at_once_and_put_back_at_once(browser: Browser, context: AppContext, add: AddComment) -> None:
    keys = [add(), add(status=Status.APPROVED), add()]
    location = browser.act("spam", *keys).headers["location"]
    assert set(statuses(context).values()) == {"spam"}
    html = browser.get(location.removeprefix("..")).text
    assert "3 comments marked as spam." in html
    assert "Undo" in html
    undo(browser, location)
    assert [statuses(context)[key] for key in keys] == ["pending", "approved", "pending"]


def test_what_came_from_the_trash_is_restored(browser: Browser, context: AppContext, add: AddComment) -> None:
    key = add(status=Status.APPROVED)
    browser.act("trash", key)
    browser.act("restore", key)
    assert statuses(context)[key] == "approved"


def test_readers_see_it_at_once(browser: Browser, add: AddComment) -> None:
    key = add(text="A word in the thread")
    thread = "/comments?page=https://blog.example/post"
    assert "A word in the thread" not in browser.get(thread).text
    browser.act("approve", key)
    assert "A word in the thread" in browser.get(thread).text
    browser.act("trash", key)
    assert "A word in the thread" not in browser.get(thread).text


@pytest.mark.parametrize("comment", ["", "x", "1-", "9-9", "1-99999999999999999999", "1-1; DROP TABLE comment", "²-²"])
def test_a_comment_that_is_not_there_changes_nothing(
    browser: Browser, context: AppContext, add: AddComment, comment: str
) -> None:
    key = add()
    assert browser.act("spam", comment).status_code == 303
    assert statuses(context)[key] == "pending"


def test_an_unknown_action_is_refused(browser: Browser, context: AppContext, add: AddComment) -> None:
    key = add()
    assert browser.act("delete", key).status_code == 400
    assert statuses(context)[key] == "pending"


def test_more_than_a_batch_takes_is_refused_with_a_sentence(browser: Browser) -> None:
    response = browser.act("spam", *(f"1-{number}" for number in range(501)))
    assert response.status_code == 422
    assert "At most 500" in response.text


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/admin/logout", "/\\evil", "/admin?a=\n"])
def test_an_action_leads_back_to_the_admin_only(browser: Browser, add: AddComment, back: str) -> None:
    assert browser.act("spam", add(), back=back).headers["location"].startswith("../admin?done=")


def test_undo_is_offered_for_ones_own_batch_only(browser: Browser, add: AddComment) -> None:
    add()
    html = browser.get("/admin?done=123&n=999&what=spam").text
    assert 'value="undo"' not in html


def test_hostile_text_is_inert(browser: Browser, add: AddComment) -> None:
    evil = "\"'><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }}"
    reasons = [{"sentence": evil, "weight": evil}, "no reason", {"sentence": None}]
    add(text=evil, author=evil, email=evil, url="javascript:alert(1)", source=evil[:20], reasons=reasons)
    add(text=evil * 40, author="\u202egnp")
    html = browser.get("/admin").text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "&#123;&#123; 7*7 &#125;&#125;" in html
    assert "<script>" not in browser.client.get("/admin", params={"q": evil, "what": evil, "status": evil}).text


def test_a_title_that_nobody_checked_is_taken_as_it_is_shown(
    browser: Browser, context: AppContext, add: AddComment
) -> None:
    add(status=Status.APPROVED)
    found = re.findall(r'name="page" value="([^"]+)">', browser.get("/admin?status=approved").text)
    assert 'value="A post"><button class="quiet" name="action" value="title">' in browser.get("/admin?status=all").text
    assert "n=0" in browser.post("/admin/pages", action="title", page=found[0], title=" ").headers["location"]
    told = browser.post("/admin/pages", action="title", page=found[0], title="A\npost").headers["location"]
    assert "what=title&n=1" in told
    assert "The title is now visible to readers." in browser.get(told.removeprefix("..")).text
    assert "Use this title" not in browser.get("/admin?status=all").text
    assert "Title changed" in browser.get("/admin/log").text
    assert "A post" in browser.get("/latest?site=https://blog.example").text


def test_a_page_is_closed_and_opened_again(browser: Browser, context: AppContext, add: AddComment) -> None:
    add()
    page = tables.page.c

    def state() -> tuple[str, bool, int]:
        with context.engine.connect() as connection:
            row = connection.execute(select(page.id, page.closed, page.version)).one()
        return f"1-{row.id}", row.closed, row.version

    key, closed, version = state()
    assert not closed
    assert "what=close&n=1" in browser.post("/admin/pages", action="close", page=key).headers["location"]
    assert state() == (key, True, version + 1)
    assert "n=0" in browser.post("/admin/pages", action="close", page=key).headers["location"]
    browser.post("/admin/pages", action="open", page=key)
    assert state() == (key, False, version + 2)
    assert browser.post("/admin/pages", action="burn", page=key).status_code == 400


def test_tabs_count_and_empty_lists_say_so(browser: Browser, add: AddComment) -> None:
    assert "No comments yet" in browser.get("/admin").text
    add(status=Status.SPAM)
    assert re.search(r'Spam <span class="count">1<', browser.get("/admin?status=spam").text)
    assert "Nothing is pending" in browser.get("/admin?status=pending").text


def test_the_other_moderator_is_named(browser: Browser, add: AddComment, ida: int) -> None:
    browser.act("spam", add())
    notice = browser.get(f"/admin?what=spam&n=0&gone=0&overtaken=2&by={ida}").text
    assert "Ida has already decided on 2 comments, so they were left alone." in notice
    assert "A program has already decided on 1 comment" in browser.get("/admin?what=spam&overtaken=1&by=0").text


def test_what_waits_is_shown_first_and_every_filter_is_kept_in_the_tabs(browser: Browser, add: AddComment) -> None:
    add(status=Status.APPROVED, text="A published one")
    assert "A published one" in browser.get("/admin").text
    add(text="A waiting one")
    assert "A published one" not in browser.get("/admin").text
    assert "A published one" in browser.get("/admin?status=all").text
    html = browser.get("/admin?status=pending&email=tomas@ferry.example&since=2026-11-01&per=50").text
    assert 'href="./admin?status=approved&amp;email=tomas%40ferry.example&amp;since=2026-11-01&amp;per=50"' in html
    assert "1 comment found" in html


@pytest.mark.parametrize(
    "query", ["since=2026-13-01", "until=9999-12-31", "reason=%25", "page=1", "comment=x", "per=7", "replied=maybe"]
)
def test_a_filter_that_makes_no_sense_is_ignored(browser: Browser, add: AddComment, query: str) -> None:
    add(text="A waiting one")
    assert "A waiting one" in browser.get(f"/admin?{query}").text


def test_what_the_classifier_went_by_is_shown_as_words_with_bars(browser: Browser, add: AddComment) -> None:
    sentence = "The text reads like spam (general +2.1, learned here -0.4): casino, bonus +2.4, a short text -1.2."
    add(reasons=[{"symbol": "model", "weight": 3, "sentence": sentence}])
    html = browser.get("/admin").text
    assert "<b><bdi>The text reads like spam.</bdi></b>" in html
    assert "general" not in html
    rows = re.findall(r"<bdi>([^<]+)</bdi></th>\s*<td><svg.*?class=\"(\S+)\" width=\"(\d+)\"", html)
    assert rows == [("casino, bonus", "towards-spam", "100"), ("a short text", "towards-ham", "50")]


def test_the_reason_that_held_a_comment_stands_first(browser: Browser, add: AddComment) -> None:
    """Whatever the rules found that did not hold it."""
    model = {"symbol": "model", "weight": 1.33, "sentence": "The text reads like an honest comment.", "logit": -1.3}
    tested = {"symbol": "words_trial", "weight": 0.0, "sentence": "A tested word.", "trial": 3.0}
    review = {"symbol": "review", "weight": 0.0, "sentence": "The reader asked for review."}
    add(reasons=[model, tested, review])
    page = browser.get("/admin?status=pending").text
    assert '<p class="why"><b><bdi>The reader asked for review.</bdi></b></p>' in page
    assert page.index("honest comment") < page.index("A tested word.")


def test_comments_are_found_by_the_language_they_seem_to_be_in(browser: Browser, reader: Reader) -> None:
    texts = {
        "de": "Das ist wirklich ein sehr guter Artikel, und ich habe ihn gern gelesen.",
        "ru": "Очень хорошая статья, спасибо вам за неё",
        "zh": "这篇文章写得真好，谢谢",
        "en": "What a good article this is, and how gladly I have read all of it.",
    }
    for text in texts.values():
        reader.post(comment=text)
    for code, text in texts.items():
        html = browser.get(f"/admin?status=all&lang={code}").text
        assert [other in html for other in texts.values()] == [other == text for other in texts.values()], code
    assert all(text in browser.get("/admin?status=all&lang=xx").text for text in texts.values())


def test_a_comment_says_how_often_its_address_was_seen_in_any_case_and_where_counting_stopped(
    browser: Browser, add: AddComment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email in ("tomas@ferry.example", "Tomas@Ferry.example"):
        add(email=email)
    assert browser.get("/admin").text.count("From this address: Pending (2)") == 2
    monkeypatch.setattr("service.web.admin.list_views.MOST_OF_AN_ADDRESS", 2)
    assert browser.get("/admin").text.count("From this address: Pending (2+)") == 2


@pytest.mark.parametrize(("scanned", "said"), [(100, "1 comment found"), (2, "Nothing found so far.")])
def test_a_list_that_was_read_to_its_end_has_an_exact_number(
    browser: Browser, add: AddComment, monkeypatch: pytest.MonkeyPatch, scanned: int, said: str
) -> None:
    monkeypatch.setattr("service.comments.admin_list.SCANNED", scanned)
    monkeypatch.setattr("service.comments.admin_counts.SCANNED_TO_COUNT", 1)
    monkeypatch.setattr("service.comments.admin_counts.FEW", 0)
    for age, text in enumerate(("straw", "straw", "straw", "needle")):
        add(text=text, age=age)
    html = browser.get("/admin?status=pending&q=needle").text
    assert f"<b>{said}</b>" in html
    assert "At least 0" not in html
