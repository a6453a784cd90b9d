"""Work for other forms: from level 3 on ``captcha.js`` brings it, ``siteverify`` tells of it, and nobody is refused."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.captcha import proof_of_work
from service.spam import spam_settings_form
from service.web.context import AppContext
from tests.conftest import Clock
from tests.protocols.siteverify.conftest import Backend, Visitor
from tests.protocols.siteverify.test_proof import challenge, encoded, work
from tests.protocols.siteverify.test_widget_challenge import pasted, question_of, send
from tests.reader import Reader, hidden_fields, solve


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work, "COST", 10)
    monkeypatch.setattr(proof_of_work, "TRIES", (2, 20))


def set_level(context: AppContext, clock: Callable[[], datetime], site_id: int, level: int) -> None:
    context.writer.run(spam_settings_form.save_settings, site_id, {"level": [level, 4]}, clock())
    context.spam.sites.forget(site_id)


@pytest.fixture
def _alarm(context: AppContext, clock: Clock, visitor: Visitor) -> None:
    set_level(context, clock, visitor.site.id, 4)


def answered(visitor: Visitor, question: dict[str, Any], altcha: str, action: str = "contact") -> str:
    answer = visitor.answer(question["token"], solve(question["question"]), action, altcha=altcha)
    assert answer.status_code == 200
    return str(answer.json()["pass"])


def told(backend: Backend, response: str, path: str = "/siteverify") -> tuple[Any, ...]:
    found = backend.verify(response, path)
    return found["success"], found["level"], found["work"]


def test_an_easy_question_asks_for_no_work(visitor: Visitor, backend: Backend) -> None:
    assert visitor.question("contact").json()["work"] == ""
    assert told(backend, visitor.solve("contact")) == (True, 1, False)


@pytest.mark.usefixtures("_alarm")
def test_work_is_asked_for_done_and_told(visitor: Visitor, backend: Backend) -> None:
    question = visitor.question("contact").json()
    assert question["level"] == 3
    assert told(backend, answered(visitor, question, encoded(work(json.loads(question["work"]))))) == (True, 3, True)


@pytest.mark.usefixtures("_alarm")
def test_who_has_not_worked_gets_a_pass_that_says_so(visitor: Visitor, backend: Backend) -> None:
    def one(altcha: str) -> str:
        return answered(visitor, visitor.question("contact").json(), altcha)

    def score(altcha: str) -> float:
        return float(backend.verify(one(altcha), "/recaptcha/api/siteverify")["score"])

    asked = json.loads(visitor.question("contact").json()["work"])
    assert told(backend, one("")) == (True, 3, False)
    assert score("") == 0.3
    assert score(encoded(work(asked))) == 0.9


@pytest.mark.usefixtures("_alarm")
def test_work_of_another_kind_does_not_count(
    visitor: Visitor, backend: Backend, reader: Reader, context: AppContext
) -> None:
    other = json.loads(visitor.question("login").json()["work"])
    widgets = challenge(visitor)
    set_level(context, context.clock, 1, 3)
    comments = json.loads(reader.question()["work"])
    forged = work(json.loads(visitor.question("contact").json()["work"]))
    forged["challenge"]["parameters"]["keyPrefix"] = ""
    for wrong in (encoded(work(other)), encoded(work(widgets)), encoded(work(comments)), encoded(forged), "junk"):
        question = visitor.question("contact").json()
        assert told(backend, answered(visitor, question, wrong)) == (True, 3, False)


@pytest.mark.usefixtures("_alarm")
def test_work_is_good_once_however_it_is_spelt_also_with_a_wrong_answer(visitor: Visitor) -> None:
    question = visitor.question("contact").json()
    done = encoded(work(json.loads(question["work"])))
    assert visitor.answer(question["token"], "99", "contact", altcha=done).status_code == 422
    respelt = json.loads(base64.b64decode(done)) | {"more": [1]}
    for spelling in (done, base64.b64encode(json.dumps(respelt, indent=2).encode()).decode()):
        question = visitor.question("contact").json()
        answer = visitor.answer(question["token"], solve(question["question"]), "contact", altcha=spelling)
        assert (answer.status_code, "already been answered" in answer.json()["error"]) == (422, True)
        assert answer.json()["challenge"]["work"]


@pytest.mark.usefixtures("_alarm")
def test_work_for_a_form_is_worth_nothing_by_itself(visitor: Visitor, backend: Backend) -> None:
    done = encoded(work(json.loads(visitor.question("contact").json()["work"])))
    for path in ("/siteverify", "/altcha/siteverify"):
        assert backend.verify(done, path)["error-codes"] == ["invalid-input-response"]


@pytest.mark.usefixtures("_alarm")
def test_an_empty_answer_keeps_the_question_and_brings_work(visitor: Visitor) -> None:
    question = visitor.question().json()
    empty = visitor.answer(question["token"], " ").json()["challenge"]
    assert (empty["token"], bool(empty["work"])) == (question["token"], True)


@pytest.mark.usefixtures("_alarm")
def test_the_page_without_javascript_stays_at_the_sum(client: TestClient, visitor: Visitor, backend: Backend) -> None:
    page = client.get("/captcha/pass", params={"sitekey": visitor.site.key})
    assert "altcha" not in hidden_fields(page.text)
    code = send(client, page.text, answer=solve(question_of(page.text))).text
    assert told(backend, pasted(code)) == (True, 3, False)


def test_a_stock_of_easy_questions_ends_with_an_alarm(context: AppContext, visitor: Visitor, backend: Backend) -> None:
    easy = visitor.question("contact").json()
    set_level(context, context.clock, visitor.site.id, 4)
    for answer in (solve(easy["question"]), "99"):  # it does not say which of them is right
        refused = visitor.answer(easy["token"], answer, "contact")
        assert (refused.status_code, refused.json()["error"]) == (422, "Please answer the question.")
    harder = refused.json()["challenge"]
    assert harder["level"] == 3
    assert told(backend, answered(visitor, harder, encoded(work(json.loads(harder["work"]))))) == (True, 3, True)
