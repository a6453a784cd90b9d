"""An admin's own account: another password, the end of every login, and passwords for programs."""

import logging

from starlette.responses import Response

from service import admins, app_passwords
from service.markup import one_line
from service.numbers import whole_number
from service.web.admin import login
from service.web.admin.params import HOME, ActionFields
from service.web.admin.session import AdminRequest


async def show(visit: AdminRequest) -> Response:
    """``GET /admin/account``."""
    return await form(visit, {}, what=visit.request.query_params.get("what", ""))


async def change(visit: AdminRequest) -> Response:
    """``POST /admin/account``: a new password. It ends every login, then this browser gets a new one."""
    fields = await ActionFields.of(visit.request)
    current, new = fields.one("current"), fields.one("password")
    admin = visit.known
    if errors := _problems(visit, new, fields.one("again")):
        return await form(visit, errors, status=422)
    if wait := await login.too_soon(visit, admin.name):
        error = {"current": login.wait_sentence(visit, wait)}
        return login.with_wait(await form(visit, error, status=429), wait)
    found = await visit.core.read(admins.find, admin.name)
    if await login.run_slow(lambda: admins.verify(found, current)) is None:
        return await form(visit, {"current": visit.gettext("This is not your password.")}, status=422)
    password_hash = await login.run_slow(lambda: admins.hash_password(new, admin.name))
    await visit.core.write(admins.set_password, admin.name, password_hash)
    return await login.start_session(visit, admin.id, f"{HOME}/account?what=password")


def _problems(visit: AdminRequest, new: str, again: str) -> dict[str, str]:
    found = {
        "password": admins.password_problem(new, visit.known.name, visit.gettext),
        "again": None if new == again else visit.gettext("This is not the same password."),
    }
    return {field: problem for field, problem in found.items() if problem}


async def form(
    visit: AdminRequest,
    errors: dict[str, str],
    *,
    what: str = "",
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page. ``what`` was done before; ``made`` is the name of a program and the password it just got."""
    programs = await visit.core.read(app_passwords.of_admin, visit.known.id)
    context = {"errors": errors, "what": what, "made": made, "programs": programs, "when": visit.language.when}
    return visit.render("account.html", context, status)


log = logging.getLogger(__name__)


async def make(visit: AdminRequest) -> Response:
    """``POST /admin/account/programs``: a new password, shown this once."""
    _ = visit.gettext
    name = one_line((await ActionFields.of(visit.request)).one("program"))
    if not 1 <= len(name) <= app_passwords.LONGEST_NAME:
        wrong = _("Give the program a name of 1 to %(num)s characters.") % {"num": app_passwords.LONGEST_NAME}
        return await form(visit, {"program": wrong}, status=422)
    password = app_passwords.new_password()
    if not await visit.core.write(app_passwords.add, visit.known.id, name, password, visit.now):
        full = _("You have %(num)s of them. Revoke one that is not used any more.") % {"num": app_passwords.MOST}
        return await form(visit, {"program": full}, status=422)
    log.info("application password made", extra={"admin": visit.known.id})
    return await form(visit, {}, made=(name, password))


async def revoke(visit: AdminRequest) -> Response:
    """``POST /admin/account/programs/revoke``: the end of one."""
    password_id = whole_number((await ActionFields.of(visit.request)).one("id"), 0)
    if await visit.core.write(app_passwords.revoke, visit.known.id, password_id):
        log.info("application password revoked", extra={"admin": visit.known.id})
    return visit.see_other(f"{HOME}/account?what=revoked")
