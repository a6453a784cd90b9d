"""``/admin/sites``: what holds for all pages of a site."""

from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import Response

from service import sites
from service.numbers import whole_number
from service.web.admin.params import HOME, ActionFields
from service.web.admin.session import AdminRequest


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
    """``POST /admin/sites``: set after how many ``days`` the pages of a ``site`` close; empty or 0 for never."""
    fields = await ActionFields.of(request.http)
    site_id, typed = whole_number(fields.one("site"), 0, digits=9), fields.one("days").strip()
    if not request.current_admin.sees(site_id):
        return request.not_understood()
    days = whole_number(typed or "0", -1, digits=5)
    if not 0 <= days <= sites.LONGEST_CLOSE_DAYS:
        error = request.gettext("Type a number of days up to %(num)s, or nothing.")
        return await _page(request, error=error % {"num": sites.LONGEST_CLOSE_DAYS}, wrong=site_id, status=422)
    await request.context.write(sites.set_close_days, site_id, days or None, request.current_admin.id, request.now)
    return request.see_other(f"{HOME}/sites?what=saved")


async def _page(
    request: AdminRequest, *, what: str = "", error: str = "", wrong: int = 0, status: int = 200
) -> Response:
    def read(connection: Connection) -> list[SiteView]:
        days = sites.read_close_days(connection)
        own = request.current_admin.own_sites(sites.read_sites(connection))
        return [
            SiteView(site_id, origin, sites.count_comments(connection, site_id), days.get(site_id))
            for origin, site_id in own.items()
        ]

    values = {"sites": await request.context.read(read), "what": what, "error": error, "wrong": wrong}
    return request.render("sites.html", values, status)
