"""Two-step login: the page that asks for the code, and its part of ``/admin/account``."""

import logging
from math import ceil

from starlette.responses import Response

from service import admins, people, second_factor
from service.web.admin import account, login
from service.web.admin.code_page import ask_for_code, password_digest, read_first_step
from service.web.admin.params import HOME, ActionFields
from service.web.admin.session import AdminRequest
from service.web.http.client import client_of

log = logging.getLogger(__name__)


async def enter(request: AdminRequest) -> Response:
    """``POST /admin/login/code``: log in, if the ``code`` is right."""
    fields = await ActionFields.of(request.http)
    token = fields.one("token")
    step = read_first_step(request, token)
    if step is None or step.password != password_digest(await request.context.read(people.hash_of, step.admin_id)):
        return request.see_other(f"{HOME}/login")
    admin_id = step.admin_id
    if wait := await _seconds_to_wait(request, admin_id):
        error = login.wait_sentence(request, wait)
        return login.with_retry_after(ask_for_code(request, token, fields.back, error, 429), wait)
    check, keyring = second_factor.check, request.context.keyring
    if not await request.context.write(check, keyring, admin_id, fields.one("code"), request.now):
        log.warning("code refused")
        return ask_for_code(request, token, fields.back, request.gettext("This code is not right, or was used."), 422)
    log.info("login", extra={"admin": admin_id})
    return await login.start_session(request, admin_id, fields.back)


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
    """``POST /admin/account/second``: ``begin`` to set two-step login up, ``confirm`` it with a ``code``, or turn it
    ``off`` with the password."""
    fields = await ActionFields.of(request.http)
    action, admin, context = fields.one("action"), request.current_admin, request.context
    if action == "begin":
        if not await context.read(second_factor.is_on, admin.id):
            await context.write(second_factor.begin, context.keyring, admin.id, admin.name, "Leave a Reply")
        return request.see_other(f"{HOME}/account#second")
    if action not in ("confirm", "off"):
        return request.not_understood()
    if wait := await login.seconds_to_wait(request, admin.name):
        error = {"code" if action == "confirm" else "off": login.wait_sentence(request, wait)}
        return login.with_retry_after(await account.page(request, error, status=429), wait)
    if action == "confirm":
        return await _confirm(request, fields.one("code"))
    stored = await context.read(admins.find, admin.name)
    if await login.run_slow(lambda: admins.verify(stored, fields.one("current"))) is None:
        return await account.page(request, {"off": request.gettext("This is not your password.")}, status=422)
    await context.write(second_factor.turn_off, admin.id)
    log.info("two-step login off", extra={"admin": admin.id})
    return request.see_other(f"{HOME}/account?what=second-off")


async def _confirm(request: AdminRequest, code: str) -> Response:
    admin, context = request.current_admin, request.context
    typed = "".join(code.split())[:10]
    codes = await context.write(second_factor.confirm, context.keyring, admin.id, typed, request.now)
    if codes is None:
        error = request.gettext("This code is not right. Is the clock of your phone?")
        return await account.page(request, {"code": error}, status=422)
    log.info("two-step login on", extra={"admin": admin.id})
    return await account.page(request, {}, codes=codes)
