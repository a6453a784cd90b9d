"""``/admin/delete``: comments are deleted for good, one or all of the spam or trash, once a page has asked."""

import logging
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.responses import Response

from db.models import Status
from service.comments import bulk_actions
from service.comments.admin_counts import counts, find_way
from service.comments.admin_edit import delete_comment
from service.comments.bulk_actions import Search
from service.comments.earlier_decisions import PUT_ASIDE
from service.comments.side_effects import Key
from service.web.admin.admin_params import ActionFields, read_instant, read_key, safe_return_path, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.list_query import ListQuery

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeletionQuestion:
    """What is about to be deleted: one ``comment``, or ``number`` comments that the list ``everything`` finds.
    ``more``: or more than that."""

    number: int
    status: Status | None = None
    comment: str = ""
    everything: str = ""
    more: bool = False


async def ask(request: AdminRequest) -> Response:
    """``GET /admin/delete``: asks before ``comment`` is deleted, or all that a list of spam or trash finds."""
    parameters = request.http.query_params
    back, key = safe_return_path(parameters.get("back", "")), read_key(parameters.get("comment", ""))
    if key is not None:
        question = DeletionQuestion(1, comment=f"{key[0]}-{key[1]}")
    else:
        query = ListQuery.of(parameters, request.current_admin)
        if query.status not in PUT_ASIDE:
            return request.not_understood()
        numbers = await request.context.read(counts, query.wanted)
        more = query.status in numbers.more
        question = DeletionQuestion(numbers[query.status], query.status, everything=query.text, more=more)
    return request.render("delete.html", {"question": question, "back": back, "seen": request.now})


async def delete(request: AdminRequest) -> Response:
    """``POST /admin/delete``: delete ``comment``, or what the list ``everything`` finds, for good."""
    fields = await ActionFields.of(request.http)
    if keys := request.current_admin.own(fields.keys("comment")):
        number = await _delete_one(request, keys[0])
    elif fields.one("everything"):
        query = ListQuery.of(dict(parse_qsl(fields.one("everything"))), request.current_admin)
        if query.status not in PUT_ASIDE:
            return request.not_understood()
        seen = read_instant(fields.one("seen")) or request.now
        way = await request.context.read(find_way, query.wanted)
        number = await _delete_all(request, Search(query.statuses, query.wanted, seen, way))
    else:
        return request.not_understood()
    log.info("deleted", extra={"admin": request.current_admin.id, "number": number})
    return request.see_other(with_query(fields.back, what="delete", n=number))


async def _delete_one(request: AdminRequest, key: Key) -> int:
    return int(await request.context.write_alone(delete_comment, key, request.current_admin.id, request.now))


async def _delete_all(request: AdminRequest, search: Search) -> int:
    total = 0
    while number := await request.context.write_alone(
        bulk_actions.delete_slice, search, request.current_admin.id, request.now
    ):
        total += number
    return total
