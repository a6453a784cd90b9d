"""``/comments``: what moderators see and do, for programs with a token."""

from collections.abc import Awaitable

from sqlalchemy import Connection

from db.models import Status
from service.api_tokens import Scope
from service.author_fields import AUTHOR_NAMES
from service.comments.admin_counts import counts
from service.comments.admin_edit import delete_comment
from service.comments.admin_list import list_comments
from service.comments.comment_filter import CommentFilter
from service.comments.edit_and_decide import edit_and_decide
from service.comments.list_cursor import write_cursor
from service.comments.moderator_reply import ModeratorComment, NotPosted, Reply, post_own, problems_of_moderator, reply
from service.comments.page_actions import pin_comment
from service.comments.side_effects import Key
from service.comments.submit import Accepted, Refusal
from service.comments.validation import WORDS, Draft, page_title
from service.comments.write_statements import lock_pages_of
from service.protocols.api.api_call import (
    ApiAnswer,
    Call,
    Changed,
    IfMatch,
    if_unchanged,
    invalid,
    not_here,
    tagged,
    there,
)
from service.protocols.api.comment_shapes import CommentChange, ModeratedComment, NewComment
from service.protocols.api.common_shapes import NoBody, NoQuery, key_of, key_text
from service.protocols.api.moderated_shapes import (
    CommentList,
    CommentListQuery,
    FilterQuery,
    NewReply,
    StatusCounts,
)
from service.web.http.api_problems import API, ApiProblem
from service.web.http.request_client import client_of
from service.web.refusal_messages import refusal_message

_STATUSES = {Refusal.PARENT: 403, Refusal.CLOSED: 403, Refusal.DUPLICATE: 409}
_MEMBERS = {"comment": "text"}


def find_comment(connection: Connection, key: Key) -> ModeratedComment | None:
    """A comment of any status."""
    items = list_comments(connection, None, CommentFilter(comment=key)).items
    return ModeratedComment.of(items[0]) if items else None


async def list_moderated(call: Call[CommentListQuery, NoBody]) -> ApiAnswer:
    """Comments of the admin's sites, newest first."""
    query, wanted = call.query, call.query.wanted(call.token)

    def read(connection: Connection) -> CommentList:
        cursor = write_cursor(query.cursor) if query.cursor else ""
        found = list_comments(connection, query.status, wanted, before=cursor, per_page=query.limit, or_newest=False)
        last = found.older
        return CommentList(items=[ModeratedComment.of(row) for row in found.items], next=last)

    return ApiAnswer(await call.context.search(read))


async def count_moderated(call: Call[FilterQuery, NoBody]) -> ApiAnswer:
    """The numbers of comments of each status that a filter finds."""
    numbers = await call.context.search(counts, call.query.wanted(call.token))
    return ApiAnswer(StatusCounts.of(numbers))


async def read_comment(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """A comment, with its ETag."""
    return tagged(there(await call.context.read(find_comment, call.key)))


async def _created(
    call: Call[NoQuery, NewComment] | Call[NoQuery, NewReply], posting: Awaitable[Accepted]
) -> ApiAnswer:
    """The new comment. Raises Problem for a refusal."""
    try:
        made = await posting
    except NotPosted as refused:
        raise ApiProblem(_STATUSES[refused.refusal], refusal_message(refused.refusal)) from None
    key = (made.site_id, made.comment_id)
    location = call.context.address(f"{API}/comments/{key_text(*key)}")
    return tagged(there(await call.context.read(find_comment, key)), 201, location)


async def _check(call: Call[NoQuery, NewComment] | Call[NoQuery, NewReply], draft: Draft) -> None:
    """Raises Problem 422."""
    if found := await call.context.compute_if_long(draft.comment, problems_of_moderator, draft):
        raise invalid(*((_MEMBERS.get(each.field, each.field), each.message) for each in found))


async def post_comment(call: Call[NoQuery, NewComment]) -> ApiAnswer:
    """Post a comment to a page of the admin's sites, without a question. The page need not have comments yet."""
    body, context = call.body, call.context
    page = await context.page(body.page)
    parent = key_of(body.parent) if body.parent else None
    if not call.admin.sees(page.site_id) or (parent and parent[0] != page.site_id):
        not_here()
    typed = {name: getattr(body, name) for name in AUTHOR_NAMES}
    draft = Draft.of(typed | {"comment": body.text, "author": body.author or call.admin.name})
    await _check(call, draft)
    if body.created_at and body.created_at > call.now:
        raise invalid(("created_at", "lies in the future"))
    own = ModeratorComment(
        page=page,
        draft=draft,
        client=client_of(call.http),
        audience=context.audience,
        admin_id=call.admin.id,
        at=call.now,
        title=page_title(body.title),
        parent_id=parent[1] if parent else None,
        status=body.status,
        staff=body.staff,
        created_at=body.created_at,
        approves=Scope.COMMENTS_MODERATE in call.token.token.scopes,
    )
    return await _created(call, call.write(post_own, own))


async def reply_to_comment(call: Call[NoQuery, NewReply]) -> ApiAnswer:
    """Publish an answer to a comment, and the comment itself if it is pending. What is spam or in the trash is not
    answered."""
    key, context = call.key, call.context
    draft = Draft.of({"comment": call.body.text, "author": call.body.author or call.admin.name})
    await _check(call, draft)
    if await context.read(find_comment, key) is None:
        not_here()
    new = Reply(key, draft, client_of(call.http), context.audience, call.admin.id, call.now)
    return await _created(call, call.write(reply, new))


async def change_comment(call: Call[NoQuery, CommentChange]) -> ApiAnswer:
    """Change the words or the status of a comment, or both at once."""
    key, if_match, status = call.key, call.if_match, call.body.status
    seen = there(await call.context.read(find_comment, key))
    words = await _changed_words(call, seen)
    statuses = [] if status is None else [None if status == "restore" else Status(status)]

    def change(connection: Connection) -> ModeratedComment | None:
        refuse_changed(connection, key, if_match)
        edit_and_decide(connection, key, words, statuses, call.admin.id, call.now)
        return find_comment(connection, key)

    return tagged(there(await if_unchanged(call.write(change))))


async def _changed_words(call: Call[NoQuery, CommentChange], seen: ModeratedComment) -> dict[str, str]:
    """Column → new words. Raises Problem 422 if a reader could not have posted them either."""
    given = {name: words for name in WORDS if (words := getattr(call.body, name)) is not None}
    after = {name: getattr(seen, name) for name in WORDS} | given
    draft = Draft.of(after | {"comment": after["text"]})
    changed = {name: words for name, words in draft.columns.items() if name in given and words != getattr(seen, name)}
    problems = await call.context.compute_if_long(draft.comment, problems_of_moderator, draft)
    if found := [each for each in problems if _MEMBERS.get(each.field, each.field) in changed]:
        raise invalid(*((_MEMBERS.get(each.field, each.field), each.message) for each in found))
    return changed


def refuse_changed(connection: Connection, key: Key, if_match: IfMatch) -> None:
    """Lock a comment's page. Raises Changed if the comment is not what the client has read."""
    lock_pages_of(connection, [key])
    current = find_comment(connection, key)
    if current is not None and not if_match.allows(current):
        raise Changed


async def remove_comment_for_good(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Delete a comment for good. Its replies move up. `status: trash` keeps it for a while."""
    key, if_match = call.key, call.if_match

    def remove(connection: Connection) -> bool:
        refuse_changed(connection, key, if_match)
        return delete_comment(connection, key, call.admin.id, call.now)

    if not await if_unchanged(call.write(remove)):
        not_here()
    call.context.versions.forget_all()
    return ApiAnswer()


async def pin(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Pin a comment above the others of its page, in place of the one that is."""
    return await _pin(call, pinned=True)


async def unpin(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Pin a comment no more."""
    return await _pin(call, pinned=False)


async def _pin(call: Call[NoQuery, NoBody], *, pinned: bool) -> ApiAnswer:
    key = call.key
    found = there(await call.context.read(find_comment, key))
    if pinned and found.parent:
        raise ApiProblem(409, "A comment that answers another one cannot be pinned.")
    await call.write(pin_comment, key, call.admin.id, call.now, pinned=pinned)
    return ApiAnswer()
