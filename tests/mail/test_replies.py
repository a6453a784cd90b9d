"""Mail about replies: asked for by a checkbox, confirmed first, sent once, of what is shown, and ended by a click."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service.app import create_app
from service.comments.moderate import decide
from service.housekeeping import chores
from service.mail import outbox
from service.mail.smtp_delivery import Delivery
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import Clock
from tests.mail.conftest import MailServer, link_in, text_of, token_in
from tests.reader import ARTICLE, Reader

PLAIN = {"content-type": "application/x-www-form-urlencoded"}


class Correspondence:
    """Readers who post, and what the mail server gets of it."""

    def __init__(
        self, reader: Reader, delivery: Delivery, server: MailServer, context: AppContext, clock: Clock
    ) -> None:
        self.reader, self.delivery, self.server, self.context, self.clock = reader, delivery, server, context, clock

    def post(self, text: str, *, to: int = 0, name: str = "Ada", wish: bool = False, **more: str) -> int:
        wished = {"subscribe_comments": "subscribe"} if wish else {}
        email = f"{name.lower()}@example.org"
        fields = {"email": email, "comment_parent": str(to), **wished, **more}
        answer = self.reader.post(json=True, comment=text, author=name, **fields)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def deliver(self) -> int:
        """How many mails go out now."""
        before = len(self.server.mails)
        self.delivery.round()
        return len(self.server.mails) - before

    def confirm(self) -> None:
        """Follow the link of the newest mail and press the button."""
        link = link_in(self.server.newest(), "/mail/confirm")
        assert self.reader.client.post(link, headers=PLAIN).status_code == 200

    def subscribed(self, text: str = "What do you think?") -> int:
        comment = self.post(text, wish=True)
        assert self.deliver() == 1
        self.confirm()
        return comment

    def wishes(self) -> int:
        with self.context.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(tables.subscription)).scalar_one())

    def moderate(self, comment: int, status: Status) -> None:
        self.context.writer.run(decide, [(1, comment)], status, None, self.clock())


@pytest.fixture
def post(
    reader: Reader, delivery: Delivery, mail_server: MailServer, context: AppContext, clock: Clock
) -> Correspondence:
    return Correspondence(reader, delivery, mail_server, context, clock)


def test_the_checkbox_is_there_where_mail_is_set(client: TestClient) -> None:
    assert 'name="subscribe_comments"' in client.get("/thread", params={"page": ARTICLE}).text


def test_a_reply_is_told_to_whoever_confirmed(post: Correspondence) -> None:
    mine = post.subscribed()
    reply = post.post("I think *so*.\n\nReally.", to=mine, name="Tom")
    assert post.deliver() == 1
    mail = post.server.newest()
    assert mail["To"] == "ada@example.org"
    assert mail["From"] == "Comments <comments@blog.example>"
    assert mail["Subject"].startswith("Tom replied to your comment on “")
    assert "> I think *so*.\n> \n> Really." in text_of(mail).replace("\r\n", "\n")
    assert f"{ARTICLE}#comment-{reply}" in text_of(mail)
    assert "tom@example.org" not in post.server.raw[-1].decode()


def test_nobody_is_told_without_having_confirmed(post: Correspondence) -> None:
    mine = post.post("What do you think?", wish=True)
    assert post.deliver() == 1
    post.post("I think so.", to=mine, name="Tom")
    assert post.deliver() == 0


def test_nobody_is_told_without_having_asked(post: Correspondence) -> None:
    mine = post.post("What do you think?")
    post.post("I think so.", to=mine, name="Tom")
    assert post.deliver() == 0


def test_a_confirmation_holds_no_word_of_a_reader(post: Correspondence) -> None:
    """It may go to somebody whose address a stranger typed."""
    typed = {"title": "Of zebras", "url": "https://zebra.example", "email": "eve@example.org"}
    post.post("A zebra crossing.", name="Zebra", wish=True, **typed)
    assert post.deliver() == 1
    assert post.server.newest()["To"] == "eve@example.org"
    assert b"zebra" not in post.server.raw[-1].lower()


def test_what_is_not_shown_makes_us_write_to_nobody(post: Correspondence) -> None:
    held = post.post("Please look at this.", wish=True, captcha="", review="1")
    post.deliver()
    assert [mail["To"] for mail in post.server.mails] == ["mara@blog.example"]
    post.moderate(held, Status.APPROVED)
    assert post.deliver() == 1
    assert post.server.newest()["To"] == "ada@example.org"
    post.confirm()


def test_a_reply_is_told_when_it_is_shown_and_once(post: Correspondence) -> None:
    mine = post.subscribed()
    reply = post.post("I think so.", to=mine, name="Tom", captcha="", review="1")
    post.deliver()
    assert "ada@example.org" not in [mail["To"] for mail in post.server.mails[1:]]
    post.moderate(reply, Status.APPROVED)
    assert post.deliver() == 1
    post.moderate(reply, Status.PENDING)
    post.moderate(reply, Status.APPROVED)
    assert post.deliver() == 0


def test_a_reply_that_was_taken_back_before_the_mail_went_out_is_not_told(post: Correspondence) -> None:
    mine = post.subscribed()
    post.moderate(post.post("I think so.", to=mine, name="Tom"), Status.TRASH)
    assert post.deliver() == 0


def test_nobody_is_told_of_their_own_reply(post: Correspondence) -> None:
    post.post("I have thought about it.", to=post.subscribed())
    assert post.deliver() == 0


def test_a_double_click_is_told_once(post: Correspondence) -> None:
    mine = post.subscribed()
    fields = post.reader.fields(comment="I think so.", author="Tom", email="tom@example.org", comment_parent=str(mine))
    assert {post.reader.send(fields, json=True).status_code for _ in range(2)} == {201}
    assert post.deliver() == 1
    assert post.deliver() == 0


def test_a_get_confirms_nothing_and_ends_nothing(post: Correspondence) -> None:
    """Mail scanners follow links."""
    mine = post.post("What do you think?", wish=True)
    post.deliver()
    page = post.reader.client.get(link_in(post.server.newest(), "/mail/confirm"))
    assert page.status_code == 200
    assert "Email me replies" in page.text
    assert f'#comment-{mine}">Back to the article</a>' in page.text
    post.post("I think so.", to=mine, name="Tom")
    assert post.deliver() == 0
    post.confirm()
    post.post("Me too.", to=mine, name="Eve")
    assert post.deliver() == 1
    assert post.reader.client.get(link_in(post.server.newest(), "/mail/unsubscribe")).status_code == 200
    assert post.wishes() == 1


def test_a_confirmation_runs_out(post: Correspondence, clock: Clock) -> None:
    mine = post.post("What do you think?", wish=True)
    post.deliver()
    clock.advance(days=2, seconds=1)
    answer = post.reader.client.post(link_in(post.server.newest(), "/mail/confirm"))
    assert answer.status_code == 404
    assert "works for two days" in answer.text
    post.post("I think so.", to=mine, name="Tom")
    assert post.deliver() == 0


def test_one_click_of_a_mail_program_ends_it(post: Correspondence) -> None:
    mine = post.subscribed()
    post.post("I think so.", to=mine, name="Tom")
    post.deliver()
    header = post.server.newest()["List-Unsubscribe"]
    link = header.strip("<>").removeprefix("http://comments.test")
    assert post.server.newest()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = post.reader.client.post(link, data={"List-Unsubscribe": "One-Click"}, headers={"accept": "*/*"})
    assert answer.status_code == 200
    assert post.wishes() == 0
    post.post("Me too.", to=mine, name="Eve")
    assert post.deliver() == 0


def test_ending_it_twice_does_no_harm(post: Correspondence) -> None:
    post.post("I think so.", to=post.subscribed(), name="Tom")
    post.deliver()
    link = link_in(post.server.newest(), "/mail/unsubscribe")
    assert [post.reader.client.post(link).status_code for _ in range(2)] == [200, 200]


def test_all_of_an_address_can_be_ended_and_nobody_elses(post: Correspondence) -> None:
    first, _ = post.subscribed("First."), post.subscribed("Second.")
    post.post("Of another.", name="Eve", wish=True)
    post.post("I think so.", to=first, name="Tom")
    post.deliver()
    mail = next(mail for mail in post.server.mails if "Tom" in mail["Subject"])
    assert post.wishes() == 3
    post.reader.client.post(link_in(mail, "/mail/unsubscribe"), data={"all": "1"})
    assert post.wishes() == 1


def test_a_link_for_one_thing_does_not_do_another(post: Correspondence) -> None:
    post.post("What do you think?", wish=True)
    post.deliver()
    token = token_in(link_in(post.server.newest(), "/mail/confirm"))
    for path in (f"/mail/unsubscribe?token={token}", f"/mail/confirm?token={token}x", "/mail/confirm"):
        assert post.reader.client.post(path).status_code == 404
    assert post.wishes() == 1


def test_a_stranger_gets_three_of_our_mails_a_day_at_most(post: Correspondence, clock: Clock) -> None:
    for number in range(5):
        post.post(f"Something else, number {'abcde'[number] * 5}.", name="Eve", wish=True)
    assert post.deliver() == 3
    clock.advance(days=1, hours=1)
    post.post("The next day.", name="Eve", wish=True)
    assert post.deliver() == 1


def test_a_browser_that_confirmed_once_need_not_again(post: Correspondence) -> None:
    consent = {"wp-comment-cookies-consent": "yes"}
    answer = post.reader.post(json=True, subscribe_comments="subscribe", comment="First.", **consent)
    proof = answer.json()["proof"]
    post.deliver()
    post.confirm()
    second = post.post("Second.", wish=True, proof=proof)
    assert post.deliver() == 0
    post.post("I think so.", to=second, name="Tom")
    assert post.deliver() == 1


def test_somebody_elses_address_must_confirm_whatever_proof_is_shown(post: Correspondence) -> None:
    consent = {"wp-comment-cookies-consent": "yes"}
    proof = post.reader.post(json=True, comment="I am Tom.", author="Tom", email="tom@example.org", **consent).json()[
        "proof"
    ]
    post.subscribed("I am Ada.")
    post.post("I am not Ada.", wish=True, proof=proof)
    assert post.deliver() == 1
    assert "/mail/confirm" in text_of(post.server.newest())


def test_the_form_that_comes_back_says_that_a_mail_comes(reader: Reader) -> None:
    form = reader.post(json=True, subscribe_comments="subscribe").json()["form"]
    assert "open the link in the email" in form
    assert "checked" not in form


def test_a_wish_is_kept_while_something_else_is_wrong(reader: Reader) -> None:
    page = reader.post(author="", subscribe_comments="subscribe").text
    assert re.search(r'name="subscribe_comments"[^>]* checked', page)


def test_a_wish_that_was_not_confirmed_is_forgotten(post: Correspondence, clock: Clock, context: AppContext) -> None:
    post.post("What do you think?", wish=True)
    post.deliver()
    post.subscribed("I am serious.")
    for job in chores(context.settings, clock.now + timedelta(days=6)):
        context.writer.run(job)
    assert post.wishes() == 1


def test_the_wish_of_a_deleted_comment_goes_with_it(post: Correspondence, clock: Clock, context: AppContext) -> None:
    post.moderate(post.subscribed(), Status.TRASH)
    for job in chores(context.settings, clock.now + timedelta(days=31)):
        context.writer.run(job)
    for job in chores(context.settings, clock.now + timedelta(days=31)):
        context.writer.run(job)
    assert post.wishes() == 0


def test_owners_are_told_once_an_hour_that_comments_wait(post: Correspondence, clock: Clock) -> None:
    post.post("Please look at this.", captcha="", review="1")
    post.post("And at this.", captcha="", review="1")
    assert post.deliver() == 1
    mail = post.server.newest()
    assert mail["Subject"] == "2 comments wait for approval on blog.example"
    assert "> And at this." in text_of(mail)
    assert "/admin?status=pending" in text_of(mail)
    post.post("And at that.", name="Tom", captcha="", review="1")
    assert post.deliver() == 0
    clock.advance(hours=1)
    assert post.deliver() == 1


def test_without_a_mail_server_nothing_is_asked_and_nothing_stored(settings: Settings) -> None:
    with AppClient(create_app(settings.model_copy(update={"smtp_url": type(settings.smtp_url)("")}))) as client:
        assert "subscribe_comments" not in client.get("/thread", params={"page": ARTICLE}).text
        Reader(client).post(subscribe_comments="subscribe")
        context = client.app_state["context"]
        with context.engine.connect() as connection:
            for table in (tables.subscription, tables.outbox):
                assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


THOUGHTS = (
    *("The ferry was late again.", "My aunt grows better tomatoes.", "Who painted the northern wall?"),
    *("Rain suits this harbour.", "A bridge would cost too much.", "Our school had such a clock."),
    *("Read the second chapter first.", "He never mentioned a lighthouse.", "Winter comes early up there."),
    *("I would ask the fishermen.", "Both maps are wrong, I think.", "Thanks for the photographs."),
)
"""So different that none looks like a repetition of another, which would be held."""


def test_an_address_gets_so_many_mails_a_day_however_long_a_flood_lasts(post: Correspondence) -> None:
    post.delivery = replace(post.delivery, composer=replace(post.delivery.composer, replies_a_day=2))
    mine = post.subscribed()
    sent = []
    for _ in range(3):
        for _ in range(4):
            post.post(THOUGHTS[len(sent)], to=mine, name=f"Tom{len(sent)}")
            sent.append(post.deliver())
        post.clock.advance(days=1)
    assert sent == [1, 1, 0, 0] * 3
    with post.context.engine.connect() as connection:
        assert outbox.waiting(connection).number == 0
