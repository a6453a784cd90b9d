"""A static site is built once for many changes, and only for those that readers see."""

import pytest

from db.models import Status
from service.comments import moderate
from service.web.context import AppContext
from service.webhooks.http_delivery import Courier
from service.webhooks.message_queue import GATHERED_FOR, GRACE
from service.webhooks.site_webhooks import Kind
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment
from tests.webhooks.conftest import Receiver, approve, listen, send_due


@pytest.mark.parametrize("kind", [Kind.BUILD, Kind.GITHUB])
def test_several_changes_within_a_minute_are_one_build(
    kind: Kind, context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    path = "/repos/ada/blog/dispatches"
    listen(context, receiver.url(path), kind=kind, token="word")
    approve(context, clock)
    clock.advance(seconds=59)
    approve(context, clock, 2)
    assert send_due(courier) == 0
    clock.advance(seconds=1)
    assert send_due(courier) == 0, "it takes no more changes, and those that it took are being written"
    approve(context, clock)
    clock.advance(seconds=GRACE.total_seconds())
    assert send_due(courier) == 1
    (heard,) = receiver.at(path)
    assert heard.headers["authorization"] == "Bearer word"
    clock.advance(seconds=(GATHERED_FOR + GRACE).total_seconds())
    send_due(courier)
    clock.advance(seconds=GRACE.total_seconds())
    assert send_due(courier) == 1, "the change that came too late has a build of its own"


def test_what_readers_do_not_see_builds_nothing(
    context: AppContext, clock: Clock, courier: Courier, receiver: Receiver
) -> None:
    listen(context, receiver.url(), kind=Kind.BUILD)
    key = (1, int(add_comment(context, clock).partition("-")[2]))
    context.writer.run(moderate.decide, [key], Status.SPAM, None, clock())
    clock.advance(minutes=5)
    assert send_due(courier) == 0
