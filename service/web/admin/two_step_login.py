"""Two-step login: the page that asks for the code, and its part of ``/admin/account``."""

import logging
from math import ceil

import segno
from markupsafe import Markup
from starlette.responses import Response

from service import admin_accounts, second_factor
from service.web.admin import account_page, login_page, passkey_login
from service.web.admin.admin_params import HOME, ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.admin.code_page import ask_for_code, first_step, password_digest, read_first_step
from service.web.http.request_client import client_of

ISSUER = "Leave a Reply"
log = logging.getLogger(__name__)


async def enter(request: AdminRequest) -> Response:
    """``POST /admin/login/code``: log in, if the ``code`` is right, or a passkey has answered."""
    fields = await ActionFields.of(request.http)
    token = fields.one("token")
    step = read_first_step(request, token)
    if step is None or step.password != password_digest(
        await request.context.read(admin_accounts.hash_of, step.admin_id)
    ):
        return request.see_other(f"{HOME}/login")
    admin_id = step.admin_id
    if wait := await _seconds_to_wait(request, admin_id):
        error = login_page.wait_sentence(request, wait)
        return login_page.with_retry_after(await ask_for_code(request, token, fields.goal, error, 429), wait)
    if error := await _problem(request, fields, admin_id):
        log.warning("second step refused")
        return await ask_for_code(request, token, fields.goal, error, 422)
    log.info("login", extra={"admin": admin_id})
    return await login_page.start_session(request, admin_id, fields.goal)


async def _problem(request: AdminRequest, fields: ActionFields, admin_id: int) -> str:
    _, context = request.gettext, request.context
    if fields.one("credential"):
        answered = await passkey_login.answered_by(request, fields, admin_id) is not None
        return "" if answered else _("That passkey was not accepted. Try again, or enter a code.")
    code = fields.one("code")
    is_right = await context.write(second_factor.check, context.keyring, admin_id, code, request.now)
    return "" if is_right else _("This code is wrong or has already been used.")


async def _seconds_to_wait(request: AdminRequest, admin_id: int) -> int:
    """Count an attempt at a code, for the client and then for the admin. Returns the seconds to wait, or 0.

    The admin's bucket has a kind of its own: only who knows the password fills it, not who types a name at the login.
    """
    context = request.context
    wait = await context.wait(("login", client_of(request.http)))
    if not wait:
        wait = await context.wait(("login", context.keyring.pseudonym("login code", str(admin_id))))
    return ceil(wait)


async def change(request: AdminRequest) -> Response:
    """``POST /admin/account/second``: ``begin`` to set two-step login up with the password, ``confirm`` it with a
    ``code``, or turn it ``off`` with the password."""
    fields = await ActionFields.of(request.http)
    action, admin, context = fields.one("action"), request.current_admin, request.context
    if action not in ("begin", "confirm", "off"):
        return request.not_understood()
    if action == "confirm":
        return await _confirm(request, fields)
    if refusal := await account_page.unless_password(request, action, fields.one("current")):
        return refusal
    if action == "begin" and not await context.read(second_factor.is_on, admin.id):
        await context.write(second_factor.begin, context.keyring, admin.id, admin.name, ISSUER)
        return await _show_key(request, {})
    if action == "off":
        await context.write(second_factor.turn_off, admin.id, admin.id, request.now)
        log.info("two-step login off", extra={"admin": admin.id})
    return request.see_other(f"{HOME}/account?what=second-{'off' if action == 'off' else 'on'}")


async def _show_key(request: AdminRequest, errors: dict[str, str], token: str = "", status: int = 200) -> Response:
    """The page with the key. It is shown to whom has typed the password just now: a login that somebody else uses is
    not enough to tie the account to their phone."""
    admin, context = request.current_admin, request.context
    begun = await context.read(second_factor.read_begun, context.keyring, admin.id, admin.name, ISSUER)
    if begun is None:
        return request.see_other(f"{HOME}/account")
    token = token or first_step(request, admin.id, await context.read(admin_accounts.hash_of, admin.id))
    picture = Markup(segno.make(begun.uri).svg_inline(scale=4, light="#fff"))  # noqa: S704 - it holds squares only
    shown = {"key": begun.key, "uri": begun.uri, "picture": picture, "token": token}
    return await account_page.page(request, errors, begun=shown, status=status)


async def _confirm(request: AdminRequest, fields: ActionFields) -> Response:
    admin, context, token = request.current_admin, request.context, fields.one("token")
    step = read_first_step(request, token)
    known = password_digest(await context.read(admin_accounts.hash_of, admin.id))
    if step is None or (step.admin_id, step.password) != (admin.id, known):
        error = request.gettext("That took too long. Please start again.")
        return await account_page.page(request, {"begin": error}, status=422)
    if wait := await _seconds_to_wait(request, admin.id):
        errors = {"code": login_page.wait_sentence(request, wait)}
        return login_page.with_retry_after(await _show_key(request, errors, token, 429), wait)
    typed = "".join(fields.one("code").split())[:10]
    codes = await context.write(second_factor.confirm, context.keyring, admin.id, typed, request.now)
    if codes is None:
        error = request.gettext("This code is wrong. Check the clock of your phone.")
        return await _show_key(request, {"code": error}, token, 422)
    log.info("two-step login on", extra={"admin": admin.id})
    return await account_page.page(request, {}, codes=codes)
