"""``/webhooks``: programs that are notified of comments."""

from datetime import datetime
from typing import Annotated, Any

from anyio import to_thread
from pydantic import Field
from sqlalchemy import Connection

from service.protocols.api.api_call import (
    ApiAnswer,
    Call,
    Changed,
    if_unchanged,
    invalid,
    must_see,
    not_here,
    tagged,
    there,
)
from service.protocols.api.common_shapes import Id, Limit, NoBody, NoQuery, QuerySite, Shape, SiteId
from service.protocols.api.token_auth import refuse_beyond_rate
from service.web.background_tasks import courier
from service.web.http.api_problems import API
from service.webhooks import manage_webhooks, message_queue, site_webhooks
from service.webhooks.http_delivery import refuse_place
from service.webhooks.site_webhooks import BadWebhook, Event, Kind, Wanted


class Webhook(Shape):
    """A webhook. ``place``: its receiver, without secrets."""

    id: Id
    site: SiteId
    kind: Kind
    place: str
    events: list[Event]
    with_email: bool
    created_at: datetime
    stopped_at: datetime | None

    @classmethod
    def of(cls, hook: site_webhooks.SiteWebhook, **more: Any) -> "Webhook":
        """As it is stored."""
        names = ("kind", "place", "events", "with_email", "created_at", "stopped_at")
        values = {name: getattr(hook, name) for name in names}
        return cls(id=str(hook.id), site=hook.site_id, **{**values, "events": list(hook.events)}, **more)


class MadeWebhook(Webhook):
    """The new webhook. ``secret`` signs its messages and is shown only once; empty for kinds without one."""

    secret: str


class NewWebhook(Shape):
    """Without ``events``, it has the default ones of its kind. ``token`` is sent as a bearer
    token; ``room`` is Telegram's chat or Matrix's room."""

    site: SiteId
    kind: Kind = Kind.STANDARD
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    events: Annotated[list[Event], Field(max_length=len(Event))] = Field(default=[])
    token: Annotated[str, Field(max_length=500)] = ""
    room: Annotated[str, Field(max_length=200)] = ""
    with_email: bool = False


class WebhookChange(Shape):
    """Whether it is paused."""

    stopped: bool


class WebhookQuery(Shape):
    """Of one site."""

    site: QuerySite | None = None


class WebhookList(Shape):
    """All webhooks of the admin's sites."""

    items: list[Webhook]


class Attempt(Shape):
    """The result of an attempt. ``status``: null without an answer; ``said``: why it failed, empty otherwise."""

    status: int | None
    milliseconds: int
    said: str


class Replayed(Shape):
    """How many messages are sent again."""

    count: int


class MessageQuery(Shape):
    """How many."""

    limit: Limit = 25


class Message(Shape):
    """A message, and the result of its last attempt."""

    id: Id
    event: str
    created_at: datetime
    due_at: datetime
    attempts: int
    done_at: datetime | None
    delivered: bool
    last: Attempt | None

    @classmethod
    def of(cls, row: Any) -> "Message":
        """As ``message_queue.log`` lists it."""
        names = ("event", "created_at", "due_at", "attempts", "done_at", "delivered")
        last = Attempt(status=row.status, milliseconds=row.milliseconds, said=row.said) if row.at else None
        return cls(id=str(row.id), last=last, **{name: getattr(row, name) for name in names})


class MessageList(Shape):
    """The newest messages of a webhook, newest first."""

    items: list[Message]


async def _hook(call: Call[Any, Any]) -> site_webhooks.SiteWebhook:
    """The webhook in the path. Raises Problem 404."""
    hook = there(await call.context.read(site_webhooks.find, call.id))
    return hook if call.admin.sees(hook.site_id) else not_here()


async def list_webhooks(call: Call[WebhookQuery, NoBody]) -> ApiAnswer:
    """The webhooks of the admin's sites, or of one."""
    wanted, admin = call.query.site, call.admin
    found = [hook for hook in await call.context.read(site_webhooks.read_all) if admin.sees(hook.site_id)]
    return ApiAnswer(WebhookList(items=[Webhook.of(hook) for hook in found if wanted in (None, hook.site_id)]))


async def read_webhook(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """A webhook, with its ETag."""
    return tagged(Webhook.of(await _hook(call)))


async def add_webhook(call: Call[NoQuery, NewWebhook]) -> ApiAnswer:
    """Add a webhook. Only this answer shows its secret."""
    body = call.body
    if must_see(call, body.site) not in (await call.context.sites()).ids:
        not_here()
    wanted = Wanted(body.kind, body.url, list(dict.fromkeys(body.events)), body.token, body.room, body.with_email)

    try:
        site_webhooks.refuse_bad(wanted)
        await to_thread.run_sync(lambda: refuse_place(wanted.url, private=call.context.settings.webhook_private))
    except BadWebhook as error:
        raise invalid(("url", str(error).replace("--", ""))) from error
    hook = await call.write(manage_webhooks.add, body.site, wanted, call.admin.id, call.now)
    location = {"location": call.context.address(f"{API}/webhooks/{hook.id}")}
    return ApiAnswer(MadeWebhook.of(hook, secret=hook.secret), 201, location)


async def change_webhook(call: Call[NoQuery, WebhookChange]) -> ApiAnswer:
    """Pause or resume a webhook."""
    hook, if_match = await _hook(call), call.if_match

    def change(connection: Connection) -> Webhook:
        current = there(site_webhooks.find(connection, hook.id))
        if not if_match.allows(Webhook.of(current)):
            raise Changed
        manage_webhooks.stop(connection, current, call.admin.id, call.now, stopped=call.body.stopped)
        return Webhook.of(there(site_webhooks.find(connection, hook.id)))

    return tagged(await if_unchanged(call.write(change)))


async def remove_webhook(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Remove a webhook, with its log and its queue."""
    await call.write(manage_webhooks.remove, await _hook(call), call.admin.id, call.now)
    return ApiAnswer()


async def try_webhook(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Send a test message now, and return the receiver's answer."""
    hook = await _hook(call)
    await refuse_beyond_rate(call.http, "webhook", b"test")
    outcome = await to_thread.run_sync(courier(call.context).send_test, hook)
    return ApiAnswer(Attempt(status=outcome.status, milliseconds=outcome.milliseconds, said=outcome.said))


async def replay_webhook(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Send failed messages again."""
    return ApiAnswer(
        Replayed(count=await call.write(manage_webhooks.replay, await _hook(call), call.admin.id, call.now))
    )


async def list_messages(call: Call[MessageQuery, NoBody]) -> ApiAnswer:
    """The newest messages of a webhook, each with the result of its last attempt."""
    rows = await call.context.read(message_queue.log, await _hook(call), call.query.limit)
    return ApiAnswer(MessageList(items=[Message.of(row) for row in rows]))
