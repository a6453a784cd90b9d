"""GET and POST /report: readers report a comment, which waits once enough networks did."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service.app import create_app
from service.comments.admin_edit import delete_comment, edit_comment
from service.comments.moderate import keep, undo
from service.comments.report_rows import read_reports
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import Clock, each_database
from tests.reader import ARTICLE, Reader, hidden_fields, solve


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Three networks hold a comment; a proxy says which network a reader has."""
    return Settings(**settings.model_dump() | {"reports_hold": 3, "trusted_proxies": "127.0.0.1/32"})


@pytest.fixture
def client(settings: Settings, clock: Clock) -> Iterator[TestClient]:
    app = create_app(settings, clock)
    where: Any = {"base_url": settings.public_url, "follow_redirects": False, "client": ("127.0.0.1", 5000)}
    with AppClient(app, **where, headers={"accept": "text/html"}) as client:
        yield client


class Scene:
    def __init__(self, client: TestClient, reader: Reader, context: AppContext, clock: Clock) -> None:
        self.client, self.reader, self.context, self.clock = client, reader, context, clock
        self.id: int = reader.post(json=True).json()["id"]
        self.key = (1, self.id)

    def fields(self, **changes: str) -> dict[str, str]:
        question = self.reader.question()
        fields = {"page": ARTICLE, "reported": str(self.id), "reason": "insult", "note": ""}
        return fields | {"captcha": solve(question["question"]), "captcha_token": question["token"]} | changes

    def send(self, network: str = "192.0.2.7", **changes: str) -> Any:
        headers = {"accept": "application/json", "x-forwarded-for": network}
        return self.client.post("/report", data=self.fields(**changes), headers=headers)

    def row(self) -> Any:
        with self.context.engine.connect() as connection:
            query = select(tables.comment).where(tables.comment.c.id == self.id)
            return connection.execute(query).first()

    def status(self) -> str:
        return str(self.row().status)

    def reports(self) -> list[Any]:
        with self.context.engine.connect() as connection:
            return list(connection.execute(select(tables.report).order_by(tables.report.c.at)))


@pytest.fixture
def scene(client: TestClient, reader: Reader, context: AppContext, clock: Clock) -> Scene:
    return Scene(client, reader, context, clock)


@each_database
def test_a_comment_waits_once_readers_of_three_networks_have_reported_it(scene: Scene) -> None:
    for network in ("192.0.2.7", "192.0.2.200", "2001:db8::1", "2001:db8:0:ffff::2"):  # two networks, each twice
        said = scene.send(network).json()["message"]
        assert said.startswith("Thank you") or "has already reported this comment" in said
    assert len(scene.reports()) == 2
    assert scene.status() == "approved"
    assert scene.send("198.51.100.9", reason="spam", note="It sells pills.").status_code == 200
    assert scene.status() == "pending"
    assert "No comments yet" in scene.reader.read()
    assert scene.row().reasons[-1]["sentence"] == "3 readers reported it: insult or hate, spam."
    with scene.context.engine.connect() as connection:
        entry = connection.execute(select(tables.log_entry).where(tables.log_entry.c.comment_id == scene.id)).first()
    assert entry is not None
    assert (entry.actor, entry.action) == ("service", "pending")


def test_one_network_hides_nothing_however_many_days_it_reports(scene: Scene) -> None:
    for _ in range(5):
        scene.send()
        scene.clock.advance(days=1)
    assert len(scene.reports()) == 1
    assert scene.status() == "approved"


def hold(scene: Scene) -> None:
    for network in ("192.0.2.7", "198.51.100.9", "203.0.113.5"):
        scene.send(network)


@each_database
def test_a_comment_that_a_moderator_keeps_is_shown_until_its_words_change(scene: Scene) -> None:
    hold(scene)
    run = scene.context.writer.run
    batch = run(keep, [scene.key], None, scene.clock())
    assert batch.changed == (scene.key,)
    assert scene.status() == "approved"
    for network in ("192.0.2.7", "198.51.100.9", "203.0.113.5", "192.0.3.1"):
        assert "decided to keep it" in scene.send(network).json()["message"]
    assert scene.status() == "approved"
    words = {"text": "Other words.", "author": "Ada", "email": "ada@example.org", "url": ""}
    run(edit_comment, scene.key, words, None, scene.clock())
    assert scene.reports() == []
    hold(scene)
    assert scene.status() == "pending"


@each_database
def test_undoing_it_opens_the_reports_again(scene: Scene) -> None:
    scene.send()
    scene.send("198.51.100.9")
    run = scene.context.writer.run
    batch = run(keep, [scene.key], None, scene.clock())
    with scene.context.engine.connect() as connection:
        assert [each.open for each in read_reports(connection, [scene.key])[scene.key]] == [False, False]
    assert run(undo, batch.id, None, scene.clock()).changed == (scene.key,)
    assert scene.status() == "approved"
    scene.send("203.0.113.5")
    assert scene.status() == "pending"


def test_nothing_is_kept_without_reports(scene: Scene) -> None:
    assert scene.context.writer.run(keep, [scene.key], None, scene.clock()).changed == ()


def test_undoing_the_hold_keeps_the_comment(scene: Scene) -> None:
    hold(scene)
    with scene.context.engine.connect() as connection:
        batch = connection.execute(select(tables.decision.c.batch)).scalar_one()
    scene.context.writer.run(undo, batch, None, scene.clock())
    assert "decided to keep it" in scene.send("192.0.3.1").json()["message"]
    assert scene.status() == "approved"


def test_reports_go_with_their_comment_and_after_their_time(scene: Scene) -> None:
    scene.send(note="Somebody's address is in it.")
    assert scene.context.writer.run(delete_comment, scene.key, None, scene.clock())
    assert scene.reports() == []


def test_a_wrong_answer_keeps_the_text_and_brings_another_question(scene: Scene) -> None:
    fields = scene.fields(captcha="9999", note="Read the *third* line.")
    answer = scene.client.post("/report", data=fields, headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert "Read the *third* line." in answer.text
    assert "That was not the right answer." in answer.text
    assert '<option value="insult" selected>' in answer.text
    assert hidden_fields(answer.text)["captcha_token"] != fields["captcha_token"]
    assert scene.reports() == []
    again = scene.client.post("/report", data=fields | {"captcha": "1"}, headers={"accept": "application/json"})
    assert again.status_code == 422  # the token is spent


def test_what_is_missing_is_said_and_the_question_stays(scene: Scene) -> None:
    fields = scene.fields(reason="", note="x" * 501)
    answer = scene.client.post("/report", data=fields, headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert "Please choose what is wrong." in answer.text
    assert "Please use at most 500 characters." in answer.text
    assert hidden_fields(answer.text)["captcha_token"] == fields["captcha_token"]
    assert scene.client.post("/report", data=fields | {"reason": "spam", "note": ""}).status_code == 200


def test_without_javascript_a_link_leads_to_the_form(scene: Scene) -> None:
    assert "/report?page=https%3A%2F%2Fblog.example%2Fpost" in scene.reader.read()
    page = scene.client.get("/report", params={"page": ARTICLE, "comment": str(scene.id)})
    assert page.status_code == 200
    assert "A thought of my own." in page.text
    assert hidden_fields(page.text)["reported"] == str(scene.id)
    gone = scene.client.get("/report", params={"page": ARTICLE, "comment": "123"})
    assert gone.status_code == 404
    assert "no longer here" in gone.text


def test_strangers_pages_report_nothing(scene: Scene) -> None:
    for origin in ("https://stranger.example", "null"):
        headers = {"origin": origin, "sec-fetch-site": "cross-site"}
        assert scene.client.post("/report", data=scene.fields(), headers=headers).status_code == 403
    assert scene.reports() == []


def test_comments_of_the_site_and_those_that_wait_cannot_be_reported(scene: Scene) -> None:
    for values in ({"staff": True}, {"staff": None, "status": Status.PENDING}):
        scene.context.writer.run(lambda connection, new=values: connection.execute(tables.comment.update().values(new)))
        assert scene.send().status_code == 404


def test_reports_are_limited_as_posts_are(settings: Settings, clock: Clock) -> None:
    limited = settings.model_copy(update={"rate_post": "2/minute"})
    with AppClient(create_app(limited, clock), base_url=settings.public_url, client=("127.0.0.1", 5000)) as client:
        scene = Scene(client, Reader(client, clock), client.app_state["context"], clock)
        answers = [scene.send(note="Kept.") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert "Kept." in answers[-1].json()["form"]
        assert int(answers[-1].headers["retry-after"]) > 0


def test_by_default_nobody_can_report(settings: Settings, clock: Clock) -> None:
    off = settings.model_copy(update={"reports_hold": 0})
    with AppClient(create_app(off, clock), base_url=settings.public_url) as client:
        Reader(client, clock).post()
        thread = client.get("/thread", params={"page": ARTICLE}).text
        assert "report" not in thread
        assert client.get("/report", params={"page": ARTICLE}).status_code == 404
        assert "A report of a comment" not in client.get("/privacy").text


def test_one_network_alone_is_refused_as_a_setting() -> None:
    with pytest.raises(ValueError, match="one reader could hide any comment"):
        Settings(reports_hold=1)
