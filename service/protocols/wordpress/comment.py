"""``/wp-json/wp/v2/comments/ID``: reads, changes and deletes one comment."""

import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from sqlalchemy import Connection
from starlette.responses import Response

from db.models import Status
from service.comments import admin_edit, moderate
from service.comments.events import Key
from service.comments.validation import Draft
from service.numbers import whole_number
from service.protocols.wordpress.auth import RestRequest
from service.protocols.wordpress.comment_json import comment_json
from service.protocols.wordpress.comment_list import NEW_STATUSES, refuse_bad_words
from service.protocols.wordpress.errors import RestError, unknown_comment
from service.protocols.wordpress.params import Params, read_view
from service.protocols.wordpress.queries import RestComment, find_comment
from service.protocols.wordpress.resource import Resource, answer
from service.web.context import tell

P = ParamSpec("P")
log = logging.getLogger(__name__)

_STATUSES: dict[str, Status | None] = {**NEW_STATUSES, "unspam": None, "untrash": None}
"""WordPress's word → our status; None restores the status from before spam or trash."""

_COLUMNS = {"content": "text", "author_name": "author", "author_email": "email", "author_url": "url"}
_UNCHANGEABLE = ("post", "parent", "author")


class CommentResource(Resource):
    """One comment."""

    async def get(self, request: RestRequest) -> Response:
        """An approved comment; any comment for a moderator."""
        params = Params.of_query(request.http)
        entry = await _entry(request)
        view = read_view(request, params)
        if entry.status is not Status.APPROVED:
            request.must_moderate("rest_cannot_read", "Sorry, you are not allowed to read this comment.")
        return answer(comment_json(request, entry, view, params.fields()))

    async def post(self, request: RestRequest) -> Response:
        """Change the status, the text or the author's fields."""
        admin = request.must_moderate("rest_cannot_edit", "Sorry, you are not allowed to edit this comment.")
        entry = await _entry(request)
        params = await Params.of_body(request.http)
        words, status = _read_words(params, entry), params.choice("status", "", ("", *_STATUSES))
        _refuse_moving(params, entry)
        params.check()
        if words:
            refuse_bad_words(_revised(entry, words), words)
            await _run(request, admin_edit.edit_comment, _key(request, entry), words)
        if status and status != comment_json(request, entry, "edit")["status"]:
            await _move(request, entry, _STATUSES[status], admin.id)
        return answer(comment_json(request, await _entry(request), "edit"))

    put = patch = post

    async def delete(self, request: RestRequest) -> Response:
        """Move to the trash; delete for good with ``force``."""
        admin = request.must_moderate("rest_cannot_delete", "Sorry, you are not allowed to delete this comment.")
        entry = await _entry(request)
        params = await Params.of_body(request.http)
        if params.flag("force"):
            previous = comment_json(request, entry, "edit")
            await _run(request, admin_edit.delete_comment, _key(request, entry))
            log.info("deleted", extra={"admin": admin.id, "comment": entry.id})
            return answer({"deleted": True, "previous": previous})
        if entry.status is Status.TRASH:
            raise RestError(410, "rest_already_trashed", "The comment has already been trashed.")
        await _move(request, entry, Status.TRASH, admin.id)
        return answer(comment_json(request, await _entry(request), "edit"))


async def _entry(request: RestRequest) -> RestComment:
    """The comment in the path. Raises RestError."""
    comment_id = whole_number(request.http.path_params["id"], 0)
    entry = await request.context.read(find_comment, request.site_id, comment_id) if comment_id else None
    if entry is None:
        raise unknown_comment()
    return entry


def _key(request: RestRequest, entry: RestComment) -> Key:
    return request.site_id, entry.id


def _read_words(params: Params, entry: RestComment) -> dict[str, str]:
    """Column → new text, of the parameters that were sent and differ."""
    given = {column: params.text(name).strip() for name, column in _COLUMNS.items() if name in params}
    return {column: words for column, words in given.items() if words != getattr(entry, column)}


def _revised(entry: RestComment, words: dict[str, str]) -> Draft:
    now = {column: getattr(entry, column) for column in _COLUMNS.values()} | words
    return Draft.of(now["text"], now["author"], now["email"], now["url"])


def _refuse_moving(params: Params, entry: RestComment) -> None:
    """Refuse only real changes, since clients send back every field that they received."""
    stand = {"post": entry.post, "parent": entry.parent_id or 0, "author": 0}
    for name in _UNCHANGEABLE:
        if params.integer(name, stand[name], 0) != stand[name]:
            params.refuse(name, f"{name} cannot be changed here.")


async def _move(request: RestRequest, entry: RestComment, status: Status | None, admin_id: int) -> None:
    keys, now, write = [_key(request, entry)], request.context.clock(), request.context.write
    if status:
        batch = await write(moderate.decide, keys, status, admin_id, now)
    else:
        batch = await write(moderate.restore, keys, admin_id, now)
    tell(request.context, batch)
    log.info("moderated", extra={"admin": admin_id, "action": status or "restore", "changed": len(batch.changed)})


async def _run(
    request: RestRequest, function: Callable[Concatenate[Connection, P], bool], *args: P.args, **kwargs: P.kwargs
) -> None:
    if not await request.context.write(function, *args, **kwargs):
        raise unknown_comment()
    request.context.versions.forget_all()
