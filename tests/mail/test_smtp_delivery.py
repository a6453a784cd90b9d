"""The outbox is emptied once, whatever happens to the mail server or to us."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from db import tables
from db.models import Status
from service.mail import outbox
from service.mail.outbox import AT_ONCE, LEASE, MailKind
from service.mail.smtp_delivery import Delivery, Send
from service.web.context import AppContext
from tests.conftest import Clock
from tests.mail.conftest import MailServer
from tests.web.admin.conftest import add_comment


def a_wish(context: AppContext, clock: Clock, email: str = "ada@example.org") -> int:
    """A shown comment whose author is to be asked to confirm."""
    comment_id = int(add_comment(context, clock, status=Status.APPROVED, email=email).partition("-")[2])
    row = {"site_id": 1, "comment_id": comment_id, "lang": "en", "asked_at": clock(), "confirmed_at": None}
    context.writer.run(lambda connection: connection.execute(tables.subscription.insert(), row))
    context.writer.run(lambda connection: outbox.enqueue(connection, 1, MailKind.CONFIRM, comment_id, clock()))
    return comment_id


def waiting(context: AppContext) -> outbox.QueueState:
    with context.engine.connect() as connection:
        return outbox.waiting(connection)


def test_what_is_sent_is_sent_once(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer
) -> None:
    a_wish(context, clock)
    assert delivery.round() == 1
    clock.advance(days=1)
    assert delivery.round() == 0
    assert len(mail_server.mails) == 1
    assert waiting(context).number == 0


def test_a_server_that_is_down_gets_it_when_it_is_up_again(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    a_wish(context, clock)
    mail_server.stop()
    assert delivery.round() == 1
    assert "refused" in caplog.text.lower()
    assert "ada@example.org" not in caplog.text
    assert waiting(context) == outbox.QueueState(1, failing=1)
    mail_server.start()
    assert delivery.round() == 0  # not at once: it has a minute
    clock.advance(minutes=1)
    assert delivery.round() == 1
    assert len(mail_server.mails) == 1


def test_the_waits_grow_and_after_three_days_a_mail_is_given_up(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    a_wish(context, clock)
    mail_server.stop()
    began, tries = clock(), []
    while waiting(context).number:
        with context.engine.connect() as connection:
            clock.now = connection.execute(select(tables.outbox.c.due_at)).scalar_one()
        assert delivery.round() == 1
        tries.append((clock() - began).total_seconds() / 60)
    assert tries[:6] == [0, 1, 3, 7, 15, 31]
    assert tries[-1] - tries[-2] == 240
    assert 3 * 24 * 60 < tries[-1] <= 3 * 24 * 60 + 240
    assert "a mail was given up" in caplog.text


def test_what_a_killed_process_had_taken_is_sent_by_another(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer
) -> None:
    a_wish(context, clock)
    assert len(context.writer.run(outbox.take_due, clock())) == 1  # and the process that took it is no more
    assert delivery.round() == 0
    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert delivery.round() == 1
    assert len(mail_server.mails) == 1


def test_whoever_was_too_slow_settles_nothing(context: AppContext, clock: Clock, delivery: Delivery) -> None:
    a_wish(context, clock)
    (slow,) = context.writer.run(outbox.take_due, clock())
    clock.advance(seconds=LEASE.total_seconds() + 1)
    (quick,) = context.writer.run(outbox.take_due, clock())
    context.writer.run(outbox.mark_done, slow, clock())
    context.writer.run(outbox.postpone, [slow], clock())
    assert waiting(context).number == 1
    context.writer.run(outbox.mark_done, quick, clock())
    assert waiting(context).number == 0


def test_a_stop_leaves_the_rest_to_others(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer
) -> None:
    for _ in range(3):
        a_wish(context, clock)
    delivery.round(lambda: len(mail_server.mails) == 1)
    assert len(mail_server.mails) == 1
    clock.advance(minutes=1)
    delivery.round()
    assert len(mail_server.mails) == 3


def test_many_are_sent_in_several_rounds(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer
) -> None:
    for _ in range(AT_ONCE + 2):
        a_wish(context, clock)
    assert [delivery.round(), delivery.round()] == [AT_ONCE, 2]
    assert len(mail_server.mails) == AT_ONCE + 2


def test_a_recipient_that_is_refused_for_good_is_not_tried_again(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    a_wish(context, clock)
    mail_server.refuse["ada@example.org"] = "550 No such user"
    delivery.round()
    assert waiting(context).number == 0
    assert "550" in caplog.text
    assert "ada@example.org" not in caplog.text


def test_a_recipient_that_is_refused_for_now_keeps_nobody_else_waiting(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer
) -> None:
    mail_server.refuse["full@example.org"] = "452 Mailbox full"
    a_wish(context, clock, "full@example.org")
    a_wish(context, clock, "eve@example.org")
    delivery.round()
    assert mail_server.recipients == [["eve@example.org"]]
    assert waiting(context) == outbox.QueueState(1, failing=1)
    del mail_server.refuse["full@example.org"]
    clock.advance(minutes=1)
    delivery.round()
    assert mail_server.recipients[1:] == [["full@example.org"]]


def test_a_mail_that_cannot_be_written_keeps_nobody_else_waiting(
    context: AppContext,
    clock: Clock,
    delivery: Delivery,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, fine = a_wish(context, clock), a_wish(context, clock, "eve@example.org")
    assert broken < fine
    whole = type(delivery.composer).message

    def break_down(self: Any, connection: Any, taken: outbox.TakenMail, now: Any) -> Any:
        if taken.about == broken:
            raise KeyError("a mistake of ours")
        return whole(self, connection, taken, now)

    monkeypatch.setattr(type(delivery.composer), "message", break_down)
    caplog.set_level(logging.ERROR)
    delivery.round()
    assert mail_server.recipients == [["eve@example.org"]]
    assert "a mail could not be written" in caplog.text


def test_an_address_that_servers_do_not_take_is_left_out(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer
) -> None:
    a_wish(context, clock, "zoë@example.org")
    a_wish(context, clock, "eve@bücher.example")
    delivery.round()
    assert mail_server.recipients == [["eve@xn--bcher-kva.example"]]
    assert waiting(context).number == 0


def test_half_a_lease_is_the_end_of_a_round(context: AppContext, clock: Clock, delivery: Delivery) -> None:
    """So that a slow server never has us send what another process has taken by then."""
    sent: list[EmailMessage] = []

    @contextmanager
    def slow() -> Iterator[Send]:
        def send(message: EmailMessage) -> None:
            sent.append(message)
            clock.advance(minutes=3)

        yield send

    for _ in range(4):
        a_wish(context, clock)
    replace(delivery, connect=slow).round()
    assert len(sent) == 2


def test_a_setting_taken_away_ends_the_mails_to_owners(
    context: AppContext, clock: Clock, delivery: Delivery, mail_server: MailServer
) -> None:
    add_comment(context, clock)
    context.writer.run(lambda connection: outbox.enqueue(connection, 1, MailKind.DIGEST, 5, clock()))
    replace(delivery, composer=replace(delivery.composer, owners=())).round()
    assert mail_server.mails == []
    assert waiting(context).number == 0
