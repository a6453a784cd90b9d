"""The first admin, by the link that the service prints when there is none."""

from starlette.responses import Response

from service import admins
from service.web.admin import login, password
from service.web.admin.fields import Fields
from service.web.admin.paths import HOME
from service.web.admin.visit import Visit


async def show(visit: Visit) -> Response:
    """``GET /admin/setup?token=``: name and password. Looking does not use the link up."""
    token = visit.request.query_params.get("token", "")
    return await _refusal(visit, token) or _form(visit, token)


async def create(visit: Visit) -> Response:
    """``POST /admin/setup``: make the first admin, and log in."""
    fields = await Fields.of(visit.request)
    token, name, typed = fields.one("token"), fields.one("name"), fields.one("password")
    if refusal := await _refusal(visit, token):
        return refusal
    if errors := _problems(visit, name, typed, fields.one("again")):
        return _form(visit, token, name, errors, 422)
    name = admins.check_name(name)
    password_hash = await password.work(lambda: admins.hash_password(typed, name))
    admin_id = await visit.core.write(admins.add_first, name, password_hash, visit.now)
    if admin_id is None:
        return _used(visit)
    return await login.open_door(visit, admin_id, HOME)


def _problems(visit: Visit, name: str, typed: str, again: str) -> dict[str, str]:
    """Field → what is wrong with it."""
    found = {
        "name": admins.name_problem(name, visit.gettext),
        "password": admins.password_problem(typed, name, visit.gettext),
        "again": None if typed == again else visit.gettext("This is not the same password."),
    }
    return {field: problem for field, problem in found.items() if problem}


async def _refusal(visit: Visit, token: str) -> Response | None:
    if await visit.core.read(admins.count):
        return _used(visit)
    if admins.SetupLink(visit.core.keyring).valid(token, visit.now):
        return None
    _ = visit.gettext
    return visit.message(
        403,
        _("This link is not valid"),
        _("It may be older than a day, or not whole."),
        _("Restart the service and it prints a new one, or run: leave-a-reply admin add NAME"),
        link=("admin/login", _("To the login")),
    )


def _used(visit: Visit) -> Response:
    _ = visit.gettext
    return visit.message(
        403,
        _("This link was used already"),
        _("There is an admin, so it makes no other. Log in, or add one by: leave-a-reply admin add NAME"),
        link=("admin/login", _("To the login")),
    )


def _form(
    visit: Visit, token: str, name: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    context = {"token": token[:500], "name": name[: admins.LONGEST_NAME], "errors": errors or {}}
    return visit.render("setup.html", context, status)
