"""An admin's own account: another password, the end of every login, and passwords for programs."""

import logging

from starlette.responses import Response

from service import admins, app_passwords
from service.markup import one_line
from service.numbers import whole_number
from service.web.admin import login
from service.web.admin.params import HOME, ActionFields
from service.web.admin.session import AdminRequest


async def show(request: AdminRequest) -> Response:
    """``GET /admin/account``."""
    return await form(request, {}, what=request.http.query_params.get("what", ""))


async def change(request: AdminRequest) -> Response:
    """``POST /admin/account``: a new password. It ends every login, then this browser gets a new one."""
    fields = await ActionFields.of(request.http)
    current, new = fields.one("current"), fields.one("password")
    admin = request.known
    if errors := _problems(request, new, fields.one("again")):
        return await form(request, errors, status=422)
    if wait := await login.too_soon(request, admin.name):
        error = {"current": login.wait_sentence(request, wait)}
        return login.with_wait(await form(request, error, status=429), wait)
    found = await request.context.read(admins.find, admin.name)
    if await login.run_slow(lambda: admins.verify(found, current)) is None:
        return await form(request, {"current": request.gettext("This is not your password.")}, status=422)
    password_hash = await login.run_slow(lambda: admins.hash_password(new, admin.name))
    await request.context.write(admins.set_password, admin.name, password_hash)
    return await login.start_session(request, admin.id, f"{HOME}/account?what=password")


def _problems(request: AdminRequest, new: str, again: str) -> dict[str, str]:
    found = {
        "password": admins.password_problem(new, request.known.name, request.gettext),
        "again": None if new == again else request.gettext("This is not the same password."),
    }
    return {field: problem for field, problem in found.items() if problem}


async def form(
    request: AdminRequest,
    errors: dict[str, str],
    *,
    what: str = "",
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page. ``what`` was done before; ``made`` is the name of a program and the password it just got."""
    programs = await request.context.read(app_passwords.of_admin, request.known.id)
    values = {"errors": errors, "what": what, "made": made, "programs": programs, "when": request.language.when}
    return request.render("account.html", values, status)


log = logging.getLogger(__name__)


async def make(request: AdminRequest) -> Response:
    """``POST /admin/account/programs``: a new password, shown this once."""
    _ = request.gettext
    name = one_line((await ActionFields.of(request.http)).one("program"))
    if not 1 <= len(name) <= app_passwords.LONGEST_NAME:
        wrong = _("Give the program a name of 1 to %(num)s characters.") % {"num": app_passwords.LONGEST_NAME}
        return await form(request, {"program": wrong}, status=422)
    password = app_passwords.new_password()
    if not await request.context.write(app_passwords.add, request.known.id, name, password, request.now):
        full = _("You have %(num)s of them. Revoke one that is not used any more.") % {"num": app_passwords.MOST}
        return await form(request, {"program": full}, status=422)
    log.info("application password made", extra={"admin": request.known.id})
    return await form(request, {}, made=(name, password))


async def revoke(request: AdminRequest) -> Response:
    """``POST /admin/account/programs/revoke``: the end of one."""
    password_id = whole_number((await ActionFields.of(request.http)).one("id"), 0)
    if await request.context.write(app_passwords.revoke, request.known.id, password_id):
        log.info("application password revoked", extra={"admin": request.known.id})
    return request.see_other(f"{HOME}/account?what=revoked")
