"""``/wp-json/wp/v2/comments``: lists comments, and creates a moderator's."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from math import ceil
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from db.models import Status
from service.admin_rights import CurrentAdmin, Right
from service.comments.moderator_reply import ModeratorComment, NotPosted, post_own, problems_of_moderator
from service.comments.submit import Accepted, Refusal
from service.comments.validation import Draft
from service.page_address import PageRef
from service.protocols.wordpress.comment_json import comments_json, edited_json, from_html
from service.protocols.wordpress.comment_queries import (
    CommentQuery,
    RestComment,
    count_comments,
    find_comment,
    find_comments,
    page_of_post,
)
from service.protocols.wordpress.comment_schema import COMMENT
from service.protocols.wordpress.embedded_links import embed
from service.protocols.wordpress.list_params import read_query
from service.protocols.wordpress.rest_errors import RestError, throttled
from service.protocols.wordpress.rest_params import Params, read_view
from service.protocols.wordpress.rest_request import RestRequest
from service.protocols.wordpress.rest_resource import Resource, answer
from service.web.context import AppContext
from service.web.http.request_client import client_of
from service.web.refusal_messages import refusal_message

_REFUSED = {
    Refusal.PARENT: (400, "rest_comment_invalid_parent"),
    Refusal.CLOSED: (403, "rest_comment_closed"),
    Refusal.DUPLICATE: (409, "comment_duplicate"),
}
"""Status and code of WordPress (``WP_REST_Comments_Controller``)."""
_COUNTED_AT_ONCE = 10_000
"""Comments that are counted in the midst of a read: half a millisecond."""
NEW_STATUSES = {
    "approve": Status.APPROVED,
    "approved": Status.APPROVED,
    "1": Status.APPROVED,
    "hold": Status.PENDING,
    "0": Status.PENDING,
    "spam": Status.SPAM,
    "trash": Status.TRASH,
}


class CommentsResource(Resource):
    """The collection of a site's comments."""

    route = "/wp/v2/comments"
    schema = COMMENT

    async def get(self, request: RestRequest) -> Response:
        """One page of the list; X-WP-Total and X-WP-TotalPages count comments and pages."""
        params = Params.of_query(request.http)
        view = read_view(request, params)
        wanted, page = read_query(request, params)
        if wanted.search and not request.sees_all:  # a search scans every text of the site
            await _wait_for_a_search(request)
        entries, total = await _find(request.context, wanted)
        pages = -(-total // wanted.limit)
        shown = await request.context.compute(comments_json, request, entries, view, params.fields())
        await embed(request, params, entries, shown)
        sent = {"x-wp-total": str(total), "x-wp-totalpages": str(pages)}
        if links := _links(request, page, pages):
            sent["link"] = links
        return await request.context.compute(answer, shown, headers=sent)

    async def post(self, request: RestRequest) -> Response:
        """Create a moderator's comment, approved unless ``status`` says otherwise."""
        admin = request.must_have(
            Right.MODERATE, "rest_comment_login_required", "Sorry, you must be logged in to comment."
        )
        params = await Params.of_body(request.http)
        if params.integer("id", 0, 0):
            raise RestError(400, "rest_comment_exists", "Cannot create existing comment.")
        created_at = _read_date(request, params)
        accepted = await _write(request, await _own_comment(request, params, admin, created_at))
        entry = await request.context.read(find_comment, request.site_id, accepted.comment_id)
        if entry is None:
            raise RestError(500, "rest_comment_failed_create", "Creating comment failed.")
        return answer(
            await edited_json(request, entry), 201, headers={"location": f"{request.api}/comments/{entry.id}"}
        )


async def _find(context: AppContext, wanted: CommentQuery) -> tuple[list[RestComment], int]:
    """As ``find_comments``. What takes long is not done by the threads that answer readers; a number that takes long is
    counted once a second at most, however many ask for it."""
    if wanted.takes_long:
        return await context.search(find_comments, wanted)
    entries, total = await context.read(find_comments, wanted, _COUNTED_AT_ONCE)
    if total > _COUNTED_AT_ONCE:
        these = replace(wanted, limit=0, offset=0, orderby="", descending=True)
        total = await context.totals.get(these, lambda: context.search(count_comments, wanted))
    return entries, total


async def _wait_for_a_search(request: RestRequest) -> None:
    if wait := await request.context.wait(("search", client_of(request.http))):
        raise throttled(ceil(wait))


async def _own_comment(
    request: RestRequest, params: Params, admin: CurrentAdmin, created_at: datetime | None
) -> ModeratorComment:
    post, parent = params.integer("post", 0, 0), params.integer("parent", 0, 0)
    status = NEW_STATUSES[params.choice("status", "approve", tuple(NEW_STATUSES))]
    draft = Draft.of(
        {
            "comment": params.text("content"),
            "author": from_html(params.text("author_name")) or admin.name,
            "email": params.text("author_email"),
            "url": from_html(params.text("author_url")),
        }
    )
    params.check()
    await refuse_bad_words(request, draft, ("text", "author", "email", "url"))
    page = await request.context.read(_place, request.site_id, post, parent)
    if page is None:
        sentence = "Sorry, you are not allowed to create this comment without a post."
        raise RestError(403, "rest_comment_invalid_post_id", sentence)
    return ModeratorComment(
        page=page,
        draft=draft,
        client=client_of(request.http),
        audience=request.context.audience,
        admin_id=admin.id,
        at=request.context.clock(),
        parent_id=parent or None,
        status=status,
        created_at=created_at,
        approves=True,
    )


async def refuse_bad_words(request: RestRequest, draft: Draft, columns: Collection[str]) -> None:
    """Raises RestError if a reader could not have posted these columns either."""
    if not draft.comment:
        raise RestError(400, "rest_comment_content_invalid", "Invalid comment content.")
    fields = {"comment" if column == "text" else column for column in columns}
    problems = await request.context.compute_if_long(draft.comment, problems_of_moderator, draft)
    if problem := next((problem for problem in problems if problem.field in fields), None):
        code = "rest_comment_author_invalid" if problem.field in ("author", "email") else "rest_invalid_param"
        raise RestError(400, code, problem.lead)


def _place(connection: Connection, site_id: int, post: int, parent: int) -> PageRef | None:
    """The page of a post; without one, the parent's page. None if it is unknown."""
    if not post and parent:
        entry = find_comment(connection, site_id, parent)
        return None if entry is None else PageRef(site_id, entry.page_url, entry.page_key)
    return page_of_post(connection, site_id, post)


def _read_date(request: RestRequest, params: Params) -> datetime | None:
    """``date_gmt`` or ``date``, which are the same here. A comment of the future would stay above all others."""
    name = "date_gmt" if "date_gmt" in params else "date"
    created_at = params.instant(name)
    if created_at and created_at > request.context.clock():
        params.refuse(name, "The date lies in the future.", "rest_invalid_date")
    return created_at


async def _write(request: RestRequest, own: ModeratorComment) -> Accepted:
    try:
        return await request.context.write_alone(post_own, own)
    except NotPosted as refused:
        raise RestError(*_REFUSED[refused.refusal], refusal_message(refused.refusal)) from None


def _links(request: RestRequest, page: int, pages: int) -> str:
    """The Link header's value with the previous and the next page (RFC 8288), or empty."""
    beside = [("prev", min(page - 1, pages))] if page > 1 and pages else []
    beside += [("next", page + 1)] if page < pages else []
    given = [pair for pair in request.http.query_params.multi_items() if pair[0] not in ("page", "rest_route")]
    return ", ".join(
        f'<{request.api}/comments?{urlencode([*given, ("page", number)])}>; rel="{rel}"' for rel, number in beside
    )
