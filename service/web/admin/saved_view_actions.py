"""``POST /admin/views``: the searches that a moderator has saved."""

from urllib.parse import parse_qsl

from starlette.responses import Response

from service.comments import saved_views
from service.number_parsing import whole_number
from service.visible_text import one_line
from service.web.admin.admin_params import HOME, ActionFields, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.list_query import ListQuery


async def change_views(request: AdminRequest) -> Response:
    """``POST /admin/views``: ``save`` the ``list`` under the name ``view``, or ``remove`` the view of an ``id``."""
    fields = await ActionFields.of(request.http)
    admin, write = request.current_admin, request.context.write
    if fields.one("action") == "remove":
        removed = await write(saved_views.remove_view, admin.id, whole_number(fields.one("id"), 0))
        return request.see_other(with_query(fields.back, what="view-removed", n=int(removed)))
    name = one_line(fields.one("view"))[: saved_views.LONGEST_NAME]
    query = ListQuery.of(dict(parse_qsl(fields.one("list"))), admin).text
    if fields.one("action") != "save" or not name or len(query) > saved_views.LONGEST_QUERY:
        return request.not_understood()
    saved = await write(saved_views.save_view, admin.id, name, query)
    return request.see_other(with_query(f"{HOME}?{query}", what="view", n=int(saved)))
