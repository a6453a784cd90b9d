"""A shop with a contact form: its page asks the question, its backend asks what the pass is worth."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service import sites
from service.sites import AddedSite
from service.web.context import AppContext
from tests.conftest import Clock
from tests.reader import solve

SHOP = "https://shop.example"


class Visitor:
    """Somebody on the shop's contact page."""

    def __init__(self, client: Any, site: AddedSite) -> None:
        self.client = client
        self.site = site

    def question(self, action: str = "", origin: str | None = SHOP, **more: str) -> Any:
        sent = {"accept": "*/*"} | ({} if origin is None else {"origin": origin})
        query = {"sitekey": self.site.key, "action": action} | more
        return self.client.get("/captcha/challenge", params=query, headers=sent)

    def answer(self, token: str, answer: str, action: str = "", origin: str = SHOP, **more: str) -> Any:
        fields = {"sitekey": self.site.key, "action": action, "token": token, "answer": answer} | more
        return self.client.post("/captcha/answer", data=fields, headers={"accept": "*/*", "origin": origin})

    def solve(self, action: str = "", **more: str) -> str:
        """A pass, by reading the question and doing the sum."""
        question = self.question(action).json()
        return str(self.answer(question["token"], solve(question["question"]), action, **more).json()["pass"])


class Backend:
    """The shop's server, which keeps the secret."""

    def __init__(self, client: Any, site: AddedSite) -> None:
        self.client = client
        self.site = site

    def verify(self, response: str, path: str = "/siteverify", **more: str) -> dict[str, Any]:
        answer = self.client.post(path, data={"secret": self.site.secret, "response": response} | more)
        assert answer.status_code == 200
        assert isinstance(answer.json()["error-codes"], list)
        return dict(answer.json())

    def codes(self, response: str, **more: str) -> list[str]:
        """Why it was not taken; empty when it was."""
        found = self.verify(response, **more)
        assert found["success"] is (not found["error-codes"])
        return list(found["error-codes"])


def register(context: AppContext, clock: Clock, origin: str = SHOP) -> AddedSite:
    site = context.writer.run(sites.register, origin, clock())
    assert site
    return site


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite: what these rooms write goes through two statements, which ``test_one_pass`` tries on PostgreSQL too."""
    return sqlite_url


@pytest.fixture
def site(context: AppContext, clock: Clock) -> AddedSite:
    return register(context, clock)


@pytest.fixture
def visitor(client: TestClient, site: AddedSite) -> Visitor:
    return Visitor(client, site)


@pytest.fixture
def backend(client: TestClient, site: AddedSite) -> Backend:
    return Backend(client, site)
