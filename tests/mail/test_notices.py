"""Of which comments moderators are told, when, and how often: each once, by everybody's own choice, whatever fails."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import select

from db import tables
from db.models import Status
from db.writer import Writer
from service import admin_accounts, moderator_mail
from service.admin_rights import Role
from service.comments import moderate
from service.housekeeping import chores
from service.language import admin_language
from service.mail import notice_message, notices, outbox
from service.mail.notice_message import LONGEST_TEXT, MOST_IN_A_MAIL, NoticedComment, Told
from service.mail.outbox import MailKind, TakenMail
from service.mail.smtp_delivery import Delivery
from service.mailed_link import Choice
from service.moderator_mail import MailTopic, Pace, Wish
from service.settings import Settings
from service.web.context import AppContext
from tests.conftest import Clock
from tests.mail.conftest import MailServer, text_of
from tests.mail.moderators import Desk, add_moderator, give_mailbox, links_of
from tests.mail.test_reader_messages import AT, KNOWN, SENDER, TO, TOKEN, comment, sent, typed
from tests.reader import Reader
from tests.web.admin.conftest import add_comment

THOUGHTS = ("The ferry was late again.", "My aunt grows tomatoes.", "Who painted the wall?", "Rain suits this harbour.")
"""So different that none looks like a repetition of another."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"notify": (), "mail_a_day": 2})


@pytest.fixture
def desk(reader: Reader, delivery: Delivery, mail_server: MailServer, context: AppContext, clock: Clock) -> Desk:
    return Desk(reader, delivery, mail_server, context, clock).begin()


def texts(mails: list[EmailMessage]) -> list[list[str]]:
    """Which of ``THOUGHTS`` each mail tells of."""
    return [[thought for thought in THOUGHTS if f"> {thought}" in text_of(mail)] for mail in mails]


def test_a_mail_at_once_has_what_a_decision_needs_and_no_address(desk: Desk) -> None:
    desk.post("word " * 200)
    (mail,) = desk.deliver()
    assert mail["Subject"] == "A comment by Ada waits for approval on blog.example"
    raw = desk.server.raw[-1].decode()
    assert "ada@example.org" not in raw
    html = mail.get_body(("html",))
    assert html is not None
    for body in (text_of(mail), str(html.get_content())):
        assert body.count("word") == LONGEST_TEXT // 5
        assert "https://blog.example/post" in body
    assert set(links_of(mail)) == set(Choice)


@pytest.mark.parametrize(
    ("what", "told"), [(MailTopic.ALL, ["held", "shown"]), (MailTopic.HELD, ["held"]), (MailTopic.NOTHING, [])]
)
def test_everybody_chooses_what_to_be_told(desk: Desk, what: MailTopic, told: list[str]) -> None:
    desk.wish(what, Pace.NOW)
    desk.post("This is held.")
    desk.post("This is shown.", held=False, name="Tom")
    mails = desk.deliver()
    assert [word for word in ("held", "shown") if any(f"> This is {word}." in text_of(mail) for mail in mails)] == told


def test_a_published_comment_cannot_be_approved_again(desk: Desk) -> None:
    desk.wish(MailTopic.ALL, Pace.NOW)
    desk.post("This is shown.", held=False)
    (mail,) = desk.deliver()
    assert mail["Subject"] == "A comment by Ada is published on blog.example"
    assert list(links_of(mail)) == ["spam", "trash", "reply"]


def test_hourly_the_first_comes_at_once_and_what_follows_with_the_next_hour(desk: Desk) -> None:
    desk.wish(MailTopic.HELD, Pace.HOUR)
    desk.post(THOUGHTS[0])
    assert texts(desk.deliver()) == [[THOUGHTS[0]]]
    desk.post(THOUGHTS[1], name="Tom")
    desk.post(THOUGHTS[2], name="Eve")
    assert desk.deliver() == []
    desk.clock.advance(hours=1)
    assert texts(desk.deliver()) == [[THOUGHTS[1], THOUGHTS[2]]]


def test_a_daily_digest_comes_at_six(desk: Desk) -> None:
    desk.wish(MailTopic.HELD, Pace.DAY)
    desk.post(THOUGHTS[0])  # at 12:00
    desk.clock.advance(hours=17)
    desk.post(THOUGHTS[1], name="Tom")
    assert desk.deliver() == []
    desk.clock.advance(hours=1)
    assert texts(desk.deliver()) == [[THOUGHTS[0], THOUGHTS[1]]]
    desk.post(THOUGHTS[2], name="Eve")
    desk.clock.advance(hours=23)
    assert desk.deliver() == []
    desk.clock.advance(hours=1)
    assert texts(desk.deliver()) == [[THOUGHTS[2]]]


def test_beyond_so_many_a_day_comments_come_by_the_hour(desk: Desk) -> None:
    for number, thought in enumerate(THOUGHTS):
        desk.post(thought, name=f"Tom{number}")
    assert texts(desk.deliver()) == [[THOUGHTS[0]], [THOUGHTS[1]], [THOUGHTS[2], THOUGHTS[3]]]


def test_a_comment_is_told_once_to_each(desk: Desk, clock: Clock) -> None:
    """Also if its author edits it and it waits again."""
    first = desk.post("Please look at this.")
    other = add_moderator(desk.context, "Kit", clock(), Wish(MailTopic.ALL, Pace.NOW))
    desk.post("And at that.", name="Tom")
    desk.delivery.round()
    assert sorted(mail["To"] for mail in desk.server.mails) == ["ida@blog.example"] * 2 + ["kit@blog.example"]
    notice = tables.notice.c
    with desk.context.engine.connect() as connection:
        noted = connection.execute(select(notice.comment_id).where(notice.admin_id == other)).scalars().all()
    assert first not in noted


def test_what_a_moderator_has_decided_is_not_told(desk: Desk) -> None:
    desk.wish(MailTopic.ALL, Pace.DAY)
    for number, status in enumerate((Status.APPROVED, Status.SPAM)):
        held = desk.post(THOUGHTS[number], name=f"Tom{number}")
        desk.context.writer.run(moderate.decide, [(1, held)], status, desk.olga, desk.clock())
    desk.clock.advance(days=1)
    assert desk.deliver() == []
    with desk.context.engine.connect() as connection:
        assert outbox.waiting(connection).number == 0


def test_who_may_only_read_gets_no_links_that_act(desk: Desk, clock: Clock) -> None:
    desk.context.writer.run(admin_accounts.set_role, desk.ida, Role.READER, None, None, clock())
    desk.post("Please look at this.")
    (mail,) = desk.deliver()
    assert links_of(mail) == {}
    assert "> Please look at this." in text_of(mail)


@pytest.mark.parametrize("end", ["removed", "another site", "another address", "nothing"])
def test_nobody_is_told_who_should_not_be_any_more(desk: Desk, end: str) -> None:
    desk.post("Please look at this.")
    run, now = desk.context.writer.run, desk.clock()
    if end == "removed":
        run(admin_accounts.remove, desk.ida, desk.olga, now)
    elif end == "another site":
        run(admin_accounts.set_role, desk.ida, Role.MODERATOR, set(), None, now)
    elif end == "another address":
        run(moderator_mail.set_mailbox, desk.ida, "eve@blog.example", now)
    else:
        desk.wish(MailTopic.NOTHING, Pace.NOW)
    desk.post("And at this.", name="Tom")
    desk.delivery.round()
    assert desk.server.mails == []


def test_the_default_is_what_waits_once_an_hour(desk: Desk, clock: Clock) -> None:
    give_mailbox(desk.context, desk.olga, "olga@blog.example", clock())
    desk.post(THOUGHTS[0])
    desk.post(THOUGHTS[1], held=False, name="Tom")
    desk.delivery.round()
    (mail,) = [mail for mail in desk.server.mails if mail["To"] == "olga@blog.example"]
    assert texts([mail]) == [[THOUGHTS[0]]]


def test_an_admins_own_choice_comes_before_the_setting(desk: Desk) -> None:
    desk.wish(MailTopic.NOTHING, Pace.NOW)
    held = desk.post("Please look at this.")
    run, at = desk.context.writer.run, desk.clock()
    run(notices.note, (1, held), Status.PENDING, at, by_setting=True, most_a_day=0)
    owners = (Address(addr_spec="IDA@blog.example"), TO)
    replace(desk.delivery, composer=replace(desk.delivery.composer, owners=owners)).round()
    assert [mail["To"] for mail in desk.server.mails] == [str(TO)]


def test_of_a_long_digest_the_newest_are_told_and_that_there_are_more(desk: Desk, clock: Clock) -> None:
    desk.wish(MailTopic.HELD, Pace.DAY)
    desk.post("The first one.")
    notice = tables.notice
    with desk.context.engine.connect() as connection:
        mail = connection.execute(select(notice.c.mail)).scalar_one()
    for number in range(MOST_IN_A_MAIL):
        key = add_comment(
            desk.context, clock, text=f"Number {number}.", created_at=clock() + timedelta(seconds=number + 1)
        )
        row = {"site_id": 1, "comment_id": int(key[2:]), "admin_id": desk.ida, "mail": mail, "added_at": clock()}
        desk.context.writer.run(lambda c, row=row: c.execute(notice.insert(), row))
    clock.advance(days=1)
    (digest,) = desk.deliver()
    assert digest["Subject"] == "21 comments wait for approval on blog.example"
    assert "> Number 19." in text_of(digest)
    assert "> The first one." not in text_of(digest)
    assert "There are more." in text_of(digest)


def test_what_an_older_version_queued_tells_of_all_that_wait(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer
) -> None:
    add_comment(context, clock, text="From before the upgrade.")
    context.writer.run(lambda connection: outbox.enqueue(connection, 1, MailKind.DIGEST, 5, clock()))
    replace(delivery, composer=replace(delivery.composer, owners=(TO,))).round()
    assert "> From before the upgrade." in text_of(mail_server.newest())


def test_a_server_that_fails_for_a_while_costs_no_comment_and_doubles_none(desk: Desk) -> None:
    """Two processes deliver at the same time, and the server goes and comes."""
    add_moderator(desk.context, "Kit", desk.clock(), Wish(MailTopic.HELD, Pace.HOUR))
    both = [desk.delivery, replace(desk.delivery, writer=Writer(desk.context.engine))]
    for number, thought in enumerate(THOUGHTS * 2):
        if number % 4 == 1:
            desk.server.stop()
        elif number % 4 == 3:
            desk.server.start()
        key = add_comment(desk.context, desk.clock, text=f"{thought} {number}")
        noted = ((1, int(key[2:])), Status.PENDING, desk.clock())
        desk.context.writer.run(notices.note, *noted, by_setting=False, most_a_day=0)
        together([delivery.round for delivery in both])
        desk.clock.advance(minutes=20)
    for _ in range(20):
        together([delivery.round for delivery in both])
        desk.clock.advance(hours=1)
    both[1].writer.close()
    for to in ("ida@blog.example", "kit@blog.example"):
        read = "\n".join(text_of(mail) for mail in desk.server.mails if mail["To"] == to)
        assert [read.count(f"> {thought} {number}") for number, thought in enumerate(THOUGHTS * 2)] == [1] * 8
    with desk.context.engine.connect() as connection:
        assert outbox.waiting(connection).number == 0


def together(jobs: list[Callable[[], Any]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_notices_are_forgotten_after_a_month(desk: Desk) -> None:
    desk.post("Please look at this.")
    desk.deliver()
    for job in chores(desk.context.settings, desk.clock() + timedelta(days=31)):
        desk.context.writer.run(job)
    with desk.context.engine.connect() as connection:
        assert connection.execute(select(tables.notice)).all() == []


@given(author=typed, title=typed, text=typed)
def test_no_word_of_a_reader_becomes_a_header_or_markup(author: str, title: str, text: str) -> None:
    news = NoticedComment(
        comment(f"{author}<i>", f"{text}</div><script>", f"{title}<b>"), {Choice.SPAM: f"{SENDER.public_url}/x"}
    )
    told = Told((TO,), "https://blog.example", 1, (news,), more=False)
    taken = TakenMail(1, MailKind.NOTICE, 5, 1, AT)
    read = sent(
        notice_message.write(
            SENDER, taken, told, admin_language("en"), f"{SENDER.public_url}/mail/notices?token={TOKEN}"
        )
    )
    assert set(read.keys()) <= KNOWN
    assert read["To"] == "ada@example.org"
    assert not read.defects
    html = read.get_body(("html",))
    assert html is not None
    body = str(html.get_content())
    assert "<script" not in body
    assert "<i>" not in body
    assert body.count("<a ") == 4


def test_it_is_in_the_language_of_the_setting() -> None:
    news = NoticedComment(comment("Ada", "Roses", "A post"), {Choice.SPAM: f"{SENDER.public_url}/x"})
    told, taken = Told((TO,), "https://blog.example", 1, (news,), more=True), TakenMail(1, MailKind.NOTICE, 5, 1, AT)
    german = sent(notice_message.write(SENDER, taken, told, admin_language("de"), f"{SENDER.public_url}/stop"))
    assert german["Subject"].startswith("Ein Kommentar von Ada")
    plain, html = german.get_body(("plain",)), german.get_body(("html",))
    assert plain is not None
    assert html is not None
    for said in (str(plain.get_content()), str(html.get_content())):
        for english in ("wrote", "There are", "The links", "All comments", "You have", "Page:"):
            assert english not in said
    arabic = sent(notice_message.write(SENDER, taken, told, admin_language("ar"))).get_body(("html",))
    assert arabic is not None
    assert '<html lang="ar" dir="rtl">' in str(arabic.get_content())
