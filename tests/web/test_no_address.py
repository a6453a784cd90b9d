"""Nobody but moderators sees an email address: none of what readers, programs and operators get has one."""

import logging
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from service.settings import Settings
from service.web.context import AppContext
from tests.reader import ARTICLE, Reader

SITE = "https://blog.example"
NAME = "r4re-n4me"
EMAIL = f"{NAME}@hidden.example"
TOKEN = "a token for the metrics"
API = "/blog.example/wp-json/wp/v2"

OUTPUTS = [
    "/thread?page={page}",
    "/thread?page={page}&captcha=lazy",
    "/thread?page={page}&order=new",
    "/thread?page={page}&comment={id}",
    "/thread?page={page}&preview={own}",
    "/comments?page={page}",
    "/form?page={page}&parent={id}",
    "/page?page={page}",
    "/page?page={page}&frame=1",
    "/page?page={page}&preview={own}",
    "/own?page={page}&preview={own}",
    "/feed?page={page}",
    "/feed?site={site}",
    "/latest?site={site}",
    "/latest?site={site}&format=json",
    "/popular?site={site}",
    "/popular?site={site}&format=json",
    "/counts?page={page}",
    API + "/comments",
    API + "/comments?_embed=1",
    API + "/comments/{id}",
    API + "/comments?search=thought",
    "/?rest_route=/wp/v2/comments",
    "/captcha?page={page}",
    "/metrics",
    "/readyz",
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})


@pytest.fixture(autouse=True, params=["none", "all"], ids=["shown", "held"])
def _moderation(request: pytest.FixtureRequest, context: AppContext) -> None:
    context.settings = context.settings.model_copy(update={"moderation": request.param})


def tells(text: str) -> bool:
    """Whether a text has the address, in one of the ways to write it."""
    return any(each in text.casefold() for each in (NAME, "hidden.example", EMAIL.encode().hex()))


def test_no_output_has_an_address(client: TestClient, reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    posted = reader.post(json=True, email=EMAIL, comment="A thought.")
    assert posted.status_code == 201
    reader.post(json=True, email=EMAIL, comment="A reply.", comment_parent=str(posted.json()["id"]), author="Tom")
    known: dict[str, Any] = {"page": ARTICLE, "site": SITE, "id": posted.json()["id"], "own": posted.json()["own"]}
    own = {"page": ARTICLE, "preview": known["own"]}
    answers = [
        posted,
        client.post("/own", data=own, headers={"accept": "application/json"}),
        client.post("/own", data=own | {"action": "form"}, headers={"accept": "application/json"}),
        client.post("/counts", json={"pages": [ARTICLE]}),
        *(client.get(path.format(**known), headers={"authorization": f"Bearer {TOKEN}"}) for path in OUTPUTS),
    ]
    for answer in answers:
        whole = answer.text + str(answer.headers)
        assert not tells(whole), answer.url
    assert sum(answer.status_code == 200 for answer in answers) >= len(OUTPUTS) - 3
    assert not tells(caplog.text + str([record.__dict__ for record in caplog.records if record.name != "httpx2"]))
