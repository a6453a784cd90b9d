"""Passkeys: login by one, as the only step or as the second, and their part of ``/admin/account``."""

import json
import logging
from math import ceil

from starlette.responses import Response

from service import passkey_answers, passkeys
from service.number_parsing import whole_number
from service.passkey_answers import LONGEST_ANSWER, NOBODY, PasskeyChallenge, own_origins
from service.visible_text import one_line
from service.web.admin import account_page, login_form, login_page
from service.web.admin.admin_params import HOME, ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.http.request_client import client_of

log = logging.getLogger(__name__)


async def enter(request: AdminRequest) -> Response:
    """``POST /admin/login/passkey``: log in by a passkey alone. It has asked for a finger, a face or a PIN, so it is
    two steps at once."""
    fields = await ActionFields.of(request.http)
    if wait := ceil(await request.context.wait(("login", client_of(request.http)))):
        error = login_page.wait_sentence(request, wait)
        return login_page.with_retry_after(await login_form.show(request, fields.goal, error=error, status=429), wait)
    admin_id = await answered_by(request, fields, NOBODY)
    if admin_id is None:
        log.warning("passkey refused")
        error = request.gettext("That passkey was not accepted. Try again, or log in with your password.")
        return await login_form.show(request, fields.goal, error=error, status=422)
    log.info("login", extra={"admin": admin_id})
    return await login_page.start_session(request, admin_id, fields.goal)


async def answered_by(request: AdminRequest, fields: ActionFields, admin_id: int) -> int | None:
    """Whose passkey has answered the challenge of a form for an admin, or for ``NOBODY``; None if none has."""
    context, answer = request.context, fields.one("credential")
    challenge = _read_challenge(request, fields, admin_id, "login")
    if challenge is None:
        return None
    stored = await context.read(passkeys.find, passkey_answers.credential_of(answer))
    if stored is None or admin_id not in (NOBODY, stored.admin_id):
        return None
    origins = own_origins(context.settings.public_url)
    uses = await login_page.run_slow(lambda: passkey_answers.verify(answer, challenge, origins, stored))
    if uses is None or not await context.write(passkeys.use, stored.id, challenge, uses, request.now):
        return None
    return stored.admin_id


async def change(request: AdminRequest) -> Response:
    """``POST /admin/account/passkeys``: ``begin`` with the password, ``add`` what the device has made, or
    ``remove`` one."""
    fields = await ActionFields.of(request.http)
    action, admin = fields.one("action"), request.current_admin
    if action == "remove":
        passkey_id = whole_number(fields.one("id"), 0)
        removed = await request.context.write(passkeys.remove, admin.id, passkey_id, request.now)
        return request.see_other(f"{HOME}/account?what={'passkey-removed' if removed else ''}#passkeys")
    if action == "begin":
        refusal = await account_page.unless_password(request, "passkey", fields.one("current"))
        return refusal or await _ask_device(request)
    return await _add(request, fields) if action == "add" else request.not_understood()


async def _ask_device(request: AdminRequest, error: str = "", status: int = 200) -> Response:
    admin, context = request.current_admin, request.context
    challenge = passkey_answers.issue(context.keyring, admin.id, "add", request.now)
    others = await context.read(passkeys.credentials_of, admin.id)
    options = passkey_answers.creation_options(challenge, admin.id, admin.name, others)
    device = {"token": challenge.token, "options": json.dumps(options)}
    return await account_page.page(request, {"device": error} if error else {}, device=device, status=status)


async def _add(request: AdminRequest, fields: ActionFields) -> Response:
    _, admin, answer = request.gettext, request.current_admin, fields.one("credential")[: LONGEST_ANSWER + 1]
    challenge = _read_challenge(request, fields, admin.id, "add")
    if challenge is None:
        return await account_page.page(request, {"passkey": _("That took too long. Please start again.")}, status=422)
    origins = own_origins(request.context.settings.public_url)
    new = await login_page.run_slow(lambda: passkey_answers.verify_new(answer, challenge, origins))
    if new is None:
        return await _ask_device(request, _("Your device offered no passkey for this site. Please try again."), 422)
    name = one_line(fields.one("name"))[: passkeys.LONGEST_NAME] or _("A passkey")
    if not await request.context.write(passkeys.add, admin.id, name, new, request.now):
        error = _("You already have this passkey, or %(num)s passkeys.") % {"num": passkeys.MOST}
        return await account_page.page(request, {"passkey": error}, status=422)
    log.info("passkey added", extra={"admin": admin.id})
    return request.see_other(f"{HOME}/account?what=passkey#passkeys")


def _read_challenge(
    request: AdminRequest, fields: ActionFields, admin_id: int, purpose: str
) -> PasskeyChallenge | None:
    token = fields.one("challenge")
    return passkey_answers.read_challenge(request.context.keyring, token, admin_id, purpose, request.now)
