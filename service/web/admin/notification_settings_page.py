"""``/admin/account/mail``: the address at which an admin gets mail about comments, about which, and when."""

import logging
from collections.abc import Mapping

from sqlalchemy import Connection
from starlette.responses import Response

from service import moderator_mail
from service.mail import outbox
from service.mail.outbox import MailKind
from service.mailed_link import read_address
from service.moderator_mail import MailTopic, Pace, Wish
from service.sites import read_sites
from service.smtp_url import mailbox
from service.web.admin import account_page
from service.web.admin.admin_params import HOME, ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.admin.login_page import with_retry_after

log = logging.getLogger(__name__)

_LONGEST = 100


async def show(request: AdminRequest) -> Response:
    """``GET /admin/account/mail?token=``: asks whether the address that was mailed to is to be used."""
    token = request.http.query_params.get("token", "")
    email = await _is_ours(request, token)
    return request.render("account_mail.html", {"email": email, "token": token}, 200 if email else 404)


async def change(request: AdminRequest) -> Response:
    """``POST /admin/account/mail``: ``action`` is ``ask`` (with an ``address``), ``confirm`` (with a ``token``),
    ``wishes``, or ``forget``."""
    fields = await ActionFields.of(request.http)
    handle = {"ask": _ask, "confirm": _confirm, "wishes": _choose, "forget": _forget}.get(fields.one("action"))
    return await handle(request, fields) if handle else request.not_understood()


async def _ask(request: AdminRequest, fields: ActionFields) -> Response:
    """Mail a link to an address. It costs the password: by the links of later mails comments are moderated."""
    _, admin, typed = request.gettext, request.current_admin, fields.one("address").strip()
    if request.context.settings.mail_server is None:
        return await _refuse(request, typed, _("No mail server is configured."), 409)
    try:
        address = mailbox(typed[: _LONGEST + 1]).addr_spec
    except ValueError:
        address = ""
    if not 1 <= len(address) <= _LONGEST:
        return await _refuse(request, typed, _("Please enter a valid email address."))
    if refusal := await account_page.unless_password(request, "mail-current", fields.one("current"), address=typed):
        return refusal
    if wait := await request.context.wait(("mail", f"admin {admin.id}".encode())):
        refused = await _refuse(request, typed, _("Too many requests. Please wait a moment."), 429)
        return with_retry_after(refused, int(wait) + 1)

    def ask(connection: Connection) -> bool:
        site_id = min(admin.own_sites(read_sites(connection)).values(), default=0)
        if site_id:
            mailbox_id = moderator_mail.set_mailbox(connection, admin.id, address, request.now)
            outbox.enqueue(connection, site_id, MailKind.ADDRESS, mailbox_id, request.now)
        return bool(site_id)

    if not await request.context.write_alone(ask):
        return await _refuse(request, typed, _("There are no sites yet."))
    return _back(request, "mail-asked")


async def _confirm(request: AdminRequest, fields: ActionFields) -> Response:
    mailbox_id = read_address(request.context.keyring, fields.one("token"), request.now)
    confirm, admin_id = moderator_mail.confirm_mailbox, request.current_admin.id
    if mailbox_id is None or not await request.context.write(confirm, admin_id, mailbox_id, request.now):
        return request.render("account_mail.html", {"email": "", "token": ""}, 404)
    log.info("address for mail confirmed", extra={"admin": admin_id})
    return _back(request, "mail-confirmed")


async def _choose(request: AdminRequest, fields: ActionFields) -> Response:
    admin, typed = request.current_admin, dict(fields.pairs)
    sites = admin.own_sites(await request.context.read(read_sites))
    wishes = {site_id: wish for site_id in sites.values() if (wish := _wish(typed, site_id)) is not None}
    await request.context.write_alone(moderator_mail.set_wishes, admin.id, wishes)
    return _back(request, "mail-wishes")


async def _forget(request: AdminRequest, _fields: ActionFields) -> Response:
    await request.context.write(moderator_mail.remove_mailbox, request.current_admin.id)
    return _back(request, "mail-forgotten")


def _wish(typed: Mapping[str, str], site_id: int) -> Wish | None:
    try:
        return Wish(MailTopic(typed.get(f"what-{site_id}", "")), Pace(typed.get(f"pace-{site_id}", "")))
    except ValueError:
        return None


async def _is_ours(request: AdminRequest, token: str) -> str:
    """The address that a token confirms, if it is this admin's still; else empty."""
    mailbox_id = read_address(request.context.keyring, token, request.now)
    known = await request.context.read(moderator_mail.read_mailbox, request.current_admin.id)
    return known.email if known is not None and known.id == mailbox_id else ""


async def _refuse(request: AdminRequest, address: str, error: str, status: int = 422) -> Response:
    return await account_page.page(request, {"address": error}, address=address, status=status)


def _back(request: AdminRequest, what: str) -> Response:
    return request.see_other(f"{HOME}/account?what={what}#mail")
