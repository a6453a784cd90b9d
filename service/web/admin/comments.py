"""The list of comments, and what is done to them."""

import logging

from sqlalchemy import Connection
from starlette.responses import Response

from db.models import Status
from service.comments import moderate
from service.comments.admin_list import CommentList, counts
from service.comments.moderate import Batch, TooMany, close_page
from service.numbers import whole_number
from service.sites import read_sites
from service.web.admin.comment_views import ActionNotice, ListView
from service.web.admin.params import ActionFields, ListQuery, current_path, read_instant, with_query
from service.web.admin.session import AdminRequest
from service.web.context import tell

log = logging.getLogger(__name__)

_STATUSES = {
    "approve": Status.APPROVED,
    "pending": Status.PENDING,
    "spam": Status.SPAM,
    "trash": Status.TRASH,
}


async def show(visit: AdminRequest) -> Response:
    """``GET /admin``: one page of the list."""
    query = ListQuery.of(visit.request.query_params)
    done = ActionNotice.of(visit.request.query_params)
    admin = visit.known

    def read(connection: Connection) -> tuple[CommentList, dict[Status, int], dict[str, int], bool]:
        return (
            query.read(connection),
            counts(connection, query.site),
            read_sites(connection),
            bool(done.batch) and moderate.can_undo(connection, done.batch, admin.id),
        )

    listing, numbers, sites, can_undo = await visit.core.read(read)
    back = with_query(current_path(visit.request))
    view = ListView(query, listing, numbers, sites, visit.language, back, seen=visit.now)
    return visit.render("comments.html", {"list": view, "done": done, "can_undo": can_undo})


async def act(visit: AdminRequest) -> Response:
    """``POST /admin/comments``: ``action`` for each ``comment``, or ``undo`` for a ``batch``; then back to the list."""
    fields = await ActionFields.of(visit.request)
    action = fields.one("action")
    try:
        batch = await _moderate(visit, action, fields)
    except TooMany as error:
        return visit.message(422, visit.gettext("Too many comments at once"), str(error))
    if batch is None:
        _ = visit.gettext
        return visit.message(400, _("This could not be understood"), _("Nothing was changed."))
    tell(visit.core, batch)
    log.info("moderated", extra={"admin": visit.known.id, "action": action, "changed": len(batch.changed)})
    said: dict[str, str | int] = {"what": action, "n": len(batch.changed), "gone": len(batch.missing)}
    if batch.unread:
        said["unread"] = len(batch.unread)
    return visit.see_other(with_query(fields.back, done=batch.id, **said))


async def _moderate(visit: AdminRequest, action: str, fields: ActionFields) -> Batch | None:
    """Do what the form asks for; None for what we do not know. Raises TooMany."""
    write, admin_id, now = visit.core.write, visit.known.id, visit.now
    if action == "undo":
        return await write(moderate.undo, whole_number(fields.one("batch"), 0), now)
    keys = fields.keys("comment")
    if action == "restore":
        return await write(moderate.restore, keys, admin_id, now)
    if action in _STATUSES:
        return await write(moderate.decide, keys, _STATUSES[action], admin_id, now, read_instant(fields.one("seen")))
    return None


_CLOSED = {"close": True, "open": False}


async def act_on_page(visit: AdminRequest) -> Response:
    """``POST /admin/pages``: ``action`` is close or open, ``page`` which page."""
    fields = await ActionFields.of(visit.request)
    action, keys = fields.one("action"), fields.keys("page")
    if action not in _CLOSED or len(keys) != 1:
        _ = visit.gettext
        return visit.message(400, _("This could not be understood"), _("Nothing was changed."))
    changed = await visit.core.write(close_page, keys[0], closed=_CLOSED[action])
    visit.core.versions.forget_all()
    return visit.see_other(with_query(fields.back, what=action, n=int(changed)))
