"""``/admin``: the list of comments, and moderation."""

import logging
from collections.abc import Awaitable
from urllib.parse import parse_qsl

from sqlalchemy import Connection
from starlette.responses import Response

from db.column_types import new_id
from db.models import Status
from service.action_log import Act, ActKind
from service.comments import bulk_actions, moderate
from service.comments.admin_counts import count_pending, counts, find_way
from service.comments.admin_list import count_by_email, list_comments
from service.comments.bulk_actions import Search
from service.comments.earlier_decisions import name_of_decider
from service.comments.moderate import TooMany
from service.comments.page_actions import close_page, pin_comment, rename_page
from service.comments.record_decisions import Batch
from service.comments.report_rows import read_reports
from service.comments.saved_views import read_views
from service.comments.validation import page_title
from service.number_parsing import whole_number
from service.sites import read_sites
from service.web.admin.admin_params import HOME, ActionFields, current_path, read_instant, safe_return_path, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.error_words import error_words
from service.web.admin.list_query import ListQuery
from service.web.admin.list_views import ActionNotice, ListView
from service.web.undo_batch import undo_batch

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
        query = ListQuery.of(parameters, admin)
        way = find_way(connection, query.wanted)
        numbers = counts(connection, query.wanted, way)
        if not query.chosen and numbers[Status.PENDING]:
            query = query.of_status(Status.PENDING)
        listing = list_comments(
            connection,
            query.status,
            query.wanted,
            before=query.before,
            after=query.after,
            per_page=query.per_page,
            way=way,
        )
        return ListView(
            query,
            listing,
            numbers,
            count_pending(connection, query.wanted),
            count_by_email(connection, listing.items),
            admin.own_sites(read_sites(connection)),
            request.language,
            back=with_query(current_path(request.http)),
            seen=request.now,
            can_undo=bool(notice.batch) and moderate.can_undo(connection, notice.batch, admin.id),
            decided_by=_name_of(connection, notice, request),
            views=read_views(connection, admin.id),
            reports=read_reports(connection, [(item.site_id, item.id) for item in listing.items]),
        )

    values = {"list": await request.context.search(read), "done": notice}
    return await request.context.compute(request.render, "comments.html", values)


def _name_of(connection: Connection, notice: ActionNotice, request: AdminRequest) -> str:
    """Who stood in the way of the last action; empty for a program."""
    if not notice.overtaken or not notice.by:
        return ""
    return name_of_decider(connection, notice.by, request.current_admin.sites) or request.gettext("Somebody else")


async def to_list(request: AdminRequest) -> Response:
    """``GET /admin/comments``: leads to the list, for somebody who reloads or types the address of an action."""
    query = request.http.url.query
    return request.see_other(safe_return_path(f"{HOME}?{query}" if query else HOME))


async def act(request: AdminRequest) -> Response:
    """``POST /admin/comments``: apply ``action`` to each ``comment``, or to all that the list ``everything`` finds, or
    ``undo`` a ``batch``; then redirect back."""
    fields = await ActionFields.of(request.http)
    action = fields.one("action")
    try:
        batch = await _moderate(request, action, fields)
    except TooMany as error:
        return request.message(
            422, request.gettext("Too many comments at once"), error_words(str(error), request.language)
        )
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
        return await _undo(request, whole_number(fields.one("batch"), 0))
    if action not in ("restore", "keep", *_STATUSES):
        return None
    if fields.one("everything"):
        return await _decide_all(request, action, fields)
    keys = request.current_admin.own(fields.keys("comment"))
    if action == "restore":
        return await write(moderate.restore, keys, admin_id, now)
    if action == "keep":
        return await write(moderate.keep, keys, admin_id, now, read_instant(fields.one("seen")))
    return await write(moderate.decide, keys, _STATUSES[action], admin_id, now, read_instant(fields.one("seen")))


async def _undo(request: AdminRequest, batch_id: int) -> Batch:
    def undo_slice(batch_id: int) -> Awaitable[Batch]:
        return request.context.write_alone(moderate.undo, batch_id, request.current_admin.id, request.now)

    return await undo_batch(request.context, request.current_admin, batch_id, undo_slice)


async def _decide_all(request: AdminRequest, name: str, fields: ActionFields) -> Batch:
    """Do what an action's ``name`` says with all comments that the list finds, slice by slice, as one batch."""
    status = _STATUSES.get(name)
    admin = request.current_admin
    query = ListQuery.of(dict(parse_qsl(fields.one("everything"))), admin)
    way = await request.context.read(find_way, query.wanted)
    search = Search(query.statuses, query.wanted, read_instant(fields.one("seen")) or request.now, way)
    action = ActKind(name) if status is None else ActKind(status)
    total, after = Batch(new_id(), (), ()), None
    while True:
        act = Act(action, request.now, admin.id, batch=total.id)
        batch, after = await request.context.write_alone(bulk_actions.decide_slice, search, after, status, act)
        total = total.plus(batch)
        if after is None:
            return total


async def pin(request: AdminRequest) -> Response:
    """``POST /admin/pin``: ``pin`` a ``comment`` above the others of its page, or ``unpin`` it."""
    fields = await ActionFields.of(request.http)
    action, keys = fields.one("action"), request.current_admin.own(fields.keys("comment"))
    if action not in ("pin", "unpin") or len(keys) != 1:
        return request.not_understood()
    admin_id, pinned = request.current_admin.id, action == "pin"
    changed = await request.context.write_alone(pin_comment, keys[0], admin_id, request.now, pinned=pinned)
    return request.see_other(with_query(fields.back, what=action, n=int(changed)))


_CLOSED = {"close": True, "open": False}


async def act_on_page(request: AdminRequest) -> Response:
    """``POST /admin/pages``: close or open (``action``) a ``page`` for comments, or give it a ``title``."""
    fields = await ActionFields.of(request.http)
    action, keys = fields.one("action"), request.current_admin.own(fields.keys("page"))
    if action not in (*_CLOSED, "title") or len(keys) != 1:
        return request.not_understood()
    run, by = request.context.write_alone, (request.current_admin.id, request.now)
    if action == "title":
        changed = await run(rename_page, keys[0], page_title(fields.one("title")), *by)
    else:
        changed = await run(close_page, keys[0], *by, closed=_CLOSED[action])
    return request.see_other(with_query(fields.back, what=action, n=int(changed)))
