"""A flood of near-identical spam with right answers, and readers who come in the same minutes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db import tables
from service.app import create_app
from service.ratelimit import MemoryLimits, Rate
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import Reader

OWN = (
    "I baked this on Sunday and the crust came out darker than in your picture, though the crumb was fine.",
    "Thank you!",
    "The second part contradicts the first: if the cache is per process, two replicas cannot agree on a count.",
    "Thank you!",
    "My grandmother used rye instead of wheat, and she never told anybody how long it had to rest in the cellar.",
    "Rye needs more water, as the last paragraph says; mine took eighty grams more than the recipe has.",
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def client(settings: Settings, clock: Clock) -> Iterator[TestClient]:
    behind = settings.model_copy(update={"trusted_proxies": Settings(trusted_proxies="0.0.0.0/0").trusted_proxies})
    app = create_app(behind, clock)
    with AppClient(app, base_url=PUBLIC_URL, follow_redirects=False, client=("127.0.0.1", 5000)) as client:
        yield client


class Crowd:
    """Posts 200 times a second, each time from another address."""

    def __init__(self, client: TestClient, clock: Clock) -> None:
        self.reader, self.clock, self.number = Reader(client, clock), clock, 0

    def post(self, text: str, url: str = "") -> str:
        self.number += 1
        n = self.number
        fields = self.reader.fields(comment=text, author=f"Person {n}", email=f"p{n}@example.org", url=url)
        self.clock.advance(seconds=-19.995)
        headers = {"x-forwarded-for": f"198.{n % 250}.{n // 250}.7"}
        response = self.reader.send(fields, json=True, headers=headers)
        assert response.status_code == 201, response.text
        return str(response.json()["status"])


def test_a_flood_waits_from_the_fifth_on_and_readers_get_in(client: TestClient, clock: Clock) -> None:
    crowd = Crowd(client, clock)
    spam, own = [], []
    for n in range(60):
        text = (
            f"Hi all, number {n} here: our shop has the finest watches there are, and ships them to every door for free"
        )
        spam.append(crowd.post(text, f"https://shop{n}.example"))
        if n % 10 == 5:
            own.append(crowd.post(OWN[n // 10]))
    assert spam[4:] == ["pending"] * 56
    assert own == ["approved"] * 6


def test_a_flood_is_filed_in_the_end_and_says_why(client: TestClient, clock: Clock) -> None:
    crowd, context = Crowd(client, clock), client.app_state["context"]
    assert isinstance(context, AppContext)
    for n in range(40):
        crowd.post(f"Number {n} says that our shop has the finest watches there are and ships them to every door")
    context.writer.run(lambda _: None)
    with context.engine.connect() as connection:
        rows = connection.execute(select(tables.comment.c.status, tables.comment.c.reasons)).all()
        seen = connection.execute(select(tables.sighting.c.number)).scalars().all()
    assert rows[-1].status == "spam"
    assert any("times in 30 days" in reason["sentence"] for reason in rows[-1].reasons)
    assert seen


def test_a_check_that_cannot_look_up_holds_and_says_so(
    client: TestClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("service.web.spam_check.look_up_evidence", broken)
    assert Crowd(client, clock).post("A thought of my own.") == "pending"
    with client.app_state["context"].engine.connect() as connection:
        reasons = connection.execute(select(tables.comment.c.reasons)).scalar_one()
    assert "a moderator has to decide" in {each["symbol"]: each["sentence"] for each in reasons}["check_failed"]


def test_a_flood_does_not_use_up_what_its_site_takes() -> None:
    """Five minutes of 200 posts a second: were the site's bucket empty, readers would be refused with the flood."""
    now = 0.0
    limits = MemoryLimits({"site": Rate.parse(Settings().rate_site)}, lambda: now)
    for number in range(5 * 60 * 200):
        now = number / 200
        assert limits.take(("site", b"1")) == 0
