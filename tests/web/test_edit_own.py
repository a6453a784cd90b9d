"""/own: authors edit and delete their own comments by a private link, and nobody else can."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from db import tables
from db.models import Status
from service.app import create_app
from service.comments.moderate import decide, restore
from service.housekeeping import chores
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock, each_database
from tests.reader import ARTICLE, Reader

pytestmark = each_database

LINKS = "Buy here http://a.example http://b.example http://c.example http://d.example http://e.example now"


class Author:
    """Posts a comment and keeps its private link."""

    def __init__(self, reader: Reader, context: AppContext, clock: Clock) -> None:
        self.reader, self.context, self.clock = reader, context, clock
        self.id = 0
        self.link = ""

    def post(self, **fields: str | None) -> "Author":
        answer = self.reader.post(json=True, **fields)
        assert answer.status_code == 201, answer.text
        self.id, self.link = int(answer.json()["id"]), str(answer.json()["own"])
        return self

    def act(self, action: str = "", *, json: bool = True, **more: str) -> Any:
        fields = {"page": ARTICLE, "preview": self.link, "action": action, **more}
        accept = "application/json" if json else "text/html"
        return self.reader.client.post("/own", data=fields, headers={"accept": accept})

    def save(self, text: str) -> Any:
        return self.act("save", comment=text)

    def row(self) -> Any:
        with self.context.engine.connect() as connection:
            return connection.execute(select(tables.comment).where(tables.comment.c.id == self.id)).one()

    def change(self) -> Any:
        with self.context.engine.connect() as connection:
            return connection.execute(select(tables.author_change)).first()

    def version(self) -> int:
        with self.context.engine.connect() as connection:
            return int(connection.execute(select(tables.page.c.version)).scalar_one())

    def moderate(self, status: Status) -> None:
        self.context.writer.run(decide, [(1, self.id)], status, None, self.clock())


@pytest.fixture
def author(reader: Reader, context: AppContext, clock: Clock) -> Author:
    return Author(reader, context, clock)


def test_an_author_edits_a_comment_and_everybody_sees_that(author: Author) -> None:
    author.post(comment="I liek this.")
    before = author.version()
    answer = author.save("I like *this*.")
    assert answer.status_code == 200
    assert answer.json()["status"] == "approved"
    assert "I like <em>this</em>." in answer.json()["html"]
    assert "I like <em>this</em>." in author.reader.read()
    assert 'class="comment-edited"' in author.reader.read()
    assert author.version() == before + 1


def test_what_was_posted_first_is_kept_for_the_moderators(author: Author, clock: Clock, context: AppContext) -> None:
    author.post(comment="The first words.")
    author.save("The second words.")
    author.save("The third words.")
    assert author.change().first_text == "The first words."
    for job in chores(context.settings, clock.now + timedelta(days=31)):
        context.writer.run(job)
    assert author.change().first_text is None
    assert 'class="comment-edited"' in author.reader.read()


def test_saving_the_same_is_no_edit(author: Author) -> None:
    author.post(comment="The same words.")
    assert author.save(" The same words.\r\n").status_code == 200
    assert author.change() is None


def test_without_the_link_nothing_is_changed(author: Author) -> None:
    mine = author.post(comment="These words are mine.").link
    other = author.reader.post(json=True, comment="Other words.", email="eve@example.org", author="Eve").json()["own"]
    for link in ("", "nonsense", mine[:-2] + "xx", f"{other.partition('.')[0]}.{mine.partition('.')[2]}"):
        author.link = link
        for action in ("save", "delete", "", "form"):
            assert author.act(action, comment="Taken over.").status_code == 404
    assert author.row().text == "These words are mine."
    assert author.row().status is Status.APPROVED


def test_a_link_is_good_on_its_own_page_only(author: Author, reader: Reader) -> None:
    author.post()
    reader.post(page="https://blog.example/other", email="eve@example.org", author="Eve", comment="Elsewhere.")
    fields = {"page": "https://blog.example/other", "preview": author.link, "action": "delete"}
    assert reader.client.post("/own", data=fields).status_code == 404
    assert author.row().status is Status.APPROVED


def test_after_fifteen_minutes_it_stays(author: Author, clock: Clock) -> None:
    author.post(comment="Old words.")
    clock.advance(minutes=15)
    for action in ("save", "delete"):
        answer = author.act(action, comment="New words.")
        assert answer.status_code == 403
        assert answer.json()["error"] == "This comment can no longer be changed."
    assert author.row().text == "Old words."


@pytest.mark.parametrize("text", ["", "  \n ", "é" * 32763])
def test_the_checks_of_the_field_hold_for_an_edit(author: Author, text: str) -> None:
    author.post(comment="Good words.")
    answer = author.save(text)
    assert answer.status_code == 422
    assert "aria-invalid" in answer.json()["form"]
    assert author.row().text == "Good words."


def test_an_edit_is_checked_for_spam_and_held(author: Author) -> None:
    author.post(comment="A harmless word or two.")
    answer = author.save(LINKS)
    assert answer.json()["status"] == "pending"
    assert "awaiting moderation" in answer.json()["html"]
    assert author.row().status is Status.PENDING
    assert "links" in [reason["symbol"] for reason in author.row().reasons]
    assert "a.example" not in author.reader.read()
    assert "No comments yet" in author.reader.read()


def test_an_edit_publishes_nothing_that_waits(author: Author) -> None:
    author.post(comment=LINKS)
    assert author.row().status is Status.PENDING
    assert author.save("A harmless word or two.").json()["status"] == "pending"
    assert author.row().status is Status.PENDING
    assert author.save("Another harmless word.").status_code == 200


def test_an_edit_does_not_bring_spam_back_and_tells_nothing(author: Author, context: AppContext) -> None:
    author.post(comment="A harmless word or two.")
    context.writer.run(lambda c: c.execute(tables.comment.update().values(status=Status.SPAM)))
    answer = author.save("Quite another word.")
    assert answer.json()["status"] == "pending"
    assert author.row().status is Status.SPAM


def test_what_a_moderator_has_read_stays_as_it_was_read(author: Author) -> None:
    author.post(comment=LINKS)
    author.moderate(Status.APPROVED)
    answer = author.save("Something that nobody has read.")
    assert answer.status_code == 403
    assert "A moderator has already reviewed this comment" in answer.json()["error"]
    assert author.row().text == LINKS
    assert "Delete this comment" in answer.json()["form"]
    assert author.act("delete").status_code == 200


def test_many_small_edits_are_no_flood(author: Author) -> None:
    words = "It was the best of times, it was the worst of times, it was the age of wisdom and foolishness {}"
    author.post(comment=words.format("a"))
    for letter in "bcdefghijk":
        assert author.save(words.format(letter)).json()["status"] == "approved"


def test_an_edit_that_says_what_was_said_already_is_told(author: Author) -> None:
    author.reader.post(comment="Said before.")
    author.post(comment="Something else.")
    answer = author.save("Said before.")
    assert answer.status_code == 409
    assert "already said that" in answer.json()["error"]
    assert author.row().text == "Something else."


def test_where_everything_waits_an_edit_does_too(settings: Settings, clock: Clock) -> None:
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL) as client:
        author = Author(Reader(client, clock), client.app_state["context"], clock).post(comment="Words.")
    settings = settings.model_copy(update={"moderation": "all"})
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL) as client:
        author.reader, author.context = Reader(client, clock), client.app_state["context"]
        assert author.save("Other words.").json()["status"] == "pending"


def test_an_author_deletes_a_comment_and_an_admin_may_restore_it(
    author: Author, clock: Clock, context: AppContext
) -> None:
    author.post(comment="I regret this.")
    answer = author.act("delete")
    assert answer.json()["deleted"] is True
    assert answer.json()["title"] == "0 comments"
    assert author.row().status is Status.TRASH
    assert "I regret this." not in author.reader.read()
    assert "No comments yet" in author.reader.read()
    assert author.act("delete").status_code == 404
    context.writer.run(restore, [(1, author.id)], None, clock())
    context.versions.forget_all()
    assert "I regret this." in author.reader.read()


def test_a_deleted_comment_holds_the_place_of_its_replies(author: Author, clock: Clock, context: AppContext) -> None:
    author.post(comment="I regret this.", author="Ada")
    reply = author.reader.post(
        json=True, comment="Why?", author="Tom", email="t@example.org", comment_parent=str(author.id)
    )
    author.act("delete")

    def shown() -> str:
        text = author.reader.read()
        assert "I regret this." not in text
        assert "Ada" not in text
        assert "1 comment" in text
        return text

    place = re.search(
        rf'id="comment-{author.id}".*?deleted by its author.*?id="comment-{reply.json()["id"]}"', shown(), re.DOTALL
    )
    assert place
    assert f'data-commentid="{author.id}"' not in shown()
    for job in chores(context.settings, clock.now + timedelta(days=31)):
        context.writer.run(job)
    context.versions.forget_all()
    assert "deleted by its author" in shown()


def test_a_deleted_comment_takes_no_replies(author: Author) -> None:
    author.post()
    author.act("delete")
    answer = author.reader.post(comment="Why?", author="Tom", email="t@example.org", comment_parent=str(author.id))
    assert answer.status_code == 403


def test_a_whole_chain_of_deleted_comments_stands_while_something_hangs_on_it(
    author: Author, reader: Reader, context: AppContext, clock: Clock
) -> None:
    authors = [author.post(comment="First.")]
    for number in range(2):
        reply = Author(reader, context, clock)
        parent = str(authors[-1].id)
        authors.append(
            reply.post(comment=f"Then {number}.", author="Tom", email="t@example.org", comment_parent=parent)
        )
    authors[0].act("delete")
    authors[1].act("delete")
    assert reader.read().count("deleted by its author") == 2
    authors[2].act("delete")
    assert "deleted by its author" not in reader.read()


def test_an_author_sees_what_waits_again(author: Author) -> None:
    author.post(comment="Look at this.", captcha="", review="1")
    answer = author.act()
    assert answer.json()["status"] == "pending"
    assert "Look at this." in answer.json()["html"]
    assert "awaiting moderation" in answer.json()["html"]
    assert "/own?" in answer.json()["html"]


def test_without_javascript_the_private_page_leads_to_the_form(author: Author, reader: Reader) -> None:
    response = reader.post(comment="Look at this.", captcha="", review="1")
    private = reader.client.get(response.headers["location"].partition("#")[0].removeprefix(PUBLIC_URL))
    link = re.search(r'class="comment-edit-link"[^>]* href="([^"]+)"', private.text)
    assert link
    form = reader.client.get(unescape(link[1]).removeprefix(PUBLIC_URL))
    assert form.status_code == 200
    assert "Look at this." in form.text
    assert "no-store" in form.headers["cache-control"]
    assert form.headers["referrer-policy"] == "same-origin"  # so that no other site is sent the link
    [author.link] = re.findall(r'name="preview" value="([^"]+)"', form.text)
    saved = author.act("save", json=False, comment="Look at that.")
    assert saved.status_code == 303
    again = reader.client.get(saved.headers["location"].partition("#")[0].removeprefix(PUBLIC_URL)).text
    assert "Look at that." in again
    deleted = author.act("delete", json=False)
    assert deleted.status_code == 200
    assert "Your comment was deleted." in deleted.text


def test_on_our_own_page_an_author_comes_back_to_a_link_to_edit(reader: Reader) -> None:
    response = reader.post(frame="page", comment="Shown at once.")
    assert "preview=" in response.headers["location"]
    page = reader.client.get(response.headers["location"].partition("#")[0].removeprefix(PUBLIC_URL)).text
    assert "comment-edit-link" in page
    assert "awaiting moderation" not in page


def test_nobody_else_is_shown_a_link_to_edit(author: Author) -> None:
    author.post()
    everybody = author.reader.client.get("/thread", params={"page": ARTICLE}).text + author.reader.read()
    assert "comment-edit-link" not in everybody
    assert author.link not in everybody


def test_a_get_changes_nothing(author: Author) -> None:
    author.post(comment="These words.")
    for action in ("save", "delete"):
        query = {"page": ARTICLE, "preview": author.link, "action": action, "comment": "Others."}
        assert author.reader.client.get("/own", params=query).status_code == 200
    assert author.row().text == "These words."
    assert author.row().status is Status.APPROVED


@pytest.mark.parametrize(
    "headers", [{"origin": "https://stranger.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_a_foreign_page_may_not_ask(author: Author, headers: dict[str, str]) -> None:
    author.post()
    fields = {"page": ARTICLE, "preview": author.link, "action": "delete"}
    answer = author.reader.client.post("/own", data=fields, headers=headers)
    assert answer.status_code == 403
    assert author.row().status is Status.APPROVED


def test_where_it_is_turned_off_nobody_edits(settings: Settings, clock: Clock) -> None:
    settings = settings.model_copy(update={"edit_minutes": 0})
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL) as client:
        author = Author(Reader(client, clock), client.app_state["context"], clock).post()
        assert "comment-edit-link" not in author.act().json()["html"]
        assert author.save("Other words.").status_code == 403
        assert author.act("delete").status_code == 403


def test_too_many_edits_have_to_wait(settings: Settings, clock: Clock) -> None:
    settings = settings.model_copy(update={"rate_post": "2/hour"})
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL) as client:
        author = Author(Reader(client, clock), client.app_state["context"], clock).post(comment="One.")
        assert author.save("Two.").status_code == 200
        answer = author.save("Three.")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "Three." in answer.json()["form"]
