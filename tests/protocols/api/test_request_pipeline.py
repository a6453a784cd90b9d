"""What all operations have in common: problems, bodies, keys for repeated requests, and the document."""

import json
from collections import Counter
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from service.protocols.api import stored_answers
from service.protocols.api.document_routes import DOCUMENTED
from service.protocols.api.routes import api_routes
from service.web import context as context_module
from service.web.context import AppContext
from service.web.http.api_problems import API, MEDIA_TYPE
from tests.app_client import AppClient
from tests.conftest import Clock
from tests.protocols.api.conftest import Program
from tests.reader import ARTICLE
from tests.web.admin.conftest import AddComment


def posted(program: Program, key: str, text: str = "Once.") -> Any:
    return program.post("/comments", {"idempotency-key": key}, page=ARTICLE, text=text)


def test_the_document_has_every_route_and_no_other(client: TestClient) -> None:
    document = client.get(f"{API}/openapi.json").json()
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    routes = [route for route in client.app.routes if isinstance(route, Route) and route.path.startswith(API)]  # type: ignore[attr-defined]
    served = {(method, route.path.removeprefix(API)) for route in routes for method in route.methods or ()}
    assert named == {(method, path) for method, path in served if method not in ("HEAD", "OPTIONS")}
    assert len(routes) == len(api_routes())
    assert document["openapi"] == "3.1.0"


def test_each_operation_has_a_name_and_a_sentence() -> None:
    assert max(Counter(operation.name for operation in DOCUMENTED).values()) == 1
    assert [operation.name for operation in DOCUMENTED if not operation.description.endswith(".")] == []


def test_the_document_refers_to_types_that_are_there(client: TestClient) -> None:
    text = client.get(f"{API}/openapi.json").text
    schemas = json.loads(text)["components"]["schemas"]
    named = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)
    assert set(schemas) - named <= {"StatisticsQuery"}
    assert '"ge"' not in text


def test_every_refusal_is_a_problem(client: TestClient) -> None:
    refused = [("GET", "/nothing", 404), ("GET", "", 404), ("PUT", "/comments", 405), ("TRACE", "/me", 405)]
    for method, path, status in [*refused, ("GET", "/me", 401)]:
        answer = client.request(method, API + path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
        assert (answer.json()["status"], answer.headers["access-control-allow-origin"]) == (status, "*")
        assert (status == 405) == ("allow" in answer.headers)


BODIES = [
    (b"{", "application/json", 400),
    (b"[]", "application/json", 400),
    (b'{"page": "x", "page": "y"}', "application/json", 400),
    (b'{"page": "\\ud800"}', "application/json", 400),
    (b'{"page": [{"x": "\\u0000"}]}', "application/json", 400),
    (b'{"page": "\\\\u0000", "text": "x"}', "application/json", 400),  # no NUL, and no address
    (b"{}", "text/plain", 415),
    (b"{}", "", 415),
    (b'{"page": "https://blog.example/", "text": "x", "sight": 1}', "application/json", 422),
    (b'{"page": 7, "text": "x"}', "application/json", 422),
    (b" " * 300_000, "application/json", 413),
]


def test_a_body_that_is_not_understood_is_refused(owner: Program) -> None:
    for content, kind, status in BODIES:
        headers = {"content-type": kind} if kind else {}
        answer = owner.ask("POST", "/comments", content=content, headers=headers)
        assert answer.status_code == status, content[:60]


def test_a_crash_is_a_problem_with_the_number_of_the_request(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_context: object, _max_age: float = 0) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(context_module.AppContext, "sites", crash)
    with AppClient(client.app, base_url="http://comments.test", raise_server_exceptions=False) as other:
        answer = other.get(f"{API}/public/popular", params={"site": ARTICLE})
    assert (answer.status_code, answer.headers["content-type"]) == (500, MEDIA_TYPE)
    assert answer.json()["request"] == answer.headers["x-request-id"]


def test_a_repeated_request_does_its_work_once(owner: Program) -> None:
    first, again = posted(owner, "k1"), posted(owner, "k1")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert {name: again.headers.get(name) for name in ("etag", "location", "idempotency-replayed")} == {
        "etag": first.headers["etag"],
        "location": first.headers["location"],
        "idempotency-replayed": "true",
    }
    assert owner.get("/counts").json()["approved"] == 1
    assert posted(owner, "k1", "Else.").status_code == 422
    assert posted(owner, "k2", "Else.").status_code == 201


def test_a_refused_request_may_be_corrected_under_its_key(owner: Program) -> None:
    assert posted(owner, "k1", " ").status_code == 422
    assert posted(owner, "k1", "Corrected.").status_code == 201


def test_keys_are_those_of_a_token_and_end_after_a_day(
    owner: Program, anybody: Program, clock: Clock, context: AppContext
) -> None:
    made = owner.post("/tokens", name="other", scopes=["comments:post"]).json()
    other = Program(owner.client, made["token"])
    assert posted(owner, "k1").status_code == 201
    assert posted(other, "k1", "Theirs.").status_code == 201
    clock.advance(hours=25)
    assert posted(owner, "k1", "Another day.").status_code == 201
    for key in ("", "x" * 201, "a\tb"):
        assert posted(owner, key, "More.").status_code == 422


def test_a_request_that_is_under_way_keeps_its_key(
    owner: Program, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_answers, "finish", lambda *_: None)  # as if the first one had not ended yet
    assert posted(owner, "k1").status_code == 201
    assert posted(owner, "k1").status_code == 409


def test_there_is_a_limit_of_keys(owner: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_answers, "MOST", 2)
    assert [posted(owner, f"k{number}", f"No. {number}").status_code for number in range(3)] == [201, 201, 429]


def test_an_answer_is_not_given_again_to_somebody_without_the_key(anybody: Program, context: AppContext) -> None:
    with context.engine.connect() as connection:
        check_key = connection.exec_driver_sql("SELECT check_key FROM site").scalars().first()
    known = {"idempotency-key": "k1", "authorization": f"Bearer {check_key}"}
    assert anybody.post("/check", known, text="x").status_code == 200
    assert anybody.post("/check", {"idempotency-key": "k1"}, text="x").status_code == 401


def test_a_secret_is_not_kept(owner: Program, context: AppContext) -> None:
    sent = {"idempotency-key": "k1"}
    made = owner.post("/sites", sent, origin="https://new.example/x")
    assert made.json()["secret"]
    assert owner.post("/sites", sent, origin="https://new.example/x").status_code == 409
    with context.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT answer FROM stored_answer").scalar_one()
    assert made.json()["secret"].encode() not in stored


def test_without_a_store_it_is_a_problem(owner: Program, add: AddComment, context: AppContext) -> None:
    context.writer.close(None)
    answer = posted(owner, "k")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
