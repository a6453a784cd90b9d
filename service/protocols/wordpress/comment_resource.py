"""``/wp-json/wp/v2/comments/ID``: reads, changes and deletes one comment."""

import logging
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from db.models import Status
from service.admin_rights import Right
from service.comments import admin_edit
from service.comments.edit_and_decide import edit_and_decide
from service.comments.side_effects import Key
from service.comments.validation import Draft
from service.number_parsing import whole_number
from service.protocols.wordpress.comment_json import (
    FOLDED,
    STATUS,
    comment_json,
    edited_json,
    from_html,
    shown_name,
    shown_url,
)
from service.protocols.wordpress.comment_queries import RestComment, find_comment
from service.protocols.wordpress.comment_schema import COMMENT
from service.protocols.wordpress.comments_resource import NEW_STATUSES, refuse_bad_words
from service.protocols.wordpress.embedded_links import embed
from service.protocols.wordpress.rest_errors import RestError, unknown_comment
from service.protocols.wordpress.rest_params import Params, read_view
from service.protocols.wordpress.rest_request import RestRequest
from service.protocols.wordpress.rest_resource import Resource, answer
from service.safe_html import as_typed, render

log = logging.getLogger(__name__)

_STATUSES: dict[str, Status | None] = {**NEW_STATUSES, "unspam": None, "untrash": None}
"""WordPress's word → our status; None restores the status from before spam or trash."""

_COLUMNS = {"content": "text", "author_name": "author", "author_email": "email", "author_url": "url"}
_UNCHANGEABLE = ("post", "parent", "author")


class CommentResource(Resource):
    """One comment."""

    route = r"/wp/v2/comments/(?P<id>[\d]+)"
    schema = COMMENT

    async def get(self, request: RestRequest) -> Response:
        """An approved comment; any comment for a moderator."""
        params = Params.of_query(request.http)
        entry = await _entry(request)
        view = read_view(request, params)
        if entry.status is not Status.APPROVED:
            request.must_have(Right.READ, "rest_cannot_read", "Sorry, you are not allowed to read this comment.")
        comment = await request.context.compute_if_long(entry.text, comment_json, request, entry, view, params.fields())
        await embed(request, params, [entry], [comment])
        return answer(comment)

    async def post(self, request: RestRequest) -> Response:
        """Change the status, the text or the author's fields."""
        admin = request.must_have(
            Right.MODERATE, "rest_cannot_edit", "Sorry, you are not allowed to edit this comment."
        )
        entry = await _entry(request)
        params = await Params.of_body(request.http)
        words = await request.context.compute_if_long(entry.text, _read_words, params, entry)
        status = params.choice("status", "", ("", *_STATUSES))
        _refuse_moving(params, entry)
        params.check()
        if words:
            await refuse_bad_words(request, _revised(entry, words), words)
        moving = [status] if status and status != STATUS[entry.status] else []
        if words or moving:
            await _change(request, entry, words, moving, admin.id)
        return answer(await edited_json(request, await _entry(request)))

    put = patch = post

    async def delete(self, request: RestRequest) -> Response:
        """Move to the trash; delete for good with ``force``."""
        admin = request.must_have(
            Right.MODERATE, "rest_cannot_delete", "Sorry, you are not allowed to delete this comment."
        )
        entry = await _entry(request)
        params = await Params.of_body(request.http)
        if params.flag("force"):
            previous = await edited_json(request, entry)
            if not await request.context.write_alone(
                admin_edit.delete_comment, _key(request, entry), admin.id, request.context.clock()
            ):
                raise unknown_comment()
            request.context.versions.forget_all()
            log.info("deleted", extra={"admin": admin.id, "comment": entry.id})
            return answer({"deleted": True, "previous": previous})
        if entry.status is Status.TRASH:
            raise RestError(410, "rest_already_trashed", "The comment has already been trashed.")
        await _change(request, entry, {}, ["trash"], admin.id)
        return answer(await edited_json(request, await _entry(request)))


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
    shown = params.rendered("content") or ""
    if FOLDED in shown or shown in (render(entry.text, entry.format), as_typed(entry.text, entry.format)):
        del given["text"]  # sent back as it was read
    changed = {column: words for column, words in given.items() if words != getattr(entry, column)}
    for column, shown in (("author", shown_name(entry.author)), ("url", shown_url(entry.url))):
        if changed.get(column) == shown:
            del changed[column]
        elif column in changed:
            changed[column] = from_html(changed[column])
    return changed


def _revised(entry: RestComment, words: dict[str, str]) -> Draft:
    now = {column: getattr(entry, column) for column in _COLUMNS.values()} | words
    return Draft.of(now | {"comment": now["text"]})


def _refuse_moving(params: Params, entry: RestComment) -> None:
    """Refuse only real changes, since clients send back every field that they received."""
    stand = {"post": entry.post, "parent": entry.parent_id or 0, "author": 0}
    for name in _UNCHANGEABLE:
        if params.integer(name, stand[name], 0) != stand[name]:
            params.refuse(name, f"{name} cannot be changed here.")
    for name in ("date", "date_gmt"):
        if params.instant(name) not in (None, entry.created_at.replace(microsecond=0)):
            params.refuse(name, f"{name} cannot be changed here.")


async def _change(
    request: RestRequest, entry: RestComment, words: Mapping[str, str], moving: Sequence[str], admin_id: int
) -> None:
    """Raises RestError for a comment that was deleted meanwhile."""
    key, now = _key(request, entry), request.context.clock()
    statuses = [_STATUSES[status] for status in moving]
    batch = await request.context.write_alone(edit_and_decide, key, words, statuses, admin_id, now)
    if batch is None:
        raise unknown_comment()
    if moving:
        log.info(
            "moderated", extra={"admin": admin_id, "action": statuses[0] or "restore", "changed": len(batch.changed)}
        )
