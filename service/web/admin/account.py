"""An admin's own account: another password, the end of every login, and passwords for programs."""

from starlette.responses import Response

from service import admins
from service.web.admin import login, password
from service.web.admin.fields import Fields
from service.web.admin.paths import HOME
from service.web.admin.visit import Visit
from service.wordpress import passwords


async def show(visit: Visit) -> Response:
    """``GET /admin/account``."""
    return await form(visit, {}, what=visit.request.query_params.get("what", ""))


async def change(visit: Visit) -> Response:
    """``POST /admin/account``: a new password. It ends every login, then this browser gets a new one."""
    fields = await Fields.of(visit.request)
    current, new = fields.one("current"), fields.one("password")
    admin = visit.known
    if errors := _problems(visit, new, fields.one("again")):
        return await form(visit, errors, status=422)
    if wait := await password.too_soon(visit, admin.name):
        error = {"current": password.wait_sentence(visit, wait)}
        return password.with_wait(await form(visit, error, status=429), wait)
    found = await visit.core.read(admins.find, admin.name)
    if await password.work(lambda: admins.verify(found, current)) is None:
        return await form(visit, {"current": visit.gettext("This is not your password.")}, status=422)
    password_hash = await password.work(lambda: admins.hash_password(new, admin.name))
    await visit.core.write(admins.set_password, admin.name, password_hash)
    return await login.open_door(visit, admin.id, f"{HOME}/account?what=password")


def _problems(visit: Visit, new: str, again: str) -> dict[str, str]:
    found = {
        "password": admins.password_problem(new, visit.known.name, visit.gettext),
        "again": None if new == again else visit.gettext("This is not the same password."),
    }
    return {field: problem for field, problem in found.items() if problem}


async def form(
    visit: Visit, errors: dict[str, str], *, what: str = "", made: tuple[str, str] | None = None, status: int = 200
) -> Response:
    """The page. ``what`` was done before; ``made`` is the name of a program and the password it just got."""
    programs = await visit.core.read(passwords.of_admin, visit.known.id)
    context = {"errors": errors, "what": what, "made": made, "programs": programs, "when": visit.language.when}
    return visit.render("account.html", context, status)
