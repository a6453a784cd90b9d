"""Passkeys: made and used by a device that the tests have written, so that it can also lie."""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from html import unescape

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from httpx2 import Response

from service import passkeys
from service.action_log import ActKind
from service.log_list import read_log
from service.passkey_answers import own_origins
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import PASSWORD, Browser
from tests.web.admin.test_two_step_login import Phone, turn_on

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


class Device:
    """An authenticator with one passkey."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.key, self.id = browser, ec.generate_private_key(ec.SECP256R1()), b"a credential's id"
        self.origin, self.flags, self.uses = str(browser.client.base_url).rstrip("/"), PRESENT | VERIFIED, 0

    def answer(self, html: str, kind: str) -> dict[str, str]:
        """The fields of the form that asks for a passkey."""
        form = re.search(r'<form class="passkey".*?</form>', html, re.DOTALL)
        assert form, html
        options = re.search(r'data-options="([^"]*)"', form[0])
        token = re.search(r'name="challenge" value="([^"]*)"', form[0])
        assert options
        assert token
        asked = json.loads(unescape(options[1]))
        said = {"type": f"webauthn.{kind}", "challenge": asked["challenge"], "origin": self.origin}
        data = json.dumps(said).encode()
        made = self._made() if kind == "create" else self._signed(data)
        response = {"clientDataJSON": text(data)} | {name: text(value) for name, value in made.items()}
        named = {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "clientExtensionResults": {}}
        return {"challenge": token[1], "credential": json.dumps(named | {"response": response})}

    def _data(self, flags: int) -> bytes:
        host = self.origin.partition("://")[2].partition(":")[0].encode()
        return hashlib.sha256(host).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def _made(self) -> dict[str, bytes]:
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(self.flags | ATTESTED) + attested
        return {"attestationObject": cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})}

    def _signed(self, client_data: bytes) -> dict[str, bytes]:
        data = self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return {"authenticatorData": data, "signature": signature}

    def register(self, name: str = "Phone") -> Response:
        begun = self.browser.post("/admin/account/passkeys", action="begin", current=PASSWORD)
        fields = self.answer(begun.text, "create")
        return self.browser.post("/admin/account/passkeys", action="add", name=name, **fields)

    def log_in(self, page: str = "") -> Response:
        fields = self.answer(page or self.browser.get("/admin/login").text, "get")
        return self.browser.post("/admin/login/passkey", back="/admin/log", **fields)


@pytest.fixture
def device(browser: Browser) -> Device:
    return Device(browser)


@pytest.fixture
def registered(device: Device) -> Device:
    """A device whose passkey is known; nobody is logged in."""
    assert device.register().status_code == 303
    device.browser.client.cookies.clear()
    return device


def test_a_passkey_logs_in_without_a_password(registered: Device, context: AppContext, ida: int) -> None:
    answer = registered.log_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "../../admin/log")
    html = registered.browser.get("/admin/account").text
    assert "Phone" in html
    assert "never used" not in html
    with context.engine.connect() as connection:
        entry = read_log(connection).entries[0]
        assert (entry.action, entry.by, dict(entry.words)) == (ActKind.PASSKEY_ADDED, "Ida", {"name": "Phone"})


def test_it_is_the_second_step_where_there_are_two(browser: Browser, device: Device, clock: Clock) -> None:
    device.register()
    turn_on(browser, Phone(browser, clock))
    page = browser.log_in().text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    fields = {"token": token[1], "back": "/admin/log"}
    lying = Device(browser)
    assert browser.post("/admin/login/code", **fields, **lying.answer(page, "get")).status_code == 422
    assert browser.post("/admin/login/code", **fields, **device.answer(page, "get")).status_code == 303
    browser.client.cookies.clear()
    assert device.log_in(page).status_code == 422, "a challenge of the second step is not one of the login"


def test_an_answer_works_once(registered: Device, clock: Clock) -> None:
    clock.advance(seconds=1)
    fields = registered.answer(registered.browser.get("/admin/login").text, "get")
    answers = [registered.browser.post("/admin/login/passkey", **fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 422]
    assert "Try again" in answers[1].text
    registered.browser.client.cookies.clear()
    clock.advance(seconds=1)
    assert registered.log_in().status_code == 303


@pytest.mark.parametrize("lie", ["origin", "flags", "key", "id", "uses", "challenge", "age"])
def test_what_is_not_true_lets_nobody_in(registered: Device, clock: Clock, lie: str) -> None:
    page = registered.browser.get("/admin/login").text
    if lie == "origin":
        registered.origin = "https://evil.example"
    elif lie == "flags":
        registered.flags = PRESENT
    elif lie == "key":
        registered.key = ec.generate_private_key(ec.SECP256R1())
    elif lie == "id":
        registered.id = b"another"
    elif lie == "age":
        clock.advance(minutes=30)
    fields = registered.answer(page, "get")
    if lie == "uses":
        registered.uses = 7
        assert registered.log_in().status_code == 303
        registered.browser.client.cookies.clear()
        registered.uses = 6
        clock.advance(seconds=1)
        fields = registered.answer(registered.browser.get("/admin/login").text, "get")
    if lie == "challenge":
        fields["challenge"] = fields["challenge"][:-1]
    answer = registered.browser.post("/admin/login/passkey", **fields)
    assert (answer.status_code, "set-cookie" in answer.headers) == (422, False)


@pytest.mark.parametrize("origin", ["http://evil.example", "https://comments.test", "http://comments.test:81"])
def test_a_host_that_a_request_names_changes_nothing(device: Device, clock: Clock, origin: str) -> None:
    ours, device.origin = device.origin, origin
    device.browser.client.headers["host"] = origin.partition("://")[2]
    assert device.register().status_code == 422
    device.origin = ours
    assert device.register().status_code == 303
    device.browser.client.cookies.clear()
    device.origin = origin
    assert device.log_in().status_code == 422
    clock.advance(seconds=1)
    device.origin = ours
    assert device.log_in().status_code == 303


def test_a_service_on_ones_own_machine_is_known_by_its_name_too() -> None:
    assert own_origins("http://127.0.0.1:8000") == {"http://127.0.0.1:8000", "http://localhost:8000"}
    assert own_origins("https://comments.example/path") == {"https://comments.example"}


@pytest.mark.parametrize("credential", ["", "{", "[]", '{"rawId": 7}', "[" * 30_000, '{"rawId": "eA", "response": {}}'])
def test_nonsense_is_refused_in_a_sentence(device: Device, credential: str) -> None:
    begun = device.browser.post("/admin/account/passkeys", action="begin", current=PASSWORD)
    fields = device.answer(begun.text, "create") | {"credential": credential}
    assert device.browser.post("/admin/account/passkeys", action="add", name="x", **fields).status_code == 422
    answer = device.browser.post("/admin/login/passkey", **fields)
    assert (answer.status_code, "That passkey was not accepted" in answer.text) == (422, True)


def test_adding_one_takes_the_password_and_not_too_long(device: Device, clock: Clock) -> None:
    answer = device.browser.post("/admin/account/passkeys", action="begin", current="wrong")
    assert (answer.status_code, "This is not your password" in answer.text) == (422, True)
    begun = device.browser.post("/admin/account/passkeys", action="begin", current=PASSWORD)
    fields = device.answer(begun.text, "create")
    clock.advance(minutes=30)
    answer = device.browser.post("/admin/account/passkeys", action="add", name="x", **fields)
    assert (answer.status_code, "That took too long" in answer.text) == (422, True)


def test_it_is_added_once_and_removed_by_its_owner(
    registered: Device, context: AppContext, ida: int, clock: Clock
) -> None:
    registered.log_in()
    again = registered.register("Again")
    assert (again.status_code, "You already have this passkey" in again.text) == (422, True)
    passkey_id = str(context.writer.run(passkeys.of_admin, ida)[0].id)
    registered.browser.post("/admin/account/passkeys", action="remove", id=f"{passkey_id}9")
    assert context.writer.run(passkeys.of_admin, ida)
    registered.browser.post("/admin/account/passkeys", action="remove", id=passkey_id)
    assert not context.writer.run(passkeys.of_admin, ida)
    registered.browser.client.cookies.clear()
    clock.advance(seconds=1)
    assert registered.log_in().status_code == 422
    with context.engine.connect() as connection:
        assert read_log(connection).entries[0].action is ActKind.PASSKEY_REMOVED
