"""Who fails gets harder questions, a site under attack asks everybody for work, and nobody is refused for it."""

import base64
import html
import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from db import tables
from service.captcha import proof_of_work
from service.spam import spam_settings_form
from service.web.context import AppContext
from tests.conftest import Clock, each_database
from tests.protocols.siteverify.test_proof import encoded, work
from tests.reader import ARTICLE, Reader, hidden_fields, shown_question, solve

pytestmark = each_database


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work, "COST", 10)
    monkeypatch.setattr(proof_of_work, "TRIES", (2, 20))


def set_level(context: AppContext, clock: Clock, chosen: str) -> None:
    wish = spam_settings_form.read_form(lambda name: chosen if name == "level" else "")
    assert not wish.errors
    context.writer.run(spam_settings_form.save_settings, 1, {"level": wish.settings["level"]}, clock())
    context.spam.sites.forget(1)


def worked(reader: Reader, **changes: str) -> dict[str, str]:
    """The form filled in, with the work that the question asked for."""
    question = reader.question()
    fields = reader.fields(**changes) | {"captcha_token": question["token"]}
    done = encoded(work(json.loads(question["work"])))
    return fields | {"captcha": solve(question["question"]), "altcha": done}


def reasons(context: AppContext) -> list[list[str]]:
    with context.engine.connect() as connection:
        found = connection.execute(select(tables.comment.c.reasons).order_by(tables.comment.c.id)).scalars()
        return [[reason["symbol"] for reason in each] for each in found]


def test_each_failure_makes_the_next_question_harder_and_time_makes_it_easy(
    reader: Reader, context: AppContext
) -> None:
    levels = []
    for _ in range(6):
        levels.append(reader.question()["level"])
        reader.post(captcha="99")
    assert levels == [1, 1, 2, 2, 2, 3]
    assert reader.question()["work"]
    limits: Any = context.limits  # what kind keeps the clock, and where, is nobody's concern but this test's
    clock = limits._clock
    limits._clock = lambda: clock() + 600
    assert (reader.question()["level"], reader.question()["work"]) == (1, "")


def test_the_form_that_comes_back_asks_the_harder_question(reader: Reader) -> None:
    answers = [reader.post(captcha="99").text for _ in range(5)]
    works = [html.unescape(re.findall(r'data-work="([^"]*)"', answer)[0]) for answer in answers]
    assert [bool(each) for each in works] == [False, False, False, False, True]
    assert json.loads(works[-1])["parameters"]["algorithm"] == "PBKDF2/SHA-256"


def test_without_work_a_comment_waits_and_with_it_it_is_shown(
    reader: Reader, context: AppContext, clock: Clock
) -> None:
    set_level(context, clock, "least-3")
    assert reader.post(json=True).json()["status"] == "pending"
    fields = worked(reader, comment="Another thought", author="Eve", email="eve@example.org")
    assert reader.send(fields, json=True).json()["status"] == "approved"
    first, second = reasons(context)
    assert "no_work" in first
    assert "no_work" not in second


def test_work_is_good_once_however_it_is_spelt(reader: Reader, context: AppContext, clock: Clock) -> None:
    set_level(context, clock, "least-3")
    fields = worked(reader)
    assert reader.send(fields, json=True).status_code == 201
    respelt = json.loads(base64.b64decode(fields["altcha"])) | {"more": [1]}
    for spelling in (fields["altcha"], base64.b64encode(json.dumps(respelt, indent=2).encode()).decode()):
        again = worked(reader, comment="Another thought", author="Eve", email="eve@example.org")
        answer = reader.send(again | {"altcha": spelling}, json=True)
        assert (answer.status_code, "used already" in answer.json()["error"]) == (422, True)


def test_work_is_spent_with_a_wrong_answer_too(reader: Reader, context: AppContext, clock: Clock) -> None:
    set_level(context, clock, "least-3")
    fields = worked(reader)
    assert reader.send(fields | {"captcha": "99"}).status_code == 422
    again = reader.send(worked(reader) | {"altcha": fields["altcha"]}, json=True)
    assert (again.status_code, "used already" in again.json()["error"]) == (422, True)


def test_work_for_another_form_or_out_of_date_does_not_count(reader: Reader, context: AppContext, clock: Clock) -> None:
    set_level(context, clock, "least-3")
    foreign = encoded(work(proof_of_work.Proofs(context.keyring).issue(1, "contact", clock())))
    elsewhere = encoded(work(proof_of_work.Proofs(context.keyring).issue(2, "comment", clock())))
    old = encoded(work(proof_of_work.Proofs(context.keyring).issue(1, "comment", clock.now.replace(year=2025))))
    for number, wrong in enumerate((foreign, elsewhere, old, "nonsense", "")):
        fields = worked(reader, comment=f"Thought {number}", author=f"A{number}", email=f"a{number}@example.org")
        assert reader.send(fields | {"altcha": wrong}, json=True).json()["status"] == "pending"


def test_many_failures_on_a_site_ask_everybody_for_work(reader: Reader, context: AppContext, clock: Clock) -> None:
    for number in range(45):
        context.levels.note(1, b"%d" % number, clock().timestamp())
    assert reader.question()["level"] == 3
    set_level(context, clock, "always-1")
    assert reader.question()["level"] == 1


def test_one_client_with_worthless_tokens_raises_nothing_for_others(reader: Reader, context: AppContext) -> None:
    for number in range(25):
        reader.post(captcha_token=f"worthless {number}")
        reader.post(captcha="99")
    assert context.levels.level(1, context.clock().timestamp()) == 1


def test_easy_questions_kept_for_an_alarm_are_one_more_step_with_every_word_kept(
    reader: Reader, context: AppContext, clock: Clock
) -> None:
    kept = reader.fields(comment="A word about the flour")
    set_level(context, clock, "least-3")
    answer = reader.send(kept)
    assert answer.status_code == 422
    assert "A word about the flour" in answer.text
    assert "data-work=" in answer.text
    with context.engine.connect() as connection:
        assert connection.execute(select(tables.comment.c.id)).all() == []
    answer = reader.send(worked(reader, comment="A word about the flour"), json=True)
    assert answer.json()["status"] == "approved"


def test_at_the_highest_level_newcomers_wait_even_with_work(reader: Reader, context: AppContext, clock: Clock) -> None:
    set_level(context, clock, "least-4")
    assert reader.send(worked(reader), json=True).json()["status"] == "pending"
    assert "newcomer" in reasons(context)[0]


def test_at_the_highest_level_half_the_work_is_not_enough(reader: Reader, context: AppContext, clock: Clock) -> None:
    with context.engine.connect() as connection:
        key = connection.execute(select(tables.site.c.key).where(tables.site.c.id == 1)).scalar_one()

    def asked_by_the_widget() -> dict[str, Any]:
        return dict(reader.client.get("/altcha/challenge", params={"sitekey": key, "action": "comment"}).json())

    usual = asked_by_the_widget()
    set_level(context, clock, "least-4")
    assert usual["parameters"]["data"]["times"] == 1
    for number, found in enumerate((usual, asked_by_the_widget())):
        fields = worked(reader, comment=f"Thought {number}", author=f"A{number}", email=f"a{number}@example.org")
        reader.send(fields | {"altcha": encoded(work(found))}, json=True)
    half, whole = reasons(context)
    assert "no_work" in half
    assert "no_work" not in whole


class TestTooManyQuestions:
    @pytest.fixture
    def settings(self, settings: Any) -> Any:
        return settings.model_copy(update={"rate_question": "2/hour"})

    def test_the_thread_is_shown_all_the_same_and_the_form_asks_when_it_is_sent(self, reader: Reader) -> None:
        reader.post()
        reader.question()
        answer = reader.client.get("/captcha", params={"page": ARTICLE})
        assert (answer.status_code, int(answer.headers["retry-after"]) <= 1800) == (429, True)
        assert "Too many questions" in answer.json()["error"]
        for path in ("/thread", "/page", "/form"):
            page = reader.client.get(path, params={"page": ARTICLE})
            assert page.status_code == 200
            assert "data-captcha=" in page.text
            assert path == "/form" or "A thought of my own." in page.text

    def test_another_question_is_one_of_them_and_the_form_keeps_the_one_it_has(self, reader: Reader) -> None:
        fields = reader.fields(comment="Kept")
        pages = [reader.send(fields | {"another": "1"}) for _ in range(2)]
        assert [page.status_code for page in pages] == [200, 429]
        assert int(pages[1].headers["retry-after"]) > 1000
        assert "Too many questions" in pages[1].text
        assert "Kept" in pages[1].text
        assert fields["captcha_token"] in pages[1].text
        assert reader.send(fields).status_code == 303

    @pytest.mark.parametrize("token", [{}, {"captcha_token": "forged"}], ids=["without a token", "with a forged one"])
    def test_a_form_without_a_question_of_ours_gets_so_many_and_keeps_what_was_typed(
        self, reader: Reader, token: dict[str, str]
    ) -> None:
        typed = {"page": ARTICLE, "comment": "Kept <b>", "author": "Ada", "email": "ada@example.org"} | token
        pages = [reader.send(typed) for _ in range(3)]
        assert ["captcha-question" in before_scripts(page.text) for page in pages] == [True, True, False]
        assert pages[2].status_code == 429
        assert int(pages[2].headers["retry-after"]) > 1000
        assert "Too many questions" in pages[2].text
        assert "Kept &lt;b&gt;</textarea>" in pages[2].text
        assert 'value="ada@example.org"' in pages[2].text
        answer = reader.send(typed, json=True)
        assert (answer.status_code, "Too many questions" in answer.json()["error"]) == (429, True)
        assert "Kept &lt;b&gt;" in answer.json()["form"]

    def test_who_was_refused_a_question_gets_one_later_and_posts(self, reader: Reader, context: AppContext) -> None:
        typed = {"page": ARTICLE, "comment": "Kept", "author": "Ada", "email": "ada@example.org"}
        assert [reader.send(typed).status_code for _ in range(3)] == [422, 422, 429]
        limits: Any = context.limits
        clock = limits._clock
        limits._clock = lambda: clock() + 1801
        step = reader.send(typed).text
        answered = typed | hidden_fields(step) | {"captcha": solve(shown_question(step))}
        assert reader.send(answered).status_code == 303

    def test_a_preview_is_no_way_to_more_questions_either(self, reader: Reader) -> None:
        typed = {"page": ARTICLE, "comment": "Hello", "author": "Ada", "email": "ada@example.org"}
        preview = reader.client.post("/preview", data=typed, headers={"accept": "text/html"}).text
        assert "captcha-question" not in before_scripts(preview)
        step = reader.send(hidden_fields(preview) | typed)
        answered = typed | hidden_fields(step.text) | {"captcha": solve(shown_question(step.text))}
        assert reader.send(answered).status_code == 303

    def test_a_reply_to_nothing_is_no_way_to_more_questions(self, reader: Reader) -> None:
        typed = {"page": ARTICLE, "comment": "Hello", "comment_parent": "77"}
        assert [reader.send(typed).status_code for _ in range(3)] == [403, 403, 429]


def before_scripts(page: str) -> str:
    """The page as who has no scripts sees it: without templates."""
    return re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)
