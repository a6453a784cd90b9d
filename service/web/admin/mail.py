"""Whether mail works: what is set, what waits, and a test mail."""

import logging

from anyio import to_thread
from starlette.responses import Response

from service.mail import messages, outbox
from service.mail.send import ERRORS, connect, describe_error
from service.smtp_url import mailbox
from service.web.admin.params import ActionFields
from service.web.admin.session import AdminRequest
from service.web.background_tasks import sender_of

log = logging.getLogger(__name__)


async def show(request: AdminRequest) -> Response:
    """``GET /admin/mail``."""
    return await _page(request, {})


async def send(request: AdminRequest) -> Response:
    """``POST /admin/mail``: send a test mail to ``address``, at once, and say what the server said."""
    _ = request.gettext
    address = (await ActionFields.of(request.http)).one("address").strip()
    server = request.context.settings.mail_server
    if server is None:
        return await _page(request, {"error": _("No mail server is set.")}, 409)
    try:
        to = mailbox(address)
    except ValueError:
        error = _("Please enter a valid email address.")
        return await _page(request, {"address": address, "address_error": error}, 422)
    if wait := await request.context.wait(("mail", b"test")):
        response = await _page(
            request, {"address": address, "error": _("Too many requests. Please wait a moment.")}, 429
        )
        response.headers["retry-after"] = str(int(wait) + 1)
        return response
    sender = sender_of(request.context)
    message = messages.trial_message(sender, to, request.now)

    def hand_in() -> None:
        with connect(server, sender.hostname) as send_one:
            send_one(message)

    try:
        await to_thread.run_sync(hand_in)
    except ERRORS as error:
        log.warning("the test mail was not sent: %s", describe_error(error))
        return await _page(request, {"address": address, "error": describe_error(error)}, 502)
    return await _page(request, {"sent_to": address})


async def _page(request: AdminRequest, more: dict[str, str], status: int = 200) -> Response:
    settings = request.context.settings
    values = {
        "server": settings.mail_server,
        "sender": settings.mail_from,
        "notify": settings.notify,
        "waiting": await request.context.read(outbox.waiting),
        "address": "",
        "address_error": "",
        "error": "",
        "sent_to": "",
    }
    return request.render("mail.html", {**values, **more}, status)
