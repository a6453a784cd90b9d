"""Webhooks hear everything once, whatever happens to the receiver or to us."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from db import tables
from db.models import Status
from service import sites
from service.app import create_app
from service.comments import admin_edit, moderate
from service.settings import Settings
from service.web import background_tasks
from service.web.context import AppContext
from service.webhooks import message_queue, site_webhooks
from service.webhooks.http_delivery import Courier
from service.webhooks.message_queue import LEASE, MOST_ATTEMPTS
from service.webhooks.site_webhooks import Event, Kind
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import Reader
from tests.service_process import wait_for
from tests.webhooks.conftest import Receiver, approve, listen, send_due


def attempts(context: AppContext) -> list[tuple[int | None, str]]:
    attempt = tables.webhook_attempt.c
    with context.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(attempt.status, attempt.said).order_by(attempt.id))]


def test_what_a_reader_posts_is_told_with_a_signature_that_others_can_check(
    reader: Reader, context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    hook = listen(context, receiver.url())
    assert reader.post(comment="A *thought*", email="ada@example.org").status_code == 303
    clock.now = datetime.now(UTC)  # the library compares with the time of day
    assert send_due(courier) == 2
    submitted, approved = receiver.heard
    assert [submitted.json["type"], approved.json["type"]] == ["comment.submitted", "comment.approved"]
    for heard in receiver.heard:
        assert Verifier(hook.secret).verify(heard.body, heard.headers)["data"]["text"] == "A *thought*"
        with pytest.raises(WebhookVerificationError):
            Verifier(hook.secret).verify(heard.body + b" ", heard.headers)
    assert submitted.headers["webhook-id"] != approved.headers["webhook-id"]
    assert b"ada@example.org" not in submitted.body
    assert send_due(courier) == 0


def test_email_addresses_go_out_only_where_the_owner_wants_it(
    reader: Reader, context: AppContext, courier: Courier, receiver: Receiver
) -> None:
    listen(context, receiver.url(), Event.SUBMITTED, with_email=True)
    reader.post(email="ada@example.org")
    send_due(courier)
    assert receiver.heard[0].json["data"]["author"]["email"] == "ada@example.org"


def test_each_change_is_an_event(context: AppContext, clock: Clock, courier: Courier, receiver: Receiver) -> None:
    listen(context, receiver.url())
    (comment_id,) = approve(context, clock)
    key = (1, comment_id)
    for status in (Status.PENDING, Status.SPAM, Status.TRASH):
        context.writer.run(moderate.decide, [key], status, None, clock())
    context.writer.run(admin_edit.edit_comment, key, {"text": "Better"}, None, clock())
    send_due(courier)
    context.writer.run(admin_edit.delete_comment, key, None, clock())
    send_due(courier)
    said = [heard.json["type"].partition(".")[2] for heard in receiver.heard]
    assert said == ["approved", "held", "spam", "deleted", "edited", "deleted"]
    assert "text" not in receiver.heard[0].json["data"], "it is in the trash by now, so its words are withdrawn"
    assert receiver.heard[-1].json["data"] == {"site": "https://blog.example", "id": comment_id}


def test_a_receiver_that_is_down_gets_everything_once_when_it_is_back(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    listen(context, receiver.url(), Event.APPROVED)
    receiver.statuses["/hook"] = 503
    first = approve(context, clock, 3)
    assert send_due(courier) == 3
    assert len(receiver.heard) == 1, "the others wait, too"
    clock.advance(seconds=59)
    assert send_due(courier) == 0
    clock.advance(seconds=1)
    send_due(courier)
    later = approve(context, clock, 2)
    receiver.statuses["/hook"] = 200
    receiver.heard.clear()
    clock.advance(minutes=10)
    while send_due(courier):
        clock.advance(minutes=10)
    assert [heard.json["data"]["id"] for heard in receiver.heard] == first + later
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 5
    clock.advance(days=8)
    assert send_due(courier) == 0


def test_the_waits_grow_and_after_three_days_a_message_is_given_up_until_it_is_replayed(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    hook = listen(context, receiver.url(), Event.APPROVED)
    receiver.statuses["/hook"] = 500
    approve(context, clock)
    tries = []
    while send_due(courier):
        tries.append(clock())
        with context.engine.connect() as connection:
            clock.now = connection.execute(select(tables.webhook_delivery.c.due_at)).scalar_one()
    waits = [(after - before) / timedelta(minutes=1) for before, after in pairwise(tries)]
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == 240
    assert len(tries) == MOST_ATTEMPTS
    assert timedelta(days=2, hours=20) < tries[-1] - tries[0] < timedelta(days=3, hours=4)
    receiver.statuses["/hook"] = 200
    assert context.writer.run(message_queue.replay, hook, clock()) == 1
    assert send_due(courier) == 1
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 1
    assert context.writer.run(message_queue.replay, hook, clock()) == 0, "it was delivered"


def test_one_message_that_is_refused_does_not_hold_back_the_next(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    listen(context, receiver.url(), Event.APPROVED)
    receiver.statuses["/hook"] = 400
    approve(context, clock, 3)
    send_due(courier)
    assert len(receiver.heard) == 3


def test_a_receiver_that_is_gone_for_good_is_not_asked_again_until_a_test_succeeds(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    hook = listen(context, receiver.url(), Event.APPROVED)
    receiver.statuses["/hook"] = 410
    approve(context, clock, 2)
    send_due(courier)
    clock.advance(minutes=5)
    send_due(courier)
    approve(context, clock)
    assert len(receiver.heard) == 1
    receiver.statuses["/hook"] = 200
    assert courier.send_test(hook).status == 200
    approve(context, clock)
    send_due(courier)
    assert [heard.json["type"] for heard in receiver.heard[1:]] == ["webhook.test", "comment.approved"]


def test_redirects_are_not_followed(context: AppContext, courier: Courier, receiver: Receiver) -> None:
    hook = listen(context, receiver.url())
    receiver.statuses["/hook"] = 307
    assert "redirects" in courier.send_test(hook).said
    assert receiver.at("/elsewhere") == []


def test_a_token_that_a_receiver_repeats_is_neither_stored_nor_shown(
    context: AppContext, courier: Courier, receiver: Receiver
) -> None:
    hook = listen(context, receiver.url("/echo"), kind=Kind.BUILD, token="tk_8127361")
    receiver.statuses["/echo"] = 403
    said = courier.send_test(hook).said
    assert receiver.heard[0].headers["authorization"] == "Bearer tk_8127361"
    assert "Authorization: Bearer …" in said
    assert "tk_8127361" not in said + repr(attempts(context))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "100.64.0.1", "[::1]", "[fc00::1]", "[::ffff:10.0.0.1]"],
)
def test_private_addresses_are_asked_only_if_a_setting_allows_them(
    host: str, context: AppContext, clock: Clock, receiver: Receiver
) -> None:
    hook = listen(context, f"http://{host}:{receiver.server_port}/hook")
    outside = Courier(context.engine, context.writer, PUBLIC_URL, private=False, clock=clock)
    assert "private network" in outside.send_test(hook).said
    assert receiver.heard == []


def test_addresses_of_clouds_are_never_asked(context: AppContext, courier: Courier) -> None:
    assert "never fetched" in courier.send_test(listen(context, "http://169.254.169.254/latest")).said


def test_what_a_killed_process_had_taken_is_sent_by_another(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    listen(context, receiver.url(), Event.APPROVED)
    approve(context, clock)
    assert courier.take()  # and the process that took it is no more
    assert send_due(courier) == 0
    clock.advance(seconds=LEASE.total_seconds())
    assert send_due(courier) == 1


def test_a_stop_gives_the_rest_back_at_once(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    listen(context, receiver.url(), Event.APPROVED)
    approve(context, clock, 3)
    (messages,) = courier.take().values()
    courier.send(messages, lambda: bool(receiver.heard))
    assert len(receiver.heard) == 1
    assert send_due(courier) == 2
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 3


def test_a_receiver_that_never_answers_keeps_no_other_waiting(
    settings: Settings, clock: Clock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_tasks, "WEBHOOKS_EVERY", 0.01)
    monkeypatch.setattr(background_tasks, "SECONDS_TO_FINISH", 0.1)
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL) as client:
        context: AppContext = client.app_state["context"]
        listen(context, receiver.url("/silent"), Event.APPROVED)
        listen(context, receiver.url("/quick"), Event.APPROVED)
        approve(context, clock)
        wait_for(lambda: receiver.at("/silent") and receiver.at("/quick"), "both to be asked")
        approve(context, clock)
        wait_for(lambda: len(receiver.at("/quick")) == 2, "the second message")
        assert len(receiver.at("/silent")) == 1, "it still has the first"
        receiver.closing.set()


def test_a_site_that_is_removed_takes_its_webhooks_along(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    hook = listen(context, receiver.url())
    courier.send_test(hook)
    approve(context, clock)
    for job in sites.remove(1, with_comments=True):
        context.writer.run(job)
    assert send_due(courier) == 0
    assert attempts(context) == []
    with context.engine.connect() as connection:
        assert site_webhooks.read_all(connection) == []


def test_a_webhook_that_is_removed_is_not_heard_of_again(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    hook = listen(context, receiver.url())
    approve(context, clock)
    taken = courier.take()
    context.writer.run(site_webhooks.remove, hook)
    for messages in taken.values():
        courier.send(messages)
    assert receiver.heard == []
    assert attempts(context) == []
