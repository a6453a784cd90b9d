"""Proofs of work: ours to sign, ALTCHA's to solve (see tests/clients), and good once."""

import base64
import json
from copy import deepcopy
from hashlib import pbkdf2_hmac
from typing import Any

import pytest

from service.captcha import proof_of_work
from tests.conftest import Clock
from tests.protocols.siteverify.conftest import SHOP, Backend, Visitor


def challenge(visitor: Visitor, origin: str = SHOP) -> dict[str, Any]:
    query = {"sitekey": visitor.site.key, "action": "contact"}
    answer = visitor.client.get("/altcha/challenge", params=query, headers={"origin": origin})
    assert answer.status_code == 200
    return dict(answer.json())


def work(found: dict[str, Any]) -> dict[str, Any]:
    """The proof, by trying counters."""
    asked = found["parameters"]
    nonce, salt = bytes.fromhex(asked["nonce"]), bytes.fromhex(asked["salt"])
    for counter in range(2000):
        key = pbkdf2_hmac("sha256", nonce + counter.to_bytes(4, "big"), salt, asked["cost"])
        if key.hex().startswith(asked["keyPrefix"]):
            return {"challenge": found, "solution": {"counter": counter, "derivedKey": key.hex(), "time": 1}}
    raise AssertionError("unsolvable")


def encoded(payload: Any) -> str:
    return base64.b64encode(json.dumps(payload).encode()).decode()


def codes(backend: Backend, payload: Any) -> list[str]:
    text = payload if isinstance(payload, str) else encoded(payload)
    return list(backend.verify(text, "/altcha/siteverify")["error-codes"])


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work, "COST", 10)


def test_work_is_worth_a_success_once(visitor: Visitor, backend: Backend) -> None:
    solved = encoded(work(challenge(visitor)))
    found = backend.verify(solved, "/altcha/siteverify")
    assert (found["success"], found["hostname"], found["action"]) == (True, "shop.example", "contact")
    assert codes(backend, solved) == ["timeout-or-duplicate"]


def test_another_spelling_is_the_same_proof(visitor: Visitor, backend: Backend) -> None:
    solved = work(challenge(visitor))
    assert codes(backend, solved) == []
    respelt = deepcopy(solved) | {"more": 1}
    respelt["solution"]["counter"] = 7
    respelt["solution"]["derivedKey"] = respelt["solution"]["derivedKey"].upper()
    respelt["challenge"]["signature"] = respelt["challenge"]["signature"].upper()
    assert codes(backend, respelt) == ["timeout-or-duplicate"]


def test_work_does_not_stand_for_the_sum_nor_the_sum_for_work(visitor: Visitor, backend: Backend) -> None:
    assert backend.codes(encoded(work(challenge(visitor)))) == ["invalid-input-response"]
    assert codes(backend, visitor.solve()) == ["invalid-input-response"]


def test_work_grows_old(visitor: Visitor, backend: Backend, clock: Clock) -> None:
    solved = work(challenge(visitor))
    clock.advance(minutes=20)
    assert codes(backend, solved) == ["timeout-or-duplicate"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("expiresAt", 9_999_999_999), ("data", {"action": "contact", "site": 2}), ("nonce", "00" * 16), ("cost", 1)],
)
def test_what_was_changed_proves_nothing(visitor: Visitor, backend: Backend, name: str, value: object) -> None:
    solved = work(challenge(visitor))
    solved["challenge"]["parameters"][name] = value
    assert codes(backend, solved) == ["invalid-input-response"]


@pytest.mark.parametrize("key", ["", "00" * 32, "zz", 7, None, []])
def test_no_work_proves_nothing(visitor: Visitor, backend: Backend, key: object) -> None:
    found = challenge(visitor)
    assert codes(backend, {"challenge": found, "solution": {"derivedKey": key}}) == ["invalid-input-response"]


@pytest.mark.parametrize("payload", ["junk", "é", [], {}, {"challenge": None}, {"challenge": {"parameters": []}}, 7])
def test_junk_proves_nothing(backend: Backend, payload: object) -> None:
    assert codes(backend, payload) == ["invalid-input-response"]


def test_a_page_of_somebody_else_gets_no_work(visitor: Visitor) -> None:
    query = {"sitekey": visitor.site.key}
    answer = visitor.client.get("/altcha/challenge", params=query, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
