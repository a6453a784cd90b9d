"""``/api/v1/public``: what readers read and post, by the form's own checks."""

import pytest
from starlette.testclient import TestClient

from db.models import Status
from service.settings import Settings
from service.web.context import AppContext
from tests.page_titles import approve_titles
from tests.protocols.api.conftest import Program
from tests.protocols.api.test_moderated_comments import pages_of
from tests.reader import ARTICLE, Reader, solve
from tests.web.admin.conftest import AddComment


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(**{**settings.model_dump(), "spam_check": False})


def new_comment(program: Program, **changes: object) -> dict[str, object]:
    question = program.get("/public/question", page=ARTICLE).json()
    answer = {"token": question["token"], "answer": solve(question["question"])}
    return {"page": ARTICLE, "author": "Ada", "email": "ada@example.org", "text": "Mine.", **answer, **changes}


def test_readers_see_what_is_approved_part_by_part(anybody: Program, add: AddComment, context: AppContext) -> None:
    keys = [add(age=age, status=Status.APPROVED) for age in range(5)]
    add(status=Status.PENDING)
    add(status=Status.APPROVED, url="https://blog.example/other", age=9)
    for whole_site in ("false", "true"):
        parts = list(pages_of(anybody, "/public/comments", limit=2, page=ARTICLE + "#x", whole_site=whole_site))
        assert [item["id"] for part in parts for item in part][:5] == keys
    approve_titles(context)
    page = anybody.get("/public/comments", page=ARTICLE).json()["page"]
    assert (page["count"], page["closed"], page["title"]) == (5, False, "A post")
    assert "email" not in anybody.get("/public/comments", page=ARTICLE).text


def test_a_list_is_cached_until_something_changes(anybody: Program, owner: Program, add: AddComment) -> None:
    key = add(status=Status.APPROVED)
    first = anybody.get("/public/comments", page=ARTICLE)
    known = {"if-none-match": first.headers["etag"]}
    path = f"/public/comments?page={ARTICLE}"
    assert anybody.ask("GET", path, headers=known).status_code == 304
    owner.change(f"/comments/{key}", text="New *words*.")
    assert "New <em>words" in anybody.ask("GET", path, headers=known).json()["items"][0]["html"]
    assert anybody.get(f"/public/comments/{key}").json()["excerpt"] == "New words."
    owner.change(f"/comments/{key}", status="trash")
    assert anybody.get(f"/public/comments/{key}").status_code == 404


def test_a_list_needs_a_page_of_a_site(anybody: Program) -> None:
    assert anybody.get("/public/comments").status_code == 422
    assert anybody.get("/public/comments", page="https://nowhere.example/").status_code == 403
    assert anybody.get("/public/comments", page="nothing").status_code == 400


def test_unknown_repeated_and_wrong_parameters_are_refused(anybody: Program) -> None:
    wrong = ("x=1", "limit=0", "limit=51", "limit=1_0", "limit=1&limit=2", "cursor=x", "lang=%00", "lang=" + "x" * 40)
    for query in wrong:
        answer = anybody.ask("GET", f"/public/comments?page={ARTICLE}&{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, query.partition("=")[0]), query


def test_pages_are_counted_and_the_most_discussed_listed(
    anybody: Program, add: AddComment, context: AppContext
) -> None:
    add(status=Status.APPROVED)
    approve_titles(context)
    other = "https://nowhere.example/"
    counted = anybody.post("/public/counts", pages=[ARTICLE, other]).json()["items"]
    assert counted == [{"page": ARTICLE, "count": 1}, {"page": other, "count": None}]
    assert anybody.post("/public/counts", pages=[]).status_code == 422
    popular = anybody.get("/public/popular", site=ARTICLE).json()["items"]
    assert popular == [{"url": ARTICLE, "title": "A post", "count": 1}]


def test_a_right_answer_posts_a_comment_once(anybody: Program, reader: Reader) -> None:
    comment = new_comment(anybody, remember=True)
    posted = anybody.post("/public/comments", **comment)
    assert (posted.status_code, posted.json()["status"]) == (201, "approved")
    assert posted.json()["proof"]
    assert "Mine." in reader.client.get("/comments", params={"page": ARTICLE}).text
    again = anybody.post("/public/comments", **comment)
    assert again.json()["id"] == posted.json()["id"], "a double click"
    other = anybody.post("/public/comments", **{**comment, "text": "Else."})
    assert (other.status_code, bool(other.json()["question"]["token"])) == (422, True)
    reply = anybody.post("/public/comments", **new_comment(anybody, parent=posted.json()["id"], text="And more."))
    assert anybody.get(f"/public/comments/{reply.json()['id']}").json()["parent"] == posted.json()["id"]


def test_a_refused_comment_says_what_is_wrong_and_has_a_question(anybody: Program) -> None:
    comment = new_comment(anybody, email="nowhere", text=" ")
    answer = anybody.post("/public/comments", **comment)
    assert (answer.status_code, {error["field"] for error in answer.json()["errors"]}) == (422, {"email", "text"})
    assert answer.json()["question"]["token"] == comment["token"], "the same question, still open"
    wrong = anybody.post("/public/comments", **new_comment(anybody, answer="99"))
    assert (wrong.status_code, [error["field"] for error in wrong.json()["errors"]]) == (422, ["answer"])
    bare = {"page": ARTICLE, "author": "Ada", "email": "ada@example.org", "text": "Mine."}
    assert "answer the question" in anybody.post("/public/comments", **bare).json()["detail"]
    reviewed = anybody.post("/public/comments", **{**new_comment(anybody, answer=""), "review": True})
    assert (reviewed.status_code, reviewed.json()["status"]) == (201, "pending")


def test_a_closed_page_takes_none(anybody: Program, owner: Program, add: AddComment) -> None:
    add(status=Status.APPROVED)
    page = owner.get("/pages", url=ARTICLE).json()["items"][0]
    owner.change(f"/pages/{page['id']}", closed=True)
    answer = anybody.post("/public/comments", **new_comment(anybody))
    assert (answer.status_code, "closed" in answer.json()["detail"]) == (403, True)


def test_a_script_of_a_foreign_page_may_not_post(anybody: Program) -> None:
    for origin in ("https://nowhere.example", "null"):
        sent = {"origin": origin, "sec-fetch-site": "cross-site"}
        assert anybody.post("/public/comments", sent, **new_comment(anybody)).status_code == 403
    sent = {"origin": "https://blog.example", "sec-fetch-site": "cross-site"}
    posted = anybody.post("/public/comments", sent, **new_comment(anybody))
    assert (posted.status_code, posted.headers["access-control-allow-origin"]) == (201, "*")


def test_the_document_s_page_needs_no_script(client: TestClient) -> None:
    page = client.get("/api/v1/docs")
    assert "<script" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
