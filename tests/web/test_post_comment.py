"""POST /comments: it works; then each reason for a refusal, with everything typed kept."""

import html
import logging
import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from db import tables
from service.app import create_app
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock, each_database
from tests.reader import ARTICLE, Reader, hidden_fields, shown_question, solve

TYPED = {"comment": '  <b>Ünïcödé</b> & "quotes"\r\nsecond line ', "author": "Zoë O'Neil", "email": "zoe@example.org"}


def kept(page: str) -> dict[str, str]:
    """The values in the form that came back."""
    area = re.search(r"<textarea id=\"comment\".*?>\n(.*?)</textarea>", page, re.DOTALL)
    inputs = {name: re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', page) for name in ("author", "email", "url")}
    assert area
    return {"comment": html.unescape(area[1])} | {n: html.unescape(m[1]) for n, m in inputs.items() if m}


def comment_id(response: Any) -> int:
    return int(response.headers["location"].rpartition("#comment-")[2])


@each_database
def test_a_comment_is_posted_and_shown_at_once(reader: Reader) -> None:
    response = reader.post(comment="Hello *there*")
    assert response.status_code == 303
    assert response.headers["location"] == f"{ARTICLE}#comment-{comment_id(response)}"
    assert "Hello <em>there</em>" in reader.read()
    assert "1 comment" in reader.read()


def test_an_email_address_is_never_shown(reader: Reader) -> None:
    reader.post()
    assert "ada@example.org" not in reader.read()


@pytest.mark.parametrize(("page", "status"), [("https://gone.example/post", 403), ("no address", 400)])
def test_a_comment_for_a_page_that_has_no_place_here_is_given_back(reader: Reader, page: str, status: int) -> None:
    """The site was removed while the reader was typing, or a theme's form has lost its page."""
    answer = reader.send(reader.fields(**TYPED) | {"page": page}, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert "<h1>Comment not posted yet</h1>" in answer.text
    [text] = re.findall(r'<textarea id="typed"[^>]*>\n([^<]*)</textarea>', answer.text)
    assert html.unescape(text) == TYPED["comment"]


def test_a_program_gets_json(reader: Reader) -> None:
    response = reader.post(json=True)
    answer = response.json()
    assert response.status_code == 201
    assert answer["status"] == "approved"
    assert f'id="comment-{answer["id"]}"' in answer["html"]
    assert 'name="captcha_token"' in answer["form"]


def test_all_that_is_missing_is_told_at_once_and_what_was_typed_is_kept(reader: Reader) -> None:
    response = reader.post(author="", email="not an address", comment=TYPED["comment"])
    assert response.status_code == 422
    assert "Please type your name." in response.text
    assert "Please enter a valid email address." in response.text
    typed = {"comment": TYPED["comment"], "author": "", "email": "not an address", "url": ""}
    assert kept(response.text) == typed
    assert 'href="#author"' in response.text
    assert re.search(r'id="author"[^>]*aria-invalid="true"[^>]*autofocus', response.text)


def test_a_form_that_comes_back_for_a_missing_name_keeps_its_question_and_answer(reader: Reader) -> None:
    fields = reader.fields(author="")
    page = reader.send(fields).text
    assert hidden_fields(page)["captcha_token"] == fields["captcha_token"]
    assert solve(shown_question(page)) == fields["captcha"]
    assert reader.send(fields | {"author": "Ada"}).status_code == 303


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"author": "   "}, "Please fill the required fields."),
        ({"email": None}, "Please fill the required fields."),
        ({"email": "a@b"}, "Please enter a valid email address."),
        ({"comment": " \r\n "}, "Please type your comment text."),
        ({"url": "javascript:alert(1)"}, "Please enter a valid web address, or leave it empty."),
        ({"author": "é" * 123}, "Your name is too long."),
        ({"email": "a" * 90 + "@example.org"}, "Your email address is too long."),
        ({"url": "https://example.org/" + "u" * 181}, "Your URL is too long."),
        ({"comment": "é" * 32763}, "Your comment is too long."),
    ],
)
def test_wordpress_says_what_is_wrong(reader: Reader, changes: dict[str, str | None], message: str) -> None:
    response = reader.post(json=True, **changes)
    assert response.status_code == 422
    assert response.json()["error"] == message


@each_database
def test_lengths_are_bytes_and_their_limits_are_allowed(reader: Reader) -> None:
    response = reader.post(author="é" * 122 + "x", url="https://example.org/" + "u" * 180, comment="é" * 32762 + "x")
    assert response.status_code == 303


def test_a_wrong_answer_keeps_the_text_and_asks_something_new(reader: Reader) -> None:
    fields = reader.fields(**TYPED)
    response = reader.send(fields | {"captcha": "99"})
    assert response.status_code == 422
    assert "That was not the right answer. Here is a new question." in response.text
    assert kept(response.text) == {**TYPED, "url": ""}
    assert hidden_fields(response.text)["captcha_token"] != fields["captcha_token"]


@each_database
def test_a_wrong_answer_burns_the_question(reader: Reader) -> None:
    fields = reader.fields()
    reader.send(fields | {"captcha": "99"})
    response = reader.send(fields)
    assert response.status_code == 422
    assert "That question has been used already." in response.text
    assert "No comments yet" in reader.read()


def test_a_wrong_answer_is_not_told_while_something_else_is_wrong(reader: Reader) -> None:
    """Otherwise a script could try all answers with an empty name."""
    fields = reader.fields(author="")
    right, wrong = reader.send(fields), reader.send(fields | {"captcha": "99"})
    assert "right answer" not in wrong.text
    assert right.text.replace(f'value="{fields["captcha"]}"', "") == wrong.text.replace('value="99"', "")


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_answer_left_empty_keeps_its_question(reader: Reader, empty: str) -> None:
    fields = reader.fields(captcha=empty)
    response = reader.send(fields)
    assert response.status_code == 422
    assert "Please answer the question." in response.text
    assert hidden_fields(response.text)["captcha_token"] == fields["captcha_token"]


def test_a_form_without_a_question_leads_to_one_more_step(reader: Reader) -> None:
    page = reader.post(captcha=None, captcha_token=None, **TYPED)
    assert page.status_code == 422  # Turbo shows no answer to a form that is 200
    assert "One more step" in page.text
    assert kept(page.text)["author"] == TYPED["author"]
    answered = hidden_fields(page.text) | TYPED | {"captcha": solve(shown_question(page.text))}
    assert reader.send(answered).status_code == 303


def test_a_question_of_yesterday_is_replaced_and_the_text_kept(reader: Reader, clock: Clock) -> None:
    fields = reader.fields(**TYPED)
    clock.advance(hours=25)
    response = reader.send(fields)
    assert response.status_code == 422
    assert "That question has expired. Here is a new one." in response.text
    assert kept(response.text)["comment"] == TYPED["comment"]


def test_a_token_of_another_page_is_refused(reader: Reader) -> None:
    fields = reader.fields(page="https://blog.example/other")
    response = reader.send(fields | {"page": ARTICLE})
    assert response.status_code == 422
    assert "was for another form" in response.text


@each_database
def test_a_double_click_gets_the_first_result(reader: Reader) -> None:
    fields = reader.fields()
    first, second = reader.send(fields), reader.send(fields)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert "1 comment" in reader.read()


@each_database
def test_a_used_token_does_not_carry_another_comment(reader: Reader) -> None:
    fields = reader.fields()
    reader.send(fields)
    response = reader.send(fields | {"comment": "Something else"})
    assert response.status_code == 422
    assert "That question has been used already." in response.text


@each_database
def test_ten_tabs_can_all_post(reader: Reader) -> None:
    tabs = [reader.fields(comment=f"Tab {n}") for n in range(10)]
    assert [reader.send(tab).status_code for tab in tabs] == [303] * 10


def test_another_question_is_asked_without_javascript(reader: Reader) -> None:
    fields = reader.fields(**TYPED)
    page = reader.send(fields | {"another": "1", "captcha": ""})
    assert page.status_code == 200
    assert hidden_fields(page.text)["captcha_token"] != fields["captcha_token"]
    assert kept(page.text)["comment"] == TYPED["comment"]


def test_who_cannot_do_the_sum_is_sent_to_review(reader: Reader) -> None:
    response = reader.post(captcha="", review="1")
    assert response.status_code == 303
    assert "preview=" in response.headers["location"]
    assert "No comments yet" in reader.read()


def test_review_needs_a_token_as_everything_does(reader: Reader) -> None:
    assert "One more step" in reader.post(captcha="", review="1", captcha_token=None).text


@each_database
def test_a_held_comment_is_seen_by_its_author_alone(reader: Reader) -> None:
    location = reader.post(captcha="", review="1", comment="Held text").headers["location"]
    mine = reader.client.get(location).text
    assert "Held text" in mine
    assert "Your comment is awaiting moderation." in mine
    assert "Held text" not in reader.client.get("/page", params={"page": ARTICLE}).text
    assert "Held text" not in reader.client.get(location.replace("preview=", "preview=x")).text


def test_a_preview_link_ends_after_two_days(reader: Reader, clock: Clock) -> None:
    location = reader.post(captcha="", review="1", comment="Held text").headers["location"]
    clock.advance(hours=49)
    assert "Held text" not in reader.client.get(location).text


@each_database
def test_the_same_words_twice_are_a_duplicate(reader: Reader) -> None:
    reader.post()
    response = reader.post(author="Somebody else")
    assert response.status_code == 409
    assert "Duplicate comment detected" in response.text
    assert reader.post(email="other@example.org", author="ADA").status_code == 409
    assert reader.post(author="Bob", email="bob@example.org").status_code == 303


@each_database
def test_the_same_words_elsewhere_are_no_duplicate(reader: Reader) -> None:
    reader.post()
    assert reader.post(page="https://blog.example/other").status_code == 303


@each_database
def test_a_reply_stands_below_its_parent(reader: Reader) -> None:
    parent = comment_id(reader.post(comment="First"))
    child = comment_id(reader.post(comment="Second", comment_parent=str(parent)))
    assert re.search(rf'id="comment-{parent}".*<ol class="children">.*id="comment-{child}"', reader.read(), re.DOTALL)


@each_database
@pytest.mark.parametrize("parent", ["999", "-1", "abc", "9" * 30])
def test_a_reply_to_nothing_is_forbidden(reader: Reader, parent: str) -> None:
    response = reader.post(comment_parent=parent, **TYPED)
    assert response.status_code == 403
    assert "Sorry, replies to unapproved comments are not allowed." in response.text
    assert kept(response.text)["comment"] == TYPED["comment"]


def test_a_page_of_nobody_is_refused_with_the_way_to_register_it(reader: Reader) -> None:
    response = reader.client.post("/comments", data={"page": "https://stranger.example/x"})
    assert response.status_code == 403
    assert "leave-a-reply site add https://stranger.example" in response.text


@pytest.mark.parametrize("page", ["", "not an address", "ftp://blog.example/", "https://", "//blog.example/x"])
def test_an_address_that_is_none_is_refused(reader: Reader, page: str) -> None:
    assert reader.client.post("/comments", data={"page": page}).status_code == 400


def test_a_foreign_page_may_not_post_in_a_readers_name(reader: Reader) -> None:
    fields = reader.fields()
    assert reader.send(fields, headers={"origin": "https://evil.example"}).status_code == 403
    assert reader.send(fields, headers={"origin": "https://blog.example"}).status_code == 303


def test_other_methods_are_told_which_there_are(client: TestClient) -> None:
    response = client.request("DELETE", "/comments")
    assert response.status_code == 405
    assert {"GET", "POST"} <= set(response.headers["allow"].split(", "))


@each_database
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"page=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"page=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"page=a%00b", "application/x-www-form-urlencoded", 400),
        (b"captcha=1&captcha=2", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"f%d=x" % n for n in range(10_000)), "application/x-www-form-urlencoded", 400),
        (b"page=" + b"x" * 10_000_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 400),
        (b"", "", 400),
        (b"junk", "multipart/form-data", 400),
        (b"--x\r\njunk", "multipart/form-data; boundary=x", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="page"\r\n\r\n\xff\r\n--x--',
            "multipart/form-data; boundary=x",
            400,
        ),
    ],
)
def test_what_cannot_be_read_is_refused(client: TestClient, body: bytes, kind: str, status: int) -> None:
    response = client.post("/comments", content=body, headers={"content-type": kind})
    assert response.status_code == status
    assert "Traceback" not in response.text
    assert "<h1>" in response.text


def test_a_multipart_form_is_read_as_well(reader: Reader) -> None:
    fields = {name: (None, value) for name, value in reader.fields().items()}
    assert reader.client.post("/comments", files=fields).status_code == 303


def test_the_honeypot_tells_nothing(reader: Reader) -> None:
    decoy = reader.question()["decoy"]
    question = reader.question()
    fields = reader.fields() | {"captcha_token": question["token"], "captcha": solve(question["question"])}
    response = reader.send(fields | {question["decoy"]: "seo", decoy: "seo"}, json=True)
    assert response.status_code == 201
    assert response.json()["status"] == "pending"


class TestWithoutTheSpamCheck:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"spam_check": False})

    def test_what_would_be_held_is_shown_and_the_question_still_counts(self, reader: Reader) -> None:
        spam = "Buy cheap pills: http://bit.ly/x http://1.2.3.4/ [url=http://casino.example]casino[/url]"
        assert reader.post(comment=spam, json=True).json()["status"] == "approved"
        assert reader.post(comment=spam, captcha="99").status_code == 422


def test_the_log_explains_and_holds_nothing_personal(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "service.comments"):
        reader.post(**TYPED)
        reader.post(captcha="99", **TYPED)
    events = [(record.getMessage(), vars(record)) for record in caplog.records if record.name == "service.comments"]
    assert [event for event, _ in events] == ["comment accepted", "comment refused"]
    assert events[0][1]["status"] == "approved"
    assert events[1][1]["reason"] == "captcha"
    everything = repr([record.__dict__ for record in caplog.records if record.name == "service.comments"])
    assert not any(word in everything for word in ("Zoë", "zoe@", "second line", "testclient"))


@each_database
class TestFlood:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"flood_seconds": 15})

    def test_two_at_once_are_too_quick(self, reader: Reader, clock: Clock) -> None:
        reader.post()
        fields = reader.fields(comment="Another thought", email="other@example.org")
        clock.advance(seconds=-12)
        response = reader.send(fields)
        assert response.status_code == 429
        assert response.headers["retry-after"] == "7"
        assert "You are posting comments too quickly. Slow down. You can post again in 7 seconds." in response.text
        assert kept(response.text)["comment"] == "Another thought"

    def test_the_same_form_is_good_once_the_wait_is_over(self, reader: Reader, clock: Clock) -> None:
        reader.post()
        fields = reader.fields(comment="Another thought", email="other@example.org")
        clock.advance(seconds=-12)
        response = reader.send(fields)
        assert hidden_fields(response.text)["captcha_token"] == fields["captcha_token"]
        assert f'value="{fields["captcha"]}"' in response.text
        clock.advance(seconds=8)
        assert reader.send(fields).status_code == 303
        assert reader.send(fields | {"comment": "A third"}).status_code == 422

    def test_a_refusal_does_not_prolong_the_wait(self, reader: Reader, clock: Clock) -> None:
        reader.post()
        early, later = reader.fields(comment="Early"), reader.fields(comment="Later")
        clock.advance(seconds=-30)
        assert reader.send(early).status_code == 429
        clock.advance(seconds=6)
        assert reader.send(later).status_code == 303

    def test_a_duplicate_is_told_before_a_flood(self, reader: Reader, clock: Clock) -> None:
        reader.post()
        fields = reader.fields()
        clock.advance(seconds=-15)
        assert reader.send(fields).status_code == 409


@each_database
def test_an_answer_to_a_reply_still_says_whom_it_answers(reader: Reader) -> None:
    parent = reader.post(author="Zoë").headers["location"].rpartition("-")[2]
    for changes in ({"captcha": "99"}, {"author": ""}, {"another": "1"}):
        answer = reader.post(comment="A reply", comment_parent=parent, **changes)
        assert "Zoë" in answer.text.partition('id="reply-title"')[2].partition("</h3>")[0]


@each_database
@pytest.mark.parametrize("asked", [{"captcha": "99"}, {"another": "1"}])
def test_a_second_question_does_not_make_who_answers_it_hasty(
    reader: Reader, context: AppContext, clock: Clock, asked: dict[str, str]
) -> None:
    fields = reader.fields()  # twenty seconds after its question
    again = hidden_fields(reader.send(fields | asked).text)
    question = context.captcha.show(again["captcha_token"])
    assert question is not None
    clock.advance(seconds=1)
    reader.send(fields | {"captcha_token": question.token, "captcha": solve(question.question)})
    assert [reason["symbol"] for reason in newest_reasons(context)] == ["model"]


def test_a_script_says_which_question_its_new_one_stands_in_for(
    reader: Reader, context: AppContext, clock: Clock
) -> None:
    first = reader.question()
    clock.advance(seconds=30)
    second = reader.client.get("/captcha", params={"page": ARTICLE, "instead": first["token"]}).json()
    clock.advance(seconds=1)
    reader.send(reader.fields(question=second))
    assert [reason["symbol"] for reason in newest_reasons(context)] == ["model"]
    assert reader.client.get("/captcha", params={"page": ARTICLE, "instead": "nonsense"}).status_code == 200


def test_one_old_question_makes_one_form_old(reader: Reader, context: AppContext, clock: Clock) -> None:
    """Otherwise a program could wait once, and then post as fast as it likes."""
    old = reader.question()
    clock.advance(seconds=30)

    def hasty(question: dict[str, Any], text: str) -> Any:
        fields = {**Reader(reader.client).fields(question=question), "comment": text}
        clock.advance(seconds=1)
        return reader.send(fields)

    def instead(token: str) -> dict[str, Any]:
        return dict(reader.client.get("/captcha", params={"page": ARTICLE, "instead": token}).json())

    first, second = instead(old["token"]), instead(old["token"])
    assert hasty(first, "The first one.").status_code == 303
    again = hasty(second, "The second one.")
    assert again.status_code == 422
    clock.advance(seconds=1)
    sent = {**hidden_fields(again.text), "captcha": solve(shown_question(again.text))}
    assert reader.send({**Reader(reader.client).fields(), **sent, "comment": "The second one."}).status_code == 303
    assert "haste" in [reason["symbol"] for reason in newest_reasons(context)]


def newest_reasons(context: AppContext) -> list[dict[str, Any]]:
    comment = tables.comment.c
    with context.engine.connect() as connection:
        return list(connection.execute(select(comment.reasons).order_by(comment.id.desc()).limit(1)).scalar_one())


class TestRate:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate_post": "3/hour"})

    def test_a_client_that_tries_too_often_waits_with_its_question_kept(self, reader: Reader) -> None:
        tries = [reader.post(captcha="99").status_code for _ in range(3)]
        fields = reader.fields()
        response = reader.send(fields)
        assert (tries, response.status_code) == ([422] * 3, 429)
        assert int(response.headers["retry-after"]) <= 1200
        assert hidden_fields(response.text)["captcha_token"] == fields["captcha_token"]


@each_database
@pytest.mark.parametrize(("moderation", "status"), [("all", "pending"), ("first", "pending"), ("none", "approved")])
def test_the_owner_decides_who_is_held(settings: Settings, clock: Clock, moderation: str, status: str) -> None:
    app = create_app(settings.model_copy(update={"moderation": moderation}), clock)
    with AppClient(app, base_url=PUBLIC_URL) as client:
        assert Reader(client, clock).post(json=True).json()["status"] == status


def test_a_store_that_is_locked_is_a_503_and_nothing_is_lost(
    reader: Reader, context: AppContext, monkeypatch: Any
) -> None:
    fields = reader.fields(**TYPED)

    async def locked(*_: Any) -> None:
        raise OperationalError("insert", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(context, "write_in_steps", locked)
        response = reader.send(fields)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "30"
    assert kept(response.text)["comment"] == TYPED["comment"]
    assert reader.send(fields).status_code == 303
