"""Each use has a limit for who asks and one for the site that is meant. Who has used up neither is answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import sites
from service.app import create_app
from service.ratelimit import Rate, configured_limits
from service.settings import Settings
from service.sites import AddedSite
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.buckets import Ticks, use_up
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import ARTICLE, Reader

HERE, ELSEWHERE = {"x-forwarded-for": "198.51.100.7"}, {"x-forwarded-for": "203.0.113.7"}
SHOP, OTHER = "https://shop.example", "https://other.example"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'comments.db'}"


@pytest.fixture
def client(settings: Settings, clock: Clock, ticks: Ticks) -> Iterator[TestClient]:
    """Behind a proxy, so that a request comes from where it says."""
    more = {
        "trusted_proxies": Settings(trusted_proxies="0.0.0.0/0").trusted_proxies,
        "rate_post": "100/hour",
        "sites": ("https://blog.example", OTHER),
    }
    app = create_app(settings.model_copy(update=more), clock, ticks=ticks)
    with AppClient(app, base_url=PUBLIC_URL, follow_redirects=False, client=("127.0.0.1", 5000)) as client:
        yield client


class Asking:
    """Asks for each use: of a site, from somewhere. True: it was answered; False: too much was asked."""

    def __init__(self, client: TestClient, context: AppContext, clock: Clock) -> None:
        self.client, self.reader = client, Reader(client, clock)
        found = [context.writer.run(sites.register, origin, clock()) for origin in (SHOP, "https://shop.test")]
        self.shops = [each for each in found if isinstance(each, AddedSite)]

    def post(self, site: int, headers: dict[str, str]) -> bool:
        page = [ARTICLE, f"{OTHER}/post"][site]
        return self._is_let(self.reader.send(self.reader.fields(page, captcha="99"), headers=headers), 422)

    def question(self, site: int, headers: dict[str, str]) -> bool:
        page = [ARTICLE, f"{OTHER}/post"][site]
        return self._is_let(self.client.get("/captcha", params={"page": page}, headers=headers), 200)

    def challenge(self, site: int, headers: dict[str, str]) -> bool:
        query = {"sitekey": self.shops[site].key}
        return self._is_let(self.client.get("/captcha/challenge", params=query, headers=headers), 200)

    def siteverify(self, site: int, headers: dict[str, str]) -> bool:
        asked = {"secret": self.shops[site].secret, "response": "junk"}
        codes = self.client.post("/siteverify", data=asked, headers=headers).json()["error-codes"]
        assert codes in (["internal-error"], ["invalid-input-response"])
        return bool(codes == ["invalid-input-response"])

    def check(self, site: int, headers: dict[str, str]) -> bool:
        asked = {"api_key": self.shops[site].check_key, "blog": SHOP, "user_ip": "192.0.2.7", "comment_content": "Hm."}
        answers = [
            self.client.post("/1.1/comment-check", data=asked, headers=headers).text == "false",
            self.client.post("/api/v1/check", json={"key": asked["api_key"]}, headers=headers).status_code == 200,
        ]
        assert answers[0] == answers[1]
        return answers[0]

    @staticmethod
    def _is_let(answer: Any, usual: int) -> bool:
        assert answer.status_code in (usual, 429)
        assert (answer.status_code == usual) or int(answer.headers["retry-after"])
        return bool(answer.status_code == usual)


@pytest.fixture
def asking(client: TestClient, context: AppContext, clock: Clock) -> Asking:
    return Asking(client, context, clock)


@pytest.fixture(autouse=True)
def _fewer_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few that they can be used up."""
    monkeypatch.setattr(configured_limits, "SITE_QUESTIONS", Rate.parse("1000/minute"))


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("post", "post"),
        ("question", "question"),
        ("challenge", "challenge"),
        ("siteverify", "verifier"),
        ("check", "check"),
    ],
)
def test_who_asks_too_much_waits_and_others_do_not(asking: Asking, context: AppContext, name: str, use: str) -> None:
    ask = getattr(asking, name)
    use_up(context.limits, lambda: ask(0, HERE), use, of_site=False)
    assert [ask(0, HERE), ask(1, HERE), ask(0, ELSEWHERE)] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("post", "site"),
        ("question", "asked"),
        ("challenge", "challenged"),
        ("siteverify", "siteverify"),
        ("check", "check"),
    ],
)
def test_a_site_of_which_too_much_is_asked_waits_and_others_do_not(
    asking: Asking, context: AppContext, name: str, use: str
) -> None:
    ask = getattr(asking, name)
    use_up(context.limits, lambda: ask(0, HERE), use, of_site=True)
    assert [ask(0, HERE), ask(0, ELSEWHERE), ask(1, HERE)] == [False, False, True]
