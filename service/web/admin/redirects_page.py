"""``/admin/redirects``: a site's redirects are pasted or uploaded, looked at, and applied to its pages."""

from starlette.responses import Response

from db.column_types import new_id
from service.known_sites import KnownSite, known_sites
from service.number_parsing import whole_number
from service.pages.move_page import MoveOutcome
from service.pages.page_changes import Click
from service.pages.redirect_plan import RedirectPlan, RedirectRun, plan_redirects
from service.redirects import SkippedLine, read_map
from service.web.admin.admin_params import HOME, ActionFields, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.error_words import error_words
from service.web.admin.pages_page import notice_values
from service.web_origin import BadPage

MOST_LINES = 1000
"""Lines in the form, which are read within a tenth of a second. The command takes more."""


async def show(request: AdminRequest) -> Response:
    """``GET /admin/redirects``."""
    return await _page(request, whole_number(request.http.query_params.get("site", ""), 0, digits=9))


async def act(request: AdminRequest) -> Response:
    """``POST /admin/redirects``: show what the ``map`` (text or ``file``) would do to the pages of a ``site``; with
    ``action=apply`` do it. ``merges`` is how many merges the owner has agreed to."""
    fields = await ActionFields.of(request.http, max_files=1)
    number, text = whole_number(fields.one("site"), 0, digits=9), fields.one("file") or fields.one("map")
    site = (await request.context.read(known_sites)).by_id(number)
    if site is None or not request.current_admin.sees(number):
        return request.not_understood()
    try:
        moved, skipped = await request.context.compute(read_map, text, site.origin, MOST_LINES)
    except BadPage as error:
        return await _page(request, number, text=text, error=error_words(str(error), request.language), status=422)
    plan = await request.context.search(plan_redirects, site, moved)
    if fields.one("action") == "apply" and fields.one("merges") == str(plan.merges):
        return await _apply(request, site, plan)
    return await _page(request, number, text=text, plan=plan, skipped=skipped)


async def _apply(request: AdminRequest, site: KnownSite, plan: RedirectPlan) -> Response:
    click = Click(new_id(), request.now, request.current_admin.id, quiet=True)
    run = RedirectRun(site.id, plan, click)
    for job in run.jobs():
        await request.context.write_alone(job)
    path = f"{HOME}/redirects?site={site.id}"
    return request.see_other(with_query(path, what="redirects", n=run.outcomes[MoveOutcome.DONE], done=click.batch))


async def _page(
    request: AdminRequest,
    chosen: int,
    *,
    text: str = "",
    plan: RedirectPlan | None = None,
    skipped: list[SkippedLine] | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    sites = await request.context.read(known_sites)
    values = {
        "sites": [site for site in sites.all if request.current_admin.sees(site.id)],
        "site": chosen,
        "text": text,
        "plan": plan,
        "skipped": skipped or [],
        "error": error,
        "in_words": lambda said: error_words(said, request.language),
        **notice_values(request),
    }
    return request.render("redirects.html", values, status)
