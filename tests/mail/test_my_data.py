"""A reader asks by mail what is stored with an address, and downloads or erases it without an account."""

import json
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service.comments.returning_authors import claim, keep_name, owns_name
from service.mail.smtp_delivery import Delivery
from service.personal_data import ANSWERS_AT_ONCE, Person
from service.web.context import AppContext
from service.web.person_file import pieces
from tests.conftest import Clock, each_database
from tests.mail.conftest import MailServer, link_in, text_of
from tests.reader import Reader
from tests.web.admin.conftest import add_comment

OURS = {"sec-fetch-site": "same-origin"}
comment = tables.comment.c


def ask(client: TestClient, email: str = "ada@example.org") -> Response:
    return client.post("/privacy", data={"email": email}, headers=OURS)


def act(client: TestClient, link: str, action: str) -> Response:
    return client.post(link, data={"action": action}, headers=OURS)


@pytest.fixture
def link(client: TestClient, reader: Reader, delivery: Delivery, mail_server: MailServer, clock: Clock) -> str:
    """The link that Ada, who has two comments, was sent; Bob has one."""
    reader.post(comment="The first", url="https://ada.example")
    reader.post(comment="The second", email="Ada@Example.org")
    reader.post(comment="Mine", author="Bob", email="bob@example.org")
    assert "we have sent an email with a link" in ask(client, "ADA@example.org").text
    delivery.round()
    assert mail_server.recipients == [["Ada@example.org"]], "the address of the newest comment"
    return link_in(mail_server.newest(), "/privacy/mine")


def rows(context: AppContext, *columns: Any) -> list[Any]:
    with context.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(comment.id))]


def test_the_link_opens_all_comments_of_the_address_in_any_case(client: TestClient, link: str) -> None:
    assert "ada" not in link.lower()
    page = client.get(link)
    assert "2 comments were posted with your email address" in page.text
    assert page.headers["referrer-policy"] == "same-origin"


def test_the_file_holds_what_is_stored(client: TestClient, link: str, context: AppContext) -> None:
    context.writer.run(lambda c: c.execute(update(tables.comment).values(status=Status.SPAM)))
    answer = act(client, link, "download")
    assert answer.headers["content-disposition"].startswith("attachment")
    found = json.loads(answer.text)
    assert found["email"] == "Ada@Example.org"
    assert [each["text"] for each in found["comments"]] == ["The first", "The second"]
    assert found["comments"][0]["website"] == "https://ada.example"
    assert found["comments"][0]["page"] == "https://blog.example/post"
    assert not found["comments"][0]["shown"]
    assert "status" not in found["comments"][0], "nobody tests the spam check with this"


def test_a_long_file_is_written_ten_comments_at_a_time(
    client: TestClient, link: str, context: AppContext, clock: Clock
) -> None:
    for _ in range(23):
        add_comment(context, clock, email="ada@example.org")

    async def read() -> list[bytes]:
        return [piece async for piece in pieces(context, Person("ada@example.org", {1}), status=False)]

    assert client.portal is not None
    written = client.portal.call(read)
    assert [piece.count(b'"text": ') for piece in written] == [0, 10, 10, 5, 0]
    assert [*json.loads(act(client, link, "download").text)] == [*json.loads(b"".join(written))]


def test_deleted_comments_are_gone_and_the_link_with_them(client: TestClient, link: str, context: AppContext) -> None:
    assert "2 comments were deleted" in act(client, link, "delete").text
    assert rows(context, comment.text) == [("Mine",)]
    assert client.get(link).status_code == 404
    assert act(client, link, "download").status_code == 404


def test_without_a_name_the_texts_stay(client: TestClient, reader: Reader, link: str, context: AppContext) -> None:
    assert "removed from 2 comments" in act(client, link, "anonymise").text
    known = rows(context, comment.author, comment.email, comment.url, comment.client, comment.said_by_email)
    assert known[:2] == [("Anonymous", "", "", None, None)] * 2
    assert known[2][:2] == ("Bob", "bob@example.org")
    shown = reader.read()
    assert "The first" in shown
    assert "Ada" not in shown
    assert client.get(link).status_code == 404


def test_an_action_that_is_not_known_changes_nothing(client: TestClient, link: str, context: AppContext) -> None:
    assert act(client, link, "burn").status_code == 422
    assert len(rows(context, comment.id)) == 3


def test_the_link_ends_after_a_day_and_with_another_address(
    client: TestClient, link: str, context: AppContext, clock: Clock
) -> None:
    newest = rows(context, comment.id, comment.email)[1]
    change = update(tables.comment).where(comment.id == newest[0])
    context.writer.run(lambda c: c.execute(change.values(email="eve@example.org")))
    assert client.get(link).status_code == 404, "the address was corrected by a moderator"
    context.writer.run(lambda c: c.execute(change.values(email=newest[1])))
    assert client.get(link).status_code == 200
    clock.advance(days=1)
    assert client.get(link).status_code == 404
    assert client.get("/privacy/mine?token=" + "x" * 3000).status_code == 404


def test_one_mail_a_day_and_each_has_an_id_of_its_own(
    client: TestClient, link: str, delivery: Delivery, mail_server: MailServer, clock: Clock
) -> None:
    ask(client)
    delivery.round()
    assert len(mail_server.mails) == 1
    clock.advance(days=1, minutes=1)
    ask(client)
    delivery.round()
    assert len({mail["Message-ID"] for mail in mail_server.mails}) == 2
    assert "works for one day" in text_of(mail_server.newest())


def test_who_has_no_comment_is_sent_nothing_and_told_the_same(
    client: TestClient, link: str, delivery: Delivery, mail_server: MailServer, clock: Clock
) -> None:
    known, unknown = ask(client), ask(client, "eve@example.org")
    assert unknown.text.replace("eve@example.org", "") == known.text.replace("ada@example.org", "")
    delivery.round()
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize("typed", ["", "nobody", "a@b\r\nBcc: eve@example.org", "<script>"])
def test_what_is_no_address_comes_back_with_a_sentence(client: TestClient, typed: str) -> None:
    answer = ask(client, typed)
    assert answer.status_code == 422
    assert "Please enter a valid email address." in answer.text
    assert "<script>" not in answer.text


def test_a_client_asks_five_times_an_hour(client: TestClient) -> None:
    answers = [ask(client, f"{number}@example.org").status_code for number in range(6)]
    assert answers == [200] * 5 + [429]


def test_other_pages_cannot_ask_or_act(client: TestClient, link: str, context: AppContext) -> None:
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert client.post("/privacy", data={"email": "ada@example.org"}, headers=foreign).status_code == 403
    assert client.post(link, data={"action": "delete"}, headers=foreign).status_code == 403
    assert len(rows(context, comment.id)) == 3


def test_an_address_gets_one_mail_a_day_however_many_comments_it_has(
    client: TestClient, reader: Reader, link: str, delivery: Delivery, mail_server: MailServer
) -> None:
    reader.post(comment="The third")
    ask(client)
    delivery.round()
    assert len(mail_server.mails) == 1


def test_whoever_posted_under_a_name_does_not_end_its_protection(
    client: TestClient, link: str, context: AppContext, clock: Clock
) -> None:
    protected = claim(context.keyring, 1, "Ada", 0)
    context.writer.run(keep_name, protected, clock())
    context.writer.run(lambda c: c.execute(update(tables.comment).values(status=Status.PENDING)))
    assert "removed from 2 comments" in act(client, link, "anonymise").text
    with context.engine.connect() as connection:
        assert owns_name(connection, protected, "Ada") is False


@each_database
def test_what_the_api_keeps_of_its_answers_goes_too(client: TestClient, link: str, context: AppContext) -> None:
    kept = {"owner": b"o", "request": b"r", "status": 201, "expires_at": context.clock()}
    answers = {b"%03d" % number: b'{"email": "bob@example.org"}' for number in range(2 * ANSWERS_AT_ONCE)}
    hers = (b"000", b"%03d" % ANSWERS_AT_ONCE, b"%03d" % (2 * ANSWERS_AT_ONCE - 1))
    answers |= dict.fromkeys(hers, b'{"email": "ADA@example.org"}')
    rows_kept = [kept | {"key": key, "answer": answer} for key, answer in answers.items()]
    context.writer.run(lambda c: c.execute(tables.stored_answer.insert(), rows_kept))
    act(client, link, "delete")
    with context.engine.connect() as connection:
        assert set(connection.execute(select(tables.stored_answer.c.key)).scalars()) == set(answers) - set(hers)


def test_a_title_that_nobody_checked_is_not_in_the_file(client: TestClient, link: str, context: AppContext) -> None:
    named = update(tables.page).values(title="Buy pills", title_checked=False)
    context.writer.run(lambda c: c.execute(named))
    assert "Buy pills" not in act(client, link, "download").text
