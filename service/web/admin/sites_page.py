"""``/admin/sites``: what holds for all pages of a site."""

from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import Response

from service import sites
from service.number_parsing import whole_number
from service.web.admin.admin_params import HOME, ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.admin.error_words import error_words
from service.web.remove_site import SiteKept, remove_site


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site, its comments of any status, and the days after which its pages close; None for never."""

    id: int
    origin: str
    comments: int
    close_days: int | None


async def show(request: AdminRequest) -> Response:
    """``GET /admin/sites``."""
    return await _page(request, what=request.http.query_params.get("what", ""))


async def act(request: AdminRequest) -> Response:
    """``POST /admin/sites``: set after how many ``days`` the pages of a ``site`` close, empty or 0 for never; or
    ``remove`` it, if its ``origin`` is typed."""
    fields = await ActionFields.of(request.http)
    site_id, typed = whole_number(fields.one("site"), 0, digits=9), fields.one("days").strip()
    if not request.current_admin.sees(site_id):
        return request.not_understood()
    if fields.one("action") == "remove":
        return await _remove(request, site_id, fields)
    days = whole_number(typed or "0", -1, digits=5)
    if not 0 <= days <= sites.LONGEST_CLOSE_DAYS:
        error = request.gettext("Enter a number of days up to %(num)s, or leave it empty.")
        return await _page(request, error=error % {"num": sites.LONGEST_CLOSE_DAYS}, wrong=site_id, status=422)
    await request.context.write(sites.set_close_days, site_id, days or None, request.current_admin.id, request.now)
    return request.see_other(f"{HOME}/sites?what=saved")


async def _remove(request: AdminRequest, site_id: int, fields: ActionFields) -> Response:
    _, context, by = request.gettext, request.context, request.current_admin.id
    origin = next((name for name, number in (await context.read(sites.read_sites)).items() if number == site_id), "")
    if not origin:
        return request.not_understood()
    if fields.one("origin").strip().rstrip("/") != origin:
        error = _("Enter %(origin)s to remove this site.") % {"origin": origin}
        return await _page(request, removing=error, wrong=site_id, status=422)
    wanted = sites.Removal(site_id, origin, by, request.now)
    try:
        await remove_site(context, context.write_alone, wanted, with_comments=bool(fields.one("sure")))
    except SiteKept as refused:
        return await _page(request, removing=error_words(str(refused), request.language), wrong=site_id, status=409)
    return request.see_other(f"{HOME}/sites?what=removed")


async def _page(
    request: AdminRequest,
    *,
    what: str = "",
    error: str = "",
    removing: str = "",
    wrong: int = 0,
    status: int = 200,
) -> Response:
    def read(connection: Connection) -> list[SiteView]:
        days = sites.read_close_days(connection)
        own = request.current_admin.own_sites(sites.read_sites(connection))
        return [
            SiteView(site_id, origin, sites.count_comments(connection, site_id), days.get(site_id))
            for origin, site_id in own.items()
        ]

    values = {"sites": await request.context.read(read), "what": what, "error": error, "wrong": wrong}
    values |= {"removing": removing}
    return request.render("sites.html", values, status)
