"""The question for a form of the site, and its answer."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.ratelimit import Rate, configured_limits
from service.settings import Settings
from service.web.context import AppContext
from tests.buckets import Ticks, noted, use_up
from tests.conftest import PUBLIC_URL, Clock
from tests.protocols.siteverify.conftest import SHOP, Backend, Visitor, register
from tests.reader import Reader, hidden_fields, solve

AGAIN = "That question has already been answered. Here is a new one."
FOREIGN = "That question was for another form. Here is a new one."


def test_a_question_has_all_that_a_script_shows(visitor: Visitor) -> None:
    answer = visitor.question("contact")
    question = answer.json()
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    assert question["words"]["label"] == f"What is {question['spoken']}?"
    assert solve(question["question"]).isdigit()


def test_the_right_answer_is_worth_a_pass_for_five_minutes(visitor: Visitor, backend: Backend) -> None:
    question = visitor.question("contact").json()
    answer = visitor.answer(question["token"], solve(question["question"]), "contact")
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 300
    assert backend.codes(answer.json()["pass"]) == []


def test_a_wrong_answer_burns_the_question_and_brings_another(visitor: Visitor) -> None:
    question = visitor.question().json()
    wrong = visitor.answer(question["token"], "99")
    assert wrong.status_code == 422
    assert wrong.json()["error"] == "That was not the right answer. Here is a new question."
    assert wrong.json()["challenge"]["token"] != question["token"]
    late = visitor.answer(question["token"], solve(question["question"]))
    assert (late.status_code, late.json()["error"]) == (422, AGAIN)
    fresh = wrong.json()["challenge"]
    assert visitor.answer(fresh["token"], solve(fresh["question"])).status_code == 200


def test_one_question_is_worth_one_pass_in_every_spelling(visitor: Visitor) -> None:
    question = visitor.question().json()
    right = solve(question["question"])
    spellings = [question["token"] + tail for tail in ("", "", "=", "==", "\n", "!")]
    answers = [visitor.answer(spelling, right) for spelling in spellings]
    assert [answer.status_code for answer in answers] == [200] + [422] * 5


def test_an_empty_answer_keeps_the_question(visitor: Visitor) -> None:
    question = visitor.question().json()
    empty = visitor.answer(question["token"], " ")
    assert empty.status_code == 422
    assert empty.json()["challenge"]["token"] == question["token"]
    assert visitor.answer(question["token"], solve(question["question"])).status_code == 200


@pytest.mark.parametrize(("origin", "action"), [(SHOP, "login"), ("https://other.example", "contact")])
def test_a_question_is_good_for_its_form_and_its_site_only(
    client: TestClient, context: AppContext, clock: Clock, visitor: Visitor, origin: str, action: str
) -> None:
    question = visitor.question("contact").json()
    right = solve(question["question"])
    asked = visitor if origin == SHOP else Visitor(client, register(context, clock, origin))
    foreign = asked.answer(question["token"], right, action, origin=origin)
    assert (foreign.status_code, foreign.json()["error"]) == (422, FOREIGN)
    assert visitor.answer(question["token"], right, "contact").status_code == 200


def test_a_comments_question_and_a_forms_question_are_two_things(visitor: Visitor, reader: Reader) -> None:
    comments = reader.question()
    assert visitor.answer(comments["token"], solve(comments["question"])).json()["error"] == FOREIGN
    forms = visitor.question().json()
    fields = reader.fields(captcha_token=forms["token"], captcha=solve(forms["question"]))
    assert reader.send(fields).status_code == 422


@pytest.mark.parametrize("token", ["", "junk", "x" * 5000, "é"])
def test_a_token_that_is_none_brings_a_new_question(visitor: Visitor, token: str) -> None:
    answer = visitor.answer(token, "7")
    assert answer.status_code == 422
    assert answer.json()["challenge"]["token"]


def test_an_old_question_is_replaced(visitor: Visitor, clock: Clock) -> None:
    question = visitor.question().json()
    clock.advance(hours=25)
    answer = visitor.answer(question["token"], solve(question["question"]))
    assert (answer.status_code, answer.json()["error"]) == (422, "That question has expired. Here is a new one.")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://shop.example", "null", "https://shop.example:444"])
def test_a_page_of_somebody_else_gets_no_question(visitor: Visitor, origin: str) -> None:
    question = visitor.question().json()
    for answer in (visitor.question(origin=origin), visitor.answer(question["token"], "7", origin=origin)):
        assert answer.status_code == 403
        assert answer.json()["error"] == f"This sitekey belongs to {SHOP}, not to {origin}."


@pytest.mark.parametrize("query", [{}, {"sitekey": "000000000000"}, {"sitekey": "a\x00b"}, {"sitekey": "x" * 500}])
def test_an_unknown_sitekey_is_refused_with_a_sentence(client: TestClient, query: dict[str, str]) -> None:
    answer = client.get("/captcha/challenge", params=query, headers={"accept": "*/*"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("No site has this sitekey.")


@pytest.mark.parametrize("more", [{"action": "a b"}, {"action": "x" * 101}, {"cdata": "x" * 256}, {"cdata": "é"}])
def test_action_and_cdata_have_bounds(visitor: Visitor, more: dict[str, str]) -> None:
    assert visitor.question(**more).status_code == 400


def test_a_client_may_ask_sixty_times_a_minute(visitor: Visitor) -> None:
    answers = [visitor.question() for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert answers[-1].headers["retry-after"] == "1"


def test_the_page_without_javascript_gives_a_code(client: TestClient, visitor: Visitor, backend: Backend) -> None:
    query = {"sitekey": visitor.site.key, "action": "contact"}
    page = client.get("/captcha/pass", params=query)
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    code = pasted(send(client, page.text, answer=solve(question_of(page.text))).text)
    found = backend.verify(code)
    assert (found["success"], found["action"], found["hostname"]) == (True, "contact", "shop.example")


def test_a_wrong_answer_on_the_page_asks_again(client: TestClient, visitor: Visitor) -> None:
    page = client.get("/captcha/pass", params={"sitekey": visitor.site.key})
    wrong = send(client, page.text, answer="99")
    assert wrong.status_code == 422
    assert "That was not the right answer. Here is a new question." in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    assert pasted(send(client, wrong.text, answer=solve(question_of(wrong.text))).text)


def test_the_page_has_another_question(client: TestClient, visitor: Visitor) -> None:
    page = client.get("/captcha/pass", params={"sitekey": visitor.site.key})
    another = send(client, page.text, another="1")
    assert another.status_code == 200
    assert hidden_fields(another.text)["token"] != hidden_fields(page.text)["token"]


def test_the_page_speaks_of_an_unknown_sitekey(client: TestClient) -> None:
    answer = client.get("/captcha/pass?sitekey=nobody")
    assert answer.status_code == 400
    assert "No site has this sitekey." in answer.text


def test_the_script_is_served(client: TestClient) -> None:
    answer = client.get("/captcha.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")


def question_of(page: str) -> str:
    return page.partition('class="captcha-question" aria-hidden="true">')[2].partition("<")[0]


def pasted(page: str) -> str:
    return page.partition("<textarea")[2].partition(">")[2].partition("<")[0]


def send(client: TestClient, page: str, **fields: str) -> Any:
    return client.post("/captcha/pass", data=hidden_fields(page) | fields, headers={"origin": PUBLIC_URL})


class TestTooManyQuestions:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Few posts, as an owner may want, are no reason for few questions."""
        return settings.model_copy(update={"rate_site": "5/hour"})

    @pytest.fixture(autouse=True)
    def _fewer_questions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """So few that others can use them up."""
        monkeypatch.setattr(configured_limits, "SITE_QUESTIONS", Rate.parse("100/minute"))

    @pytest.mark.parametrize("use", ["challenge", "challenged"], ids=["its network has", "others have"])
    def test_a_right_answer_is_taken_though_the_questions_are_used_up(
        self, visitor: Visitor, context: AppContext, use: str
    ) -> None:
        question = visitor.question("contact").json()
        use_up(context.limits, visitor.question, use)
        assert visitor.question("contact").status_code == 429
        assert visitor.answer(question["token"], solve(question["question"]), "contact").status_code == 200

    def test_a_wrong_one_is_spent_so_that_no_refusal_tells_what_it_was_worth(
        self, visitor: Visitor, context: AppContext, ticks: Ticks
    ) -> None:
        question = visitor.question().json()
        use_up(context.limits, visitor.question, "challenged")
        assert visitor.answer(question["token"], "99").status_code == 429
        assert visitor.answer(question["token"], solve(question["question"])).status_code == 429
        ticks.now += 60
        assert visitor.answer(question["token"], solve(question["question"])).json()["error"] == AGAIN

    def test_who_is_refused_reads_when_to_ask_again_and_by_which_button(
        self, visitor: Visitor, context: AppContext
    ) -> None:
        use_up(context.limits, visitor.question, "challenged")
        refused = visitor.question(lang="de")
        assert refused.json()["error"] == "Zu viele Anfragen. Bitte warten Sie einen Moment."
        assert refused.json()["words"]["another"] == "Andere Frage"
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["access-control-expose-headers"] == "Retry-After"

    def test_pages_of_somebody_else_use_up_nothing(self, visitor: Visitor) -> None:
        for _ in range(61):
            assert visitor.question(origin="https://evil.example").status_code == 403
        assert visitor.question().status_code == 200

    def test_an_answer_takes_none_of_the_questions(self, visitor: Visitor, context: AppContext) -> None:
        question = visitor.question("contact").json()
        with noted(context.limits) as drawn:
            assert visitor.answer(question["token"], solve(question["question"]), "contact").status_code == 200
        assert {use for use, _ in drawn} == {"answer"}

    def test_comments_of_the_same_site_are_asked_all_the_same(
        self, visitor: Visitor, client: Any, context: AppContext
    ) -> None:
        client.portal.call(context.read_sites)
        use_up(context.limits, visitor.question, "challenged")
        assert visitor.question().status_code == 429
        assert client.get("/captcha", params={"page": f"{SHOP}/post"}).status_code == 200

    def test_a_client_may_answer_sixty_times_a_minute(self, visitor: Visitor) -> None:
        question = visitor.question().json()
        answers = [visitor.answer(question["token"], "") for _ in range(61)]
        assert [answer.status_code for answer in answers] == [422] * 60 + [429]


@pytest.mark.parametrize("more", [{"action": "contact\n"}, {"cdata": "note\n"}])
def test_a_line_feed_belongs_to_no_action_and_no_note(visitor: Visitor, more: dict[str, str]) -> None:
    assert visitor.question(**more).status_code == 400
