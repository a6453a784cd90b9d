"""``/admin/webhooks``: other programs that hear of comments are added, tried, paused and removed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from anyio import to_thread
from starlette.responses import Response

from service import sites
from service.number_parsing import whole_number
from service.web.admin.admin_params import HOME, ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.admin.error_words import error_words
from service.web.admin.login_page import with_retry_after
from service.web.background_tasks import courier
from service.webhooks import manage_webhooks, message_queue, site_webhooks
from service.webhooks.http_delivery import refuse_place
from service.webhooks.site_webhooks import BadWebhook, Event, Kind, SiteWebhook, Wanted

MOST_SHOWN, MOST_OF_ONE = 10, 200
"""Messages that are shown of each webhook, and of the one that was asked for."""

_LONGEST = {"url": 2000, "token": 500, "room": 200}
_Act = Callable[[AdminRequest, SiteWebhook, ActionFields], Awaitable[Response]]


async def show(request: AdminRequest) -> Response:
    """``GET /admin/webhooks``: all, or one ``webhook`` with more of its messages."""
    parameters = request.http.query_params
    one = whole_number(parameters.get("webhook", ""), 0, digits=18)
    return await _page(request, {"one": one, "what": parameters.get("what", "")})


async def act(request: AdminRequest) -> Response:
    """``POST /admin/webhooks``: ``add`` a webhook, or do something (``action``) with ``webhook``."""
    fields = await ActionFields.of(request.http)
    action = fields.one("action")
    if action == "add":
        return await _add(request, fields)
    if action not in _ACTS:
        return request.not_understood()
    number = whole_number(fields.one("webhook"), 0, digits=18)
    hook = await request.context.read(site_webhooks.find, number)
    if hook is None or not request.current_admin.sees(hook.site_id):
        return await _page(request, {"error": request.gettext("There is no such webhook.")}, 404)
    return await _ACTS[action](request, hook, fields)


async def _add(request: AdminRequest, fields: ActionFields) -> Response:
    """The answer shows the secret, and nothing later does."""
    context, admin = request.context, request.current_admin
    site_id, kind = whole_number(fields.one("site"), 0, digits=9), fields.one("kind")
    own = admin.own_sites(await context.read(sites.read_sites))
    events = [value for name, value in fields.pairs if name == "event"]
    if site_id not in own.values() or kind not in set(Kind) or not set(events) <= set(Event):
        return request.not_understood()
    typed = {name: fields.one(name).strip()[: most + 1] for name, most in _LONGEST.items()}
    chosen = [event for event in Event if event in events]
    wanted = Wanted(Kind(kind), typed["url"], chosen, typed["token"], typed["room"], bool(fields.one("with_email")))
    try:
        site_webhooks.refuse_bad(wanted)
        await to_thread.run_sync(lambda: refuse_place(wanted.url, private=context.settings.webhook_private))
    except BadWebhook as error:
        kept = typed | {"token": "", "site": str(site_id), "kind": kind, "with_email": fields.one("with_email")}
        values = {"typed": kept, "chosen": chosen, "wrong": error_words(str(error), request.language)}
        return await _page(request, values, 422)
    hook = await context.write(manage_webhooks.add, site_id, wanted, admin.id, request.now)
    return await _page(request, {"what": "added", "secret": hook.secret, "about": hook.id})


async def _test(request: AdminRequest, hook: SiteWebhook, _fields: ActionFields) -> Response:
    if wait := await request.context.wait(("webhook", b"test")):
        error = request.gettext("Too many requests. Please wait a moment.")
        return with_retry_after(await _page(request, {"error": error}, 429), int(wait) + 1)
    outcome = await to_thread.run_sync(courier(request.context).send_test, hook)
    return await _page(request, {"outcome": outcome, "about": hook.id}, 502 if outcome.said else 200)


async def _replay(request: AdminRequest, hook: SiteWebhook, fields: ActionFields) -> Response:
    """Send again what was given up, or one ``message``."""
    message, by = whole_number(fields.one("message"), 0, digits=18), request.current_admin.id
    again = await request.context.write(manage_webhooks.replay, hook, by, request.now, message or None)
    return await _page(request, {"again": again, "about": hook.id})


async def _stop(request: AdminRequest, hook: SiteWebhook, _fields: ActionFields) -> Response:
    await request.context.write(manage_webhooks.stop, hook, request.current_admin.id, request.now, stopped=True)
    return request.see_other(f"{HOME}/webhooks?what=stopped")


async def _start(request: AdminRequest, hook: SiteWebhook, _fields: ActionFields) -> Response:
    await request.context.write(manage_webhooks.stop, hook, request.current_admin.id, request.now, stopped=False)
    return request.see_other(f"{HOME}/webhooks?what=started")


async def _remove(request: AdminRequest, hook: SiteWebhook, fields: ActionFields) -> Response:
    """Only with ``sure``: its secret cannot be had again."""
    if not fields.one("sure"):
        error = request.gettext("Select the box to remove the webhook. This cannot be undone.")
        return await _page(request, {"error": error, "about": hook.id}, 422)
    await request.context.write(manage_webhooks.remove, hook, request.current_admin.id, request.now)
    return request.see_other(f"{HOME}/webhooks?what=removed")


_ACTS: Mapping[str, _Act] = {"test": _test, "replay": _replay, "stop": _stop, "start": _start, "remove": _remove}


async def _page(request: AdminRequest, changed: Mapping[str, Any], status: int = 200) -> Response:
    context = request.context
    own = request.current_admin.own_sites(await context.read(sites.read_sites))
    origins, one = {number: origin for origin, number in own.items()}, changed.get("one", 0)
    found = [
        hook for hook in await context.read(site_webhooks.read_all) if hook.site_id in origins and one in (0, hook.id)
    ]
    most = MOST_OF_ONE if one else MOST_SHOWN
    values = {
        "webhooks": [
            (hook, origins[hook.site_id], await context.read(message_queue.log, hook, most)) for hook in found
        ],
        "sites": own,
        "kinds": [*Kind],
        "events": [*Event],
        "when": request.language.when,
        "in_words": lambda said: error_words(said, request.language),
        "shown": MOST_SHOWN,
        **dict.fromkeys(("error", "wrong", "secret", "what"), ""),
        "typed": {},
        "chosen": (),
        "again": None,
        "outcome": None,
        "about": 0,
        "one": 0,
    }
    return request.render("webhooks.html", {**values, **changed}, status)
