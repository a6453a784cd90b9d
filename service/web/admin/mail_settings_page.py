"""``/admin/mail``: mail settings, the number of queued mails, and a test mail."""

import logging

from anyio import to_thread
from starlette.responses import Response

from service.mail import admin_messages, outbox
from service.mail.smtp_delivery import ERRORS, connect, describe_error
from service.smtp_url import mailbox
from service.web.admin.admin_params import ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.admin.login_page import with_retry_after
from service.web.background_tasks import sender_of

log = logging.getLogger(__name__)


async def show(request: AdminRequest) -> Response:
    """``GET /admin/mail``."""
    return await _page(request, {})


async def send(request: AdminRequest) -> Response:
    """``POST /admin/mail``: send a test mail to ``address`` now, and show the server's error if there is one."""
    _ = request.gettext
    address = (await ActionFields.of(request.http)).one("address").strip()
    server = request.context.settings.mail_server
    if server is None:
        return await _page(request, {"error": _("No mail server is configured.")}, 409)
    try:
        to = mailbox(address)
    except ValueError:
        error = _("Please enter a valid email address.")
        return await _page(request, {"address": address, "address_error": error}, 422)
    if wait := await request.context.wait(("mail", b"test")):
        error = _("Too many requests. Please wait a moment.")
        return with_retry_after(await _page(request, {"address": address, "error": error}, 429), int(wait) + 1)
    sender = sender_of(request.context)
    message = admin_messages.trial_message(sender, to, request.now, request.language)

    def send_message() -> None:
        with connect(server, sender.hostname) as send_one:
            send_one(message)

    try:
        await to_thread.run_sync(send_message)
    except ERRORS as error:
        log.warning("the test mail was not sent: %s", describe_error(error))
        return await _page(request, {"address": address, "error": describe_error(error)}, 502)
    return await _page(request, {"sent_to": address})


async def _page(request: AdminRequest, changed: dict[str, str], status: int = 200) -> Response:
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
    return request.render("mail.html", {**values, **changed}, status)
