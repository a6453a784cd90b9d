"""In and out."""

import logging

from starlette.responses import Response

from service import admins
from service.web.admin import cookies, password
from service.web.admin.fields import Fields
from service.web.admin.paths import HOME, inside
from service.web.admin.visit import Visit

log = logging.getLogger(__name__)


async def show(visit: Visit) -> Response:
    """``GET /admin/login``: the form; for somebody who is logged in already, the page behind it."""
    query = visit.request.query_params
    back = inside(query.get("back", ""))
    admin = await visit.core.read(admins.who, visit.cookie, visit.now)
    if admin is not None:
        return visit.see_other(back)
    return await _form(visit, back, notice=query.get("what", ""))


async def enter(visit: Visit) -> Response:
    """``POST /admin/login``. Who does not exist is answered as a wrong password is, and as slowly."""
    fields = await Fields.of(visit.request)
    name, typed = fields.one("name"), fields.one("password")
    if wait := await password.too_soon(visit, name):
        log.warning("login throttled")
        error = password.wait_sentence(visit, wait)
        return password.with_wait(await _form(visit, fields.back, name, error, status=429), wait)
    found = await visit.core.read(admins.find, name)
    admin = await password.work(lambda: admins.verify(found, typed))
    if admin is None:
        log.warning("login refused")
        error = visit.gettext("That name and password do not belong together.")
        return await _form(visit, fields.back, name, error, status=422)
    log.info("login", extra={"admin": admin.id})
    return await open_door(visit, admin.id, fields.back)


async def open_door(visit: Visit, admin_id: int, path: str) -> Response:
    """A new session, whatever cookie was there before, and on to a page."""
    if visit.cookie:
        await visit.core.write(admins.close_session, visit.cookie)
    cookie = await visit.core.write(admins.open_session, admin_id, visit.now)
    return cookies.give(visit.core, visit.see_other(path), cookie)


async def leave(visit: Visit) -> Response:
    """``POST /admin/logout``: out, in this browser."""
    await visit.core.write(admins.close_session, visit.cookie)
    return cookies.take_away(visit.core, visit.see_other(f"{HOME}/login?what=out"))


async def leave_everywhere(visit: Visit) -> Response:
    """``POST /admin/logout-everywhere``: out, in every browser."""
    await visit.core.write(admins.close_all_sessions, visit.known.id)
    return cookies.take_away(visit.core, visit.see_other(f"{HOME}/login?what=out-everywhere"))


async def _form(
    visit: Visit, back: str, name: str = "", error: str = "", notice: str = "", status: int = 200
) -> Response:
    nobody = not await visit.core.read(admins.count)
    context = {"back": back, "name": name[: admins.LONGEST_NAME], "error": error, "notice": notice, "nobody": nobody}
    return visit.render("login.html", context, status)
