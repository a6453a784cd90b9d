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


async def show(visit: AdminRequest) -> Response:
    """``GET /admin/mail``."""
    return await _page(visit, {})


async def send(visit: AdminRequest) -> Response:
    """``POST /admin/mail``: send a test mail to ``address``, at once, and say what the server said."""
    _ = visit.gettext
    address = (await ActionFields.of(visit.request)).one("address").strip()
    server = visit.core.settings.mail_server
    if server is None:
        return await _page(visit, {"error": _("No mail server is set.")}, 409)
    try:
        to = mailbox(address)
    except ValueError:
        error = _("Please enter a valid email address.")
        return await _page(visit, {"address": address, "address_error": error}, 422)
    if wait := await visit.core.wait(("mail", b"test")):
        response = await _page(visit, {"address": address, "error": _("Too many requests. Please wait a moment.")}, 429)
        response.headers["retry-after"] = str(int(wait) + 1)
        return response
    sender = sender_of(visit.core)
    message = messages.test_mail(sender, to, visit.now)

    def hand_in() -> None:
        with connect(server, sender.hostname) as send_one:
            send_one(message)

    try:
        await to_thread.run_sync(hand_in)
    except ERRORS as error:
        log.warning("the test mail was not sent: %s", describe_error(error))
        return await _page(visit, {"address": address, "error": describe_error(error)}, 502)
    return await _page(visit, {"sent_to": address})


async def _page(visit: AdminRequest, more: dict[str, str], status: int = 200) -> Response:
    settings = visit.core.settings
    context = {
        "server": settings.mail_server,
        "sender": settings.mail_from,
        "notify": settings.notify,
        "waiting": await visit.core.read(outbox.waiting),
        "address": "",
        "address_error": "",
        "error": "",
        "sent_to": "",
    }
    return visit.render("mail.html", {**context, **more}, status)
