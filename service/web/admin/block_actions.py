"""``POST /admin/block``: blocks the author, address, network or host of a comment. ``POST /admin/views``: saved
views."""

from urllib.parse import parse_qsl

from starlette.responses import Response

from service.comments import saved_views
from service.markup import one_line
from service.numbers import whole_number
from service.spam.blocking import Unblockable, What, block, entry_of
from service.web.admin.list_query import ListQuery
from service.web.admin.params import HOME, ActionFields, with_query
from service.web.admin.session import AdminRequest


async def block_sender(request: AdminRequest) -> Response:
    """``POST /admin/block``: add ``value`` to the list of spam of the site of ``comment``; ``action`` says what it
    is."""
    _ = request.gettext
    fields = await ActionFields.of(request.http)
    keys, action = request.current_admin.own(fields.keys("comment")), fields.one("action")
    if len(keys) != 1 or action not in set(What):
        return request.not_understood()
    try:
        entry = entry_of(What(action), fields.one("value"))
    except Unblockable as error:
        sentence = (
            _("Type the beginning of the network, up to a dot or a colon, such as 203.0.113. or 2001:db8:1:")
            if error.what is What.NETWORK
            else _("There is nothing here that could be blocked. A host that everybody uses cannot be.")
        )
        return request.message(422, _("Nothing was blocked"), sentence, link=(fields.back[1:], _("Back")))
    site_id = keys[0][0]
    changed = await request.context.write(block, site_id, entry, request.current_admin.id, request.now)
    request.context.spam.sites.forget(site_id)
    return request.see_other(with_query(fields.back, what="block", n=int(changed)))


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
