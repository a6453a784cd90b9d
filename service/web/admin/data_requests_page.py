"""``/admin/privacy``: what housekeeping is about to delete; and a person's comments, exported or erased on request."""

from starlette.responses import Response

from service.action_log import Act, ActKind
from service.language import language
from service.personal_data import Erasure, Person
from service.retention import MOST_COUNTED, count_due, periods
from service.visible_text import one_line
from service.web.admin.admin_params import HOME, ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.person_file import person_file
from service.web.privacy_page import erase


async def show(request: AdminRequest) -> Response:
    """``GET /admin/privacy?email=``: with an address, how many comments have it."""
    asked = request.http.query_params
    return await _page(request, one_line(asked.get("email", "")), done=asked.get("done", ""), erased=asked.get("n", ""))


async def act(request: AdminRequest) -> Response:
    """``POST /admin/privacy``: ``action`` (``download``, ``anonymise`` or ``delete``) for all comments of ``email``."""
    fields = await ActionFields.of(request.http)
    email, action = one_line(fields.one("email")), fields.one("action")
    person = await _person(request, email)
    if action == "download" and email:
        return person_file(request.context, person, status=True)
    if action not in list(Erasure) or not email:
        return request.not_understood()
    what = Act(ActKind.ERASE, request.now, request.current_admin.id)
    # What readers will see is in their language, not in the admin's.
    spoken = language(request.context.settings.language)
    number = await erase(request.context, person, Erasure(action), what, spoken)
    return request.see_other(f"{HOME}/privacy?done={action}&n={number}")


async def _person(request: AdminRequest, email: str) -> Person:
    admin = request.current_admin
    return Person(email, admin.sites if admin.sites is not None else (await request.context.sites()).ids)


async def _page(request: AdminRequest, email: str, *, done: str, erased: str) -> Response:
    context = request.context
    due = [(period, await context.read(count_due, period, request.now)) for period in periods(context.settings)]
    found = await context.read((await _person(request, email)).count) if email else {}
    origins = {site.id: site.origin for site in (await context.sites()).all}
    values = {
        "periods": due,
        "most": MOST_COUNTED,
        "email": email,
        "found": sorted((origins[site_id], number) for site_id, number in found.items()),
        "total": sum(found.values()),
        "done": done if done in list(Erasure) else "",
        "erased": erased if erased.isascii() and erased.isdigit() else "0",
    }
    return request.render("privacy.html", values)
