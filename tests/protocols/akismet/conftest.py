"""A blog elsewhere that asks Akismet's questions here."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service import sites
from service.sites import AddedSite
from service.web.context import AppContext
from tests.conftest import Clock

HONEST = "Thank you for this. I tried the second recipe yesterday, with a little less salt, and the children loved it."
SPAM = (
    "Buy cheap viagra online without prescription at http://pills.example.xyz and http://meds.example.top "
    "[url=http://casino.example.ru]best casino bonus[/url] [link=http://loans.example.cn]payday loans[/link]"
)


class Blog:
    """An Akismet client. Between two submissions some time passes, for what came last counts."""

    def __init__(self, client: Any, site: AddedSite, clock: Clock) -> None:
        self.client = client
        self.site = site
        self.clock = clock

    def comment(self, text: str = HONEST, **more: str) -> dict[str, str]:
        return {
            "api_key": self.site.check_key,
            "blog": "https://shop.example",
            "user_ip": "192.0.2.7",
            "user_agent": "Mozilla/5.0",
            "comment_type": "comment",
            "comment_author": "Ada",
            "comment_author_email": "ada@example.org",
            "comment_content": text,
        } | more

    def call(self, name: str, fields: dict[str, str], **headers: str) -> Any:
        answer = self.client.post(f"/1.1/{name}", data=fields, headers=headers)
        assert answer.status_code == 200
        return answer

    def check(self, text: str = HONEST, **more: str) -> Any:
        return self.call("comment-check", self.comment(text, **more))

    def usage(self) -> int:
        return int(self.client.get("/1.2/usage-limit", params={"api_key": self.site.check_key}).json()["usage"])

    def stats(self, period: str = "60-days") -> dict[str, Any]:
        return dict(self.call("get-stats", {"key": self.site.check_key, "from": period}).json())


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite; ``test_stores`` tries what is written on PostgreSQL too."""
    return sqlite_url


@pytest.fixture
def blog(client: TestClient, context: AppContext, clock: Clock) -> Blog:
    site = context.writer.run(sites.register, "https://shop.example", clock())
    assert site
    return Blog(client, site, clock)
