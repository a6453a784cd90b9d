"""``/admin``: the list of comments, and moderation."""

import logging

from sqlalchemy import Connection
from starlette.responses import Response

from db.models import Status
from service import admins
from service.comments import moderate
from service.comments.admin_list import count_by_email, count_pending, counts, list_comments
from service.comments.moderate import Batch, TooMany, close_page
from service.numbers import whole_number
from service.sites import read_sites
from service.web.admin.comment_views import ActionNotice, ListView
from service.web.admin.list_query import ListQuery
from service.web.admin.params import ActionFields, current_path, read_instant, with_query
from service.web.admin.session import AdminRequest

log = logging.getLogger(__name__)

_STATUSES = {
    "approve": Status.APPROVED,
    "pending": Status.PENDING,
    "spam": Status.SPAM,
    "trash": Status.TRASH,
}


async def show(request: AdminRequest) -> Response:
    """``GET /admin``: a page of the list. Without a status in the address, it is what waits, if anything does."""
    parameters = request.http.query_params
    notice, admin = ActionNotice.of(parameters), request.current_admin

    def read(connection: Connection) -> ListView:
        query = ListQuery.of(parameters)
        numbers = counts(connection, query.wanted)
        if not query.chosen and numbers[Status.PENDING]:
            query = query.of_status(Status.PENDING)
        listing = list_comments(
            connection,
            query.status,
            query.wanted,
            before=query.before,
            after=query.after,
            per_page=query.per_page,
        )
        return ListView(
            query,
            listing,
            numbers,
            count_pending(connection, query.wanted.site),
            count_by_email(connection, listing.items),
            read_sites(connection),
            request.language,
            back=with_query(current_path(request.http)),
            seen=request.now,
            can_undo=bool(notice.batch) and moderate.can_undo(connection, notice.batch, admin.id),
            decided_by=admins.name_of(connection, notice.by) or "" if notice.overtaken else "",
        )

    values = {"list": await request.context.search(read), "done": notice}
    return await request.context.compute(request.render, "comments.html", values)


async def act(request: AdminRequest) -> Response:
    """``POST /admin/comments``: apply ``action`` to each ``comment``, or ``undo`` a ``batch``; then redirect back."""
    fields = await ActionFields.of(request.http)
    action = fields.one("action")
    try:
        batch = await _moderate(request, action, fields)
    except TooMany as error:
        return request.message(422, request.gettext("Too many comments at once"), str(error))
    if batch is None:
        return request.not_understood()
    log.info("moderated", extra={"admin": request.current_admin.id, "action": action, "changed": len(batch.changed)})
    notice: dict[str, str | int] = {"what": action, "n": len(batch.changed), "gone": len(batch.missing)}
    if batch.unread:
        notice["unread"] = len(batch.unread)
    if batch.overtaken:
        notice |= {"overtaken": len(batch.overtaken), "by": next(iter(batch.overtaken.values())) or 0}
    return request.see_other(with_query(fields.back, done=batch.id, **notice))


async def _moderate(request: AdminRequest, action: str, fields: ActionFields) -> Batch | None:
    """Carry out the form's action. Returns None for an unknown one. Raises TooMany."""
    write, admin_id, now = request.context.write_alone, request.current_admin.id, request.now
    if action == "undo":
        return await write(moderate.undo, whole_number(fields.one("batch"), 0), now)
    keys = fields.keys("comment")
    if action == "restore":
        return await write(moderate.restore, keys, admin_id, now)
    if action in _STATUSES:
        return await write(moderate.decide, keys, _STATUSES[action], admin_id, now, read_instant(fields.one("seen")))
    return None


_CLOSED = {"close": True, "open": False}


async def act_on_page(request: AdminRequest) -> Response:
    """``POST /admin/pages``: close or open (``action``) a ``page`` for comments."""
    fields = await ActionFields.of(request.http)
    action, keys = fields.one("action"), fields.keys("page")
    if action not in _CLOSED or len(keys) != 1:
        return request.not_understood()
    changed = await request.context.write_alone(close_page, keys[0], closed=_CLOSED[action])
    return request.see_other(with_query(fields.back, what=action, n=int(changed)))
