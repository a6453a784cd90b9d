"""``/admin/account``: an admin's own password and application passwords."""

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from service import admin_logins, api_tokens, app_passwords, moderator_mail, passkeys, second_factor
from service.number_parsing import whole_number
from service.visible_text import one_line
from service.web.admin import login_page
from service.web.admin.admin_params import HOME, ActionFields, Goal
from service.web.admin.admin_session import AdminRequest

log = logging.getLogger(__name__)
NOTHING_TYPED: Mapping[str, Any] = MappingProxyType({"token": "", "days": "90", "scopes": ()})
"""The empty form of a token."""


async def show(request: AdminRequest) -> Response:
    """``GET /admin/account``."""
    return await page(request, {}, what=request.http.query_params.get("what", ""))


async def change(request: AdminRequest) -> Response:
    """``POST /admin/account``: change the password. All sessions end, and this browser gets a new one."""
    fields = await ActionFields.of(request.http)
    current, new = fields.one("current"), fields.one("password")
    admin = request.current_admin
    if errors := _password_errors(request, new, fields.one("again")):
        return await page(request, errors, status=422)
    if refusal := await unless_password(request, "current", current):
        return refusal
    password_hash = await login_page.run_slow(lambda: admin_logins.hash_password(new, admin.name))
    await request.context.write(admin_logins.set_password, admin.name, password_hash)
    if fields.one("programs"):
        await request.context.write(app_passwords.revoke_all, admin.id)
        await request.context.write(api_tokens.revoke_all, admin.id)
    return await login_page.start_session(request, admin.id, Goal(f"{HOME}/account?what=password"))


async def unless_password(request: AdminRequest, field: str, password: str, **kept: Any) -> Response | None:
    """None if this is the admin's password; else the page with a sentence at ``field`` and what else was typed. It
    counts as an attempt."""
    name = request.current_admin.name
    if wait := await login_page.seconds_to_wait(request, name):
        errors = {field: login_page.wait_sentence(request, wait)}
        return login_page.with_retry_after(await page(request, errors, status=429, **kept), wait)
    stored = await request.context.read(admin_logins.find, name)
    if await login_page.run_slow(lambda: admin_logins.verify(stored, password)) is None:
        return await page(request, {field: request.gettext("This is not your password.")}, status=422, **kept)
    return None


def _password_errors(request: AdminRequest, new: str, again: str) -> dict[str, str]:
    errors = {
        "password": admin_logins.password_problem(new, request.current_admin.name, request.gettext),
        "again": login_page.repeat_problem(request, new, again),
    }
    return {field: error for field, error in errors.items() if error}


async def page(
    request: AdminRequest,
    errors: dict[str, str],
    *,
    what: str = "",
    made: tuple[str, str] | None = None,
    made_token: tuple[str, str] | None = None,
    typed: Mapping[str, Any] = NOTHING_TYPED,
    program: str = "",
    address: str = "",
    codes: Sequence[str] = (),
    begun: Mapping[str, str] | None = None,
    device: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page. ``what`` was just done; ``made`` is the name of a program and its new password, ``made_token`` that of
    a token and the token; ``typed``: the form of a token that was refused, ``address``: one that was; ``codes`` are the
    recovery codes of two-step login, shown once; ``begun`` its key; ``device`` what a passkey is made by."""
    admin_id = request.current_admin.id

    def read(connection: Connection) -> dict[str, Any]:
        return {
            "is_on": second_factor.is_on(connection, admin_id),
            "codes_left": second_factor.codes_left(connection, admin_id),
            "passkeys": passkeys.of_admin(connection, admin_id),
            "programs": app_passwords.of_admin(connection, admin_id),
            "tokens": (tokens := api_tokens.of_admin(connection, admin_id)),
            "token_names": {token.id: token.name for token in tokens},
            "logins": admin_logins.read_logins(connection, admin_id, request.cookie, request.now),
            **moderator_mail.read_choices(connection, request.current_admin),
        }

    values: dict[str, Any] = {"errors": errors, "what": what, "made": made, "begun": begun, "device": device}
    values |= {"made_token": made_token, "typed": typed, "program": program, "now": request.now}
    values |= {"address": address, "has_mail_server": request.context.settings.mail_server is not None}
    values |= {"all_scopes": api_tokens.allowed_scopes(request.current_admin)}
    values |= {"when": request.language.when, "codes": codes, **await request.context.read(read)}
    return request.render("account.html", values, status)


async def end_login(request: AdminRequest) -> Response:
    """``POST /admin/account/logins/end``: end the login with this ``key``."""
    key = (await ActionFields.of(request.http)).one("key")
    await request.context.write(admin_logins.end_login, request.current_admin.id, key)
    return request.see_other(f"{HOME}/account?what=ended")


async def make(request: AdminRequest) -> Response:
    """``POST /admin/account/programs``: create an application password. The answer shows it, and nothing later does."""
    _ = request.gettext
    fields = await ActionFields.of(request.http)
    name = one_line(fields.one("program"))
    if not 1 <= len(name) <= app_passwords.LONGEST_NAME:
        error = _("Enter a name for the program, with 1 to %(num)s characters.") % {"num": app_passwords.LONGEST_NAME}
        return await page(request, {"program": error}, status=422)
    if refusal := await unless_password(request, "program-current", fields.one("current"), program=name):
        return refusal
    password, admin_id = app_passwords.new_password(), request.current_admin.id
    if not await request.context.write(app_passwords.add, admin_id, name, password, request.now):
        error = _("You already have %(num)s. Revoke one that you no longer use.") % {"num": app_passwords.MOST}
        return await page(request, {"program": error}, status=422)
    log.info("application password made", extra={"admin": admin_id})
    return await page(request, {}, made=(name, password))


async def revoke(request: AdminRequest) -> Response:
    """``POST /admin/account/programs/revoke``: revoke an application password."""
    password_id = whole_number((await ActionFields.of(request.http)).one("id"), 0)
    if await request.context.write(app_passwords.revoke, request.current_admin.id, password_id):
        log.info("application password revoked", extra={"admin": request.current_admin.id})
    return request.see_other(f"{HOME}/account?what=revoked")
