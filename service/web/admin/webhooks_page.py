"""``/admin/webhooks``: what webhooks have sent, a test, and what was given up sent again."""

from anyio import to_thread
from starlette.responses import Response

from service import sites
from service.numbers import whole_number
from service.web.admin.login import with_retry_after
from service.web.admin.params import ActionFields
from service.web.admin.session import AdminRequest
from service.web.background_tasks import courier
from service.webhooks import hooks, queue

MOST_SHOWN = 10


async def show(request: AdminRequest) -> Response:
    """``GET /admin/webhooks``."""
    return await _page(request, {})


async def act(request: AdminRequest) -> Response:
    """``POST /admin/webhooks``: ``action`` is ``test`` or ``replay``, of ``webhook``."""
    _, context = request.gettext, request.context
    fields = await ActionFields.of(request.http)
    number = whole_number(fields.one("webhook"), 0)
    hook = await context.read(hooks.find, number) if number else None
    if hook is None:
        return await _page(request, {"error": _("There is no such webhook.")}, 404)
    if fields.one("action") == "replay":
        again = await context.write(queue.replay, hook, request.now)
        return await _page(request, {"again": again, "about": hook.id})
    if wait := await context.wait(("webhook", b"test")):
        error = _("Too many requests. Please wait a moment.")
        return with_retry_after(await _page(request, {"error": error}, 429), int(wait) + 1)
    outcome = await to_thread.run_sync(courier(context).send_test, hook)
    return await _page(request, {"outcome": outcome, "about": hook.id}, 502 if outcome.said else 200)


async def _page(request: AdminRequest, changed: dict[str, object], status: int = 200) -> Response:
    context = request.context
    origins = {number: origin for origin, number in (await context.read(sites.read_sites)).items()}
    found = await context.read(hooks.read_all)
    values = {
        "webhooks": [(hook, origins[hook.site_id], await context.read(queue.log, hook, MOST_SHOWN)) for hook in found],
        "when": request.language.when,
        "error": "",
        "again": None,
        "outcome": None,
        "about": 0,
    }
    return request.render("webhooks.html", {**values, **changed}, status)
