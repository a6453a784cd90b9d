"""Fifty ways to get a success for a pass that nobody has earned, each refused with its code."""

import base64
import zlib
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from service.web.context import AppContext
from tests.conftest import Clock
from tests.protocols.siteverify.conftest import Backend, Visitor, register
from tests.protocols.siteverify.forging import BAD, FOREIGN, NO_PASS, USED, Attack, Scene
from tests.protocols.siteverify.test_proof import challenge, encoded, work
from tests.reader import Reader

NO_SECRET, MISSING, MISMATCH = ["invalid-input-secret"], ["missing-input-response"], ["sitekey-secret-mismatch"]
RETRY, FORM = "9b2f6a1e-0d4c-4f7e-8f3a-5f0c1d2e3b4a", "application/x-www-form-urlencoded"


def bomb() -> str:
    """Ten megabytes, compressed as itsdangerous would."""
    return "." + base64.urlsafe_b64encode(zlib.compress(b" " * 10_000_000, 9)[:1000]).decode() + ".aaaa.bbbb"


ON_PASSES: dict[str, tuple[Attack, list[str]]] = {
    "once more": (lambda it: it.form(response=it.spent()), USED),
    "once more at another path": (lambda it: it.form("/recaptcha/api/siteverify", response=it.spent()), USED),
    "once more as JSON": (lambda it: it.json(response=it.spent()), USED),
    "once more with a key for retries": (lambda it: it.form(response=it.spent(), idempotency_key=RETRY), USED),
    "too late": (lambda it: it.form(response=it.old()), USED),
    "too late, with a key for retries": (lambda it: it.form(response=it.old(), idempotency_key=RETRY), USED),
    "another site's secret": (lambda it: it.form(secret=it.other.site.secret, response=it.visitor.solve()), FOREIGN),
    "another site's key": (lambda it: it.form(response=it.visitor.solve(), sitekey=it.other.site.key), MISMATCH),
    "both of another site": (lambda it: it.form(**it.of_the_other(), response=it.visitor.solve()), FOREIGN),
    "the public key as secret": (lambda it: it.form(secret=it.backend.site.key, response="x"), NO_SECRET),
    "the check key as secret": (lambda it: it.form(secret=it.backend.site.check_key, response="x"), NO_SECRET),
    "a secret in capitals": (lambda it: it.form(secret=it.backend.site.secret.upper(), response="x"), NO_SECRET),
    "a part of the secret": (lambda it: it.form(secret=it.backend.site.secret[:-1], response="x"), NO_SECRET),
    "a wildcard as secret": (lambda it: it.form(secret="%", response="x"), NO_SECRET),
    "a wide secret": (lambda it: it.form(secret=it.wide_secret(), response="x"), NO_SECRET),
    "SQL as secret": (lambda it: it.form(secret="' OR ''='", response="x"), NO_SECRET),
    "a secret of 200 kB": (lambda it: it.form(secret="9" * 200_000, response="x"), NO_SECRET),
    "cut short": (lambda it: it.form(response=it.visitor.solve()[:-2]), NO_PASS),
    "without a signature": (lambda it: it.form(response=it.visitor.solve().rpartition(".")[0]), NO_PASS),
    "an empty signature": (lambda it: it.form(response=it.visitor.solve().rpartition(".")[0] + "."), NO_PASS),
    "two passes in one": (lambda it: it.form(response=it.spliced()), NO_PASS),
    "one after the other": (lambda it: it.form(response=it.visitor.solve() + it.visitor.solve()), NO_PASS),
    "another host": (lambda it: it.form(response=it.changed(h="bank.example")), NO_PASS),
    "another site": (lambda it: it.form(response=it.changed(s=2)), NO_PASS),
    "another nonce": (lambda it: it.form(response=it.changed(n="AAAA")), NO_PASS),
    "a later end": (lambda it: it.form(response=it.changed(e=9_999_999_999)), NO_PASS),
    "an end that no date has": (lambda it: it.form(response=it.changed(e=10**400)), NO_PASS),
    "a higher level": (lambda it: it.form(response=it.changed(l=3, w=True)), NO_PASS),
    "another installation": (lambda it: it.form(response=it.of_another_key()), NO_PASS),
    "another purpose": (lambda it: it.form(response=it.of_another_purpose()), NO_PASS),
    "a question": (lambda it: it.form(response=it.visitor.question().json()["token"]), NO_PASS),
    "a question of the comments": (lambda it: it.form(response=it.reader.question()["token"]), NO_PASS),
    "a bomb": (lambda it: it.form(response=bomb()), NO_PASS),
    "a pass with a zero": (lambda it: it.form(response=it.visitor.solve() + "\x00"), BAD),
    "Turnstile's pass for tests": (lambda it: it.form(response="XXXX.DUMMY.TOKEN.XXXX"), NO_PASS),
    "a list by PHP's name": (lambda it: it.form(**{"response[]": it.visitor.solve()}), MISSING),
    "a name in capitals": (lambda it: it.form(RESPONSE=it.visitor.solve()), MISSING),
    "blanks": (lambda it: it.form(response="  "), MISSING),
    "a list": (lambda it: it.json(response=[it.visitor.solve()]), BAD),
    "true": (lambda it: it.json(response=True), BAD),
    "an object": (lambda it: it.json(response={"$ne": ""}), BAD),
    "a huge number": (lambda it: it.sent('{"secret": "x", "response": 1e999999999}', "application/json"), BAD),
    "no key for retries": (lambda it: it.form(response=it.visitor.solve(), idempotency_key="1"), BAD),
    "a field twice": (lambda it: it.sent(f"secret=a&secret={it.backend.site.secret}&response=x", FORM), BAD),
    "a name twice": (lambda it: it.sent('{"secret": "a", "secret": "b", "response": "c"}', "application/json"), BAD),
    "query and body": (lambda it: it.posted("response=x", data={"secret": "x", "response": "y"}), BAD),
    "another type": (lambda it: it.sent("<secret>a</secret>", "text/xml"), BAD),
    "a file": (lambda it: it.posted(files={"response": ("a.txt", b"x")}, data={"secret": "x"}), BAD),
    "bytes of UTF-16": (lambda it: it.sent("secret=a&response=b".encode("utf-16"), "application/json"), BAD),
    "a proof in place of a pass": (lambda it: it.form(response=encoded(work(challenge(it.visitor)))), NO_PASS),
}  # fmt: skip


@pytest.fixture
def scene(client: TestClient, context: AppContext, clock: Clock, visitor: Visitor, backend: Backend) -> Scene:
    other = Backend(client, register(context, clock, "https://other.example"))
    return Scene(visitor, backend, other, Reader(client, clock), context, clock)


def test_no_pass_is_forged_or_used_twice(scene: Scene) -> None:
    expected = {name: codes for name, (_, codes) in ON_PASSES.items()}
    assert {name: attack(scene) for name, (attack, _) in ON_PASSES.items()} == expected


def test_looking_at_the_headers_spends_no_pass_and_tells_nothing(scene: Scene) -> None:
    query = urlencode({"secret": scene.backend.site.secret, "response": scene.visitor.solve()})
    answer = scene.backend.client.head(f"/siteverify?{query}")
    assert (answer.status_code, answer.content) == (200, b"")
