"""All answers have a request id, which only a trusted proxy may choose; errors and logs name it."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.telemetry.logs import JsonFormatter, TextFormatter
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import ARTICLE, Reader

OURS = re.compile(r"[0-9a-f]{12}-[0-9a-f]+\Z")
SENT = "0b5e7a52-6f0c-4a3e-9d57-2f6f3f9f1c11"


@pytest.fixture
def proxied(settings: Settings, clock: Clock) -> Iterator[TestClient]:
    """A client behind a trusted proxy."""
    behind = Settings(**(settings.model_dump() | {"trusted_proxies": "10.0.0.0/8"}))
    with AppClient(create_app(behind, clock), base_url=PUBLIC_URL, client=("10.1.2.3", 5000)) as client:
        yield client


def test_each_answer_has_its_own_id(client: TestClient, reader: Reader) -> None:
    reader.post()
    answers = [client.get("/comments", params={"page": ARTICLE}) for _ in range(3)]  # the same cached response
    answers += [client.get("/nowhere"), client.get("/thread"), client.get("/embed.js"), reader.post()]
    numbers = [answer.headers.get_list("x-request-id") for answer in answers]
    assert all(len(each) == 1 and OURS.match(each[0]) for each in numbers)
    assert len({each[0] for each in numbers}) == len(answers)


def test_an_id_from_an_untrusted_client_is_replaced(client: TestClient) -> None:
    assert OURS.match(client.get("/", headers={"x-request-id": SENT}).headers["x-request-id"])


def test_an_id_from_a_trusted_proxy_is_kept(proxied: TestClient) -> None:
    assert proxied.get("/", headers={"x-request-id": SENT}).headers["x-request-id"] == SENT


@pytest.mark.parametrize(
    "sent", ["short", "x" * 101, 'say "hello"', "a\tb\tc\td\te", "<b>number</b>", "-leading-dash", ""]
)
def test_an_implausible_id_is_replaced(proxied: TestClient, sent: str) -> None:
    assert OURS.match(proxied.get("/", headers={"x-request-id": sent}).headers["x-request-id"])


def test_the_page_of_a_crash_shows_the_id(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("service.web.thread_page._draw", crash)
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        page = client.get("/thread", params={"page": ARTICLE}, headers={"accept": "text/html"})
        assert page.status_code == 500
        assert f"Request ID: {page.headers['x-request-id']}" in page.text
        as_json = client.get("/thread", params={"page": ARTICLE})
        assert as_json.json()["request"] == as_json.headers["x-request-id"]


def test_log_lines_hold_the_id(client: TestClient, reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(JsonFormatter().format(record))  # type: ignore[method-assign]  # a class would say no more
    logging.getLogger("service.comments").addHandler(handler)
    try:
        with caplog.at_level("INFO"):
            answer = reader.post(captcha="99")
    finally:
        logging.getLogger("service.comments").removeHandler(handler)
    [line] = map(json.loads, lines)
    assert (line["event"], line["request"]) == ("comment refused", answer.headers["x-request-id"])


def test_a_line_of_text_cannot_be_broken_out_of() -> None:
    record = logging.LogRecord("service.comments", logging.INFO, "", 0, "comment refused", (), None)
    record.__dict__ |= {"reason": 'no\nnext="line"', "code": 422, "reasons": ["a b"], "plain": "word"}
    text = TextFormatter().format(record)
    assert text.endswith(
        'info    service.comments: comment refused reason="no\\nnext=\\"line\\"" code=422 reasons=["a b"] plain=word'
    )
    assert "\n" not in text


def test_of_a_long_query_the_first_thousand_parameters_count(client: TestClient) -> None:
    asked = ["x=1"] * 999 + [f"page={ARTICLE}"]
    assert client.get("/comments?" + "&".join(asked)).status_code == 200
    assert client.get("/comments?" + "&".join(["x=1", *asked])).status_code == 400
