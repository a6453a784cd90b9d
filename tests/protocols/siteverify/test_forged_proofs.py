"""Proofs of work without the work, or of other work, each refused with its code."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.captcha import proof_of_work
from service.web.context import AppContext
from tests.conftest import Clock
from tests.protocols.siteverify.conftest import Backend, Visitor, register
from tests.protocols.siteverify.forging import FOREIGN, NO_PASS, USED, Attack, Scene
from tests.protocols.siteverify.test_proof import challenge, encoded, work
from tests.reader import Reader


def solved(scene: Scene) -> dict[str, Any]:
    return work(challenge(scene.visitor))


def proof(payload: Any, scene: Scene, **more: str) -> list[str]:
    text = payload if isinstance(payload, str) else encoded(payload)
    return scene.form("/altcha/siteverify", response=text, **more)


def bent(scene: Scene, **parameters: Any) -> list[str]:
    """A proof of which some parameters were changed afterwards."""
    found = solved(scene)
    found["challenge"]["parameters"] |= parameters
    return proof(found, scene)


def unsolved(scene: Scene, **solution: Any) -> list[str]:
    """A challenge without the work."""
    return proof({"challenge": challenge(scene.visitor), "solution": solution}, scene)


def again(scene: Scene, respell: Callable[[str], str] = str) -> list[str]:
    found = encoded(solved(scene))
    assert proof(found, scene) == []
    return proof(respell(found), scene)


def crossed(scene: Scene) -> list[str]:
    """The solution of one challenge with another."""
    return proof({"challenge": challenge(scene.visitor), "solution": solved(scene)["solution"]}, scene)


def signed_by_another(scene: Scene) -> list[str]:
    found = solved(scene)
    return proof(
        found | {"challenge": found["challenge"] | {"signature": solved(scene)["challenge"]["signature"]}}, scene
    )


def late(scene: Scene) -> list[str]:
    found = solved(scene)
    scene.clock.advance(minutes=20)
    return proof(found, scene)


def prefix(scene: Scene) -> str:
    """How the key of a challenge begins."""
    return str(challenge(scene.visitor)["parameters"]["keyPrefix"])


def with_more_in(text: str) -> str:
    """The same proof with more around what is signed."""
    found = json.loads(base64.b64decode(text))
    found["solution"]["counter"] = 10**30
    return encoded(found | {"signature": "x"})


ON_PROOFS: dict[str, tuple[Attack, list[str]]] = {
    "once more": (again, USED),
    "once more, spelt otherwise": (lambda it: again(it, with_more_in), USED),
    "once more, in the other base64": (lambda it: again(it, lambda text: text[:-1] + "-_"), NO_PASS),
    "too late": (late, USED),
    "another site's secret": (lambda it: proof(solved(it), it, secret=it.other.site.secret), FOREIGN),
    "another challenge": (crossed, NO_PASS),
    "the signature of another": (signed_by_another, NO_PASS),
    "no signature": (lambda it: proof({**solved(it), "challenge": {"parameters": {}}}, it), NO_PASS),
    "no prefix": (lambda it: bent(it, keyPrefix=""), NO_PASS),
    "less work": (lambda it: bent(it, cost=1), NO_PASS),
    "another algorithm": (lambda it: bent(it, algorithm="none"), NO_PASS),
    "a later end": (lambda it: bent(it, expiresAt=9_999_999_999), NO_PASS),
    "an end that no date has": (lambda it: bent(it, expiresAt=10**400), NO_PASS),
    "more times": (lambda it: bent(it, data={"action": "contact", "site": 1, "times": 9}), NO_PASS),
    "one parameter more": (lambda it: bent(it, more=1), NO_PASS),
    "the prefix as the key": (lambda it: unsolved(it, derivedKey=prefix(it) + "00" * 16), NO_PASS),
    "an empty key": (lambda it: unsolved(it, counter=0, derivedKey=""), NO_PASS),
    "digits of another script": (lambda it: unsolved(it, counter=0, derivedKey="٠٠" * 32), NO_PASS),
    "a key that is no text": (lambda it: unsolved(it, counter=0, derivedKey=[0]), NO_PASS),
    "the least counter": (lambda it: unsolved(it, counter=-(10**30)), NO_PASS),
    "not a number": (lambda it: proof(base64.b64encode(b'{"challenge": NaN}').decode(), it), NO_PASS),
    "a number too long": (lambda it: proof(base64.b64encode(b"9" * 3000).decode(), it), NO_PASS),
    "deep lists": (lambda it: proof(base64.b64encode(b"[" * 3000).decode(), it), NO_PASS),
    "cut short": (lambda it: proof(encoded(solved(it))[:-8], it), NO_PASS),
    "of 200 kB": (lambda it: proof(encoded(solved(it) | {"more": "x" * 150_000}), it), NO_PASS),
    "a pass in place of a proof": (lambda it: proof(it.visitor.solve(), it), NO_PASS),
}  # fmt: skip


@pytest.fixture
def scene(client: TestClient, context: AppContext, clock: Clock, visitor: Visitor, backend: Backend) -> Scene:
    other = Backend(client, register(context, clock, "https://other.example"))
    return Scene(visitor, backend, other, Reader(client, clock), context, clock)


def test_no_proof_is_forged_or_used_twice(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work, "COST", 10)
    expected = {name: codes for name, (_, codes) in ON_PROOFS.items()}
    assert {name: attack(scene) for name, (attack, _) in ON_PROOFS.items()} == expected
