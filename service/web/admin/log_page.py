"""``/admin/log``: what moderators and programs did, with a button to undo each action."""

from datetime import datetime

from starlette.responses import Response

from service.log_list import read_log
from service.number_parsing import whole_number
from service.web.admin.admin_params import current_path, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.list_views import ActionNotice


async def show(request: AdminRequest) -> Response:
    """``GET /admin/log``: a page of the log, newest first. ``before`` is the entry above which the page ends."""
    parameters = request.http.query_params
    before, admin = whole_number(parameters.get("before", ""), None), request.current_admin
    sites = None if admin.sites is None else [*admin.sites]
    page = await request.context.read(read_log, before, sites=sites)
    values = {
        "log": page,
        "done": ActionNotice.of(parameters),
        "back": with_query(current_path(request.http)),
        "when": request.language.when,
        "day_of": lambda text: request.language.when(datetime.fromisoformat(text)),
    }
    return request.render("log.html", values)
