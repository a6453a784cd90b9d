"""``siteverify``: what a pass is worth, in every shape that clients ask it in."""

import json
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from service.captcha.passes import Passes
from service.web.context import AppContext
from tests.buckets import use_up
from tests.conftest import Clock
from tests.protocols.siteverify.conftest import SHOP, Backend, Visitor, register
from tests.reader import solve

SCALARS = st.none() | st.booleans() | st.floats() | st.text()
NAMES = st.sampled_from(["secret", "response", "sitekey", "idempotency_key"]) | st.text()
PATHS = ["/siteverify", "/recaptcha/api/siteverify", "/turnstile/v0/siteverify"]


def test_a_pass_says_who_solved_what_where_and_when(visitor: Visitor, backend: Backend) -> None:
    assert backend.verify(visitor.solve("contact", cdata="order 7")) == {
        "success": True,
        "challenge_ts": "2026-11-24T12:00:00Z",
        "hostname": "shop.example",
        "action": "contact",
        "cdata": "order 7",
        "level": 1,
        "work": False,
        "error-codes": [],
    }


@pytest.mark.parametrize("path", PATHS)
def test_every_path_takes_a_form_a_multipart_and_json(
    client: TestClient, visitor: Visitor, backend: Backend, path: str
) -> None:
    def asked() -> dict[str, str]:
        return {"secret": backend.site.secret, "response": visitor.solve(), "remoteip": "None"}

    answers = [
        client.post(path, data=asked()),
        client.post(path, files={name: (None, value) for name, value in asked().items()}),
        client.post(path, json=asked() | {"remoteip": None, "idempotency_key": None, "sitekey": None}),
        client.post(path, json=asked(), headers={"content-type": "application/json; charset=UTF-8"}),
    ]
    assert [answer.json()["success"] for answer in answers] == [True] * 4
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_a_client_of_recaptcha_v3_finds_a_score_beside_success_only(visitor: Visitor, backend: Backend) -> None:
    token = visitor.solve()
    assert backend.verify(token, "/recaptcha/api/siteverify")["score"] == 0.9
    assert "score" not in backend.verify(token, "/recaptcha/api/siteverify")
    assert "score" not in backend.verify(visitor.solve())


@pytest.mark.parametrize("nothing", ["", "None", "null", "undefined"])
def test_optional_fields_without_a_value_are_not_there(visitor: Visitor, backend: Backend, nothing: str) -> None:
    assert backend.codes(visitor.solve(), remoteip=nothing, sitekey=nothing, idempotency_key=nothing) == []


def test_a_pass_is_taken_once(visitor: Visitor, backend: Backend) -> None:
    token = visitor.solve()
    assert [backend.codes(token) for _ in range(3)] == [[], ["timeout-or-duplicate"], ["timeout-or-duplicate"]]


def test_a_pass_is_taken_once_in_every_spelling(visitor: Visitor, backend: Backend) -> None:
    """Base64 ignores the last bits of its last letter, so several texts are one signature."""
    token = visitor.solve()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spellings = [token[:-1] + letter for letter in letters] + [token + tail for tail in ("=", "==", "\n", " ", "!")]
    outcomes = [backend.codes(spelling) for spelling in spellings]
    assert outcomes.count([]) == 1
    assert ["timeout-or-duplicate"] in outcomes


def test_a_pass_lives_for_five_minutes(visitor: Visitor, backend: Backend, clock: Clock) -> None:
    young, old = visitor.solve(), visitor.solve()
    clock.advance(seconds=299)
    assert backend.codes(young) == []
    clock.advance(seconds=1)
    assert backend.codes(old) == ["timeout-or-duplicate"]


def test_the_same_idempotency_key_gets_the_same_answer_again(visitor: Visitor, backend: Backend, clock: Clock) -> None:
    token, key = visitor.solve(), str(uuid.uuid4())
    first = backend.verify(token, idempotency_key=key)
    clock.advance(seconds=310)
    assert first["success"]
    assert backend.verify(token, idempotency_key=key.upper()) == first


def test_another_idempotency_key_does_not_open_a_used_pass(visitor: Visitor, backend: Backend) -> None:
    with_key, without = visitor.solve(), visitor.solve()
    assert backend.codes(with_key, idempotency_key=str(uuid.uuid4())) == []
    assert backend.codes(with_key, idempotency_key=str(uuid.uuid4())) == ["timeout-or-duplicate"]
    assert backend.codes(with_key) == ["timeout-or-duplicate"]
    assert backend.codes(without) == []
    assert backend.codes(without, idempotency_key=str(uuid.uuid4())) == ["timeout-or-duplicate"]


def test_an_idempotency_key_does_not_make_an_expired_pass_young(
    visitor: Visitor, backend: Backend, clock: Clock
) -> None:
    token, key = visitor.solve(), str(uuid.uuid4())
    clock.advance(seconds=301)
    assert [backend.codes(token, idempotency_key=key) for _ in range(2)] == [["timeout-or-duplicate"]] * 2


def test_an_idempotency_key_is_a_uuid(visitor: Visitor, backend: Backend) -> None:
    assert backend.codes(visitor.solve(), idempotency_key="again") == ["bad-request"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"secret": ""}, ["missing-input-secret"]),
        ({"response": ""}, ["missing-input-response"]),
        ({"secret": "", "response": ""}, ["missing-input-secret", "missing-input-response"]),
        ({"secret": "wrong"}, ["invalid-input-secret"]),
        ({"secret": "x" * 5000}, ["invalid-input-secret"]),
        ({"response": "junk"}, ["invalid-input-response"]),
        ({"response": "x" * 3000}, ["invalid-input-response"]),
        ({"response": "XXXX.DUMMY.TOKEN.XXXX"}, ["invalid-input-response"]),
        ({"response": "a\x00b"}, ["bad-request"]),
        ({"sitekey": "000000000000"}, ["sitekey-secret-mismatch"]),
    ],
)
def test_what_is_wrong_has_a_code(
    backend: Backend, visitor: Visitor, changes: dict[str, str], codes: list[str]
) -> None:
    fields = {"response": visitor.solve()} | changes
    assert backend.codes(**fields) == codes


def test_the_sites_own_sitekey_may_be_sent(visitor: Visitor, backend: Backend) -> None:
    assert backend.codes(visitor.solve(), sitekey=backend.site.key) == []


def test_the_public_key_is_no_secret(visitor: Visitor, backend: Backend) -> None:
    assert backend.codes(visitor.solve(), secret=backend.site.key) == ["invalid-input-secret"]


def test_a_pass_of_another_site_is_refused_and_stays_good(
    client: TestClient, context: AppContext, clock: Clock, visitor: Visitor, backend: Backend
) -> None:
    other = Backend(client, register(context, clock, "https://other.example"))
    token = visitor.solve()
    assert other.codes(token) == ["invalid-input-response", "sitekey-secret-mismatch"]
    assert backend.codes(token) == []


def test_a_question_is_no_pass(visitor: Visitor, backend: Backend) -> None:
    assert backend.codes(visitor.question().json()["token"]) == ["invalid-input-response"]


def test_what_another_key_signed_is_no_pass(context: AppContext, backend: Backend) -> None:
    forged = context.keyring.serializer("captcha").dumps({"v": 1, "n": "", "s": 1, "h": "", "a": "", "c": "", "i": 0})
    assert backend.codes(str(forged)) == ["invalid-input-response"]


def test_the_longest_pass_fits_into_2048_characters(context: AppContext, clock: Clock) -> None:
    text = Passes(context.keyring).issue(
        1, "h" * 253, "a" * 100, "".join(map(chr, range(32, 127))) * 2 + "c" * 65, clock()
    )
    assert len(text) <= 2048
    assert Passes(context.keyring).read(text)


def test_every_path_takes_a_query_and_a_form_without_its_type(
    client: TestClient, visitor: Visitor, backend: Backend
) -> None:
    """As Waline, flask-recaptcha and Flask-xCaptcha (GET), recaptcha-verify and grecaptcha (POST) send it."""

    def asked() -> dict[str, str]:
        return {"secret": backend.site.secret, "response": visitor.solve()}

    def untyped(path: str, **headers: str) -> Any:
        return client.post(path, content=urlencode(asked()).encode(), headers=headers)

    for path in PATHS:
        answers = [
            client.get(path, params=asked()),
            client.post(path, params=asked()),
            client.post(path, params=asked(), json={}),
            client.post(path, params={"secret": backend.site.secret}, data={"response": visitor.solve()}),
            untyped(path),
            untyped(path, **{"content-type": "text/plain;charset=UTF-8"}),
        ]
        assert [answer.json()["error-codes"] for answer in answers] == [[]] * 6


def test_a_query_spends_a_pass_as_a_form_does(client: TestClient, visitor: Visitor, backend: Backend) -> None:
    query = {"secret": backend.site.secret, "response": visitor.solve()}
    assert client.get("/siteverify", params=query).json()["success"]
    assert client.get("/siteverify", params=query).json()["error-codes"] == ["timeout-or-duplicate"]
    assert client.get("/siteverify").json()["error-codes"] == ["missing-input-secret", "missing-input-response"]


@pytest.mark.parametrize("doubled", ["&secret=x", "&response=x", "&secret=%00"])
def test_a_field_in_two_places_is_a_bad_request(
    client: TestClient, visitor: Visitor, backend: Backend, doubled: str
) -> None:
    query = {"secret": backend.site.secret, "response": visitor.solve()}
    twice = f"/siteverify?{urlencode(query)}{doubled}"
    assert client.get(twice).json()["error-codes"] == ["bad-request"]
    in_both = client.post("/siteverify", params=query, data={"response": query["response"]})
    assert in_both.json()["error-codes"] == ["bad-request"]
    assert backend.codes(query["response"]) == []


def test_looking_at_the_headers_spends_nothing(client: TestClient, visitor: Visitor, backend: Backend) -> None:
    query = {"secret": backend.site.secret, "response": visitor.solve()}
    assert client.head("/siteverify", params=query).status_code == 200
    assert backend.codes(query["response"]) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'["secret"]', "application/json"),
        (b'"text"', "application/json"),
        (b"null", "application/json"),
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"secret": "\\ud800", "response": "x"}', "application/json"),
        (b'{"secret": "s", "response": "a\\u0000b"}', "application/json"),
        (b'{"secret": 7, "response": "x"}', "application/json"),
        (b'{"secret": "s", "response": ["x"]}', "application/json"),
        (b'{"secret": "s", "response": "x", "sitekey": {}}', "application/json"),
        (b'{"secret": "a", "secret": "b", "response": "x"}', "application/json"),
        (b'{"secret": ' + b"9" * 5000 + b', "response": "x"}', "application/json"),
        (b"secret=a&secret=b&response=x", "application/x-www-form-urlencoded"),
        (b"secret=%ff&response=x", "application/x-www-form-urlencoded"),
        (b"secret=a\xc3\x28", "application/x-www-form-urlencoded"),
        (b"secret=a&response=" + b"x" * 300_000, "application/x-www-form-urlencoded"),
        (b'{"secret": "' + b"x" * 300_000 + b'"}', "application/json"),
        (b"--no boundary", "multipart/form-data"),
        (b"secret=a&response=x", "text/html"),
        (b"secret=a&secret=b&response=x", "text/plain"),
        (b"secret=%00&response=x", "text/plain"),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(client: TestClient, content: bytes, kind: str) -> None:
    for path in PATHS:
        answer = client.post(path, content=content, headers={"content-type": kind})
        assert (answer.status_code, answer.json()) == (200, {"success": False, "error-codes": ["bad-request"]})


@given(st.recursive(SCALARS, lambda inner: st.dictionaries(NAMES, inner) | st.lists(inner)))
def test_no_json_at_all_makes_it_fail(client: TestClient, found: Any) -> None:
    content = json.dumps(found).encode()
    answer = client.post("/siteverify", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert not answer.json()["success"]


def test_a_database_that_is_away_is_an_internal_error(
    backend: Backend, visitor: Visitor, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = visitor.solve()

    async def away(*_: object, **_more: object) -> None:
        raise OperationalError("", {}, Exception("locked"))

    monkeypatch.setattr(context, "write", away)
    assert backend.codes(token) == ["internal-error"]
    monkeypatch.undo()
    assert backend.codes(token) == []


@pytest.mark.parametrize("use", ["siteverify", "verifier"], ids=["its site has", "its machine has"])
def test_a_backend_waits_when_too_much_was_asked(
    backend: Backend, visitor: Visitor, context: AppContext, use: str
) -> None:
    token = visitor.solve()
    use_up(context.limits, lambda: backend.codes("junk"), use)
    answer = backend.client.post("/siteverify", data={"secret": backend.site.secret, "response": token})
    assert answer.json() == {"success": False, "error-codes": ["internal-error"]}
    assert answer.headers["retry-after"] == "1"


def test_the_shop_is_told_its_own_host_when_the_browser_named_none(visitor: Visitor, backend: Backend) -> None:
    question = visitor.question(origin=None).json()
    token = visitor.answer(question["token"], solve(question["question"]), origin=SHOP).json()["pass"]
    assert backend.verify(token)["hostname"] == "shop.example"
