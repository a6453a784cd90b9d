"""``/admin/comment``: a single comment: edited, answered, and all that is known of it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection
from starlette.responses import Response

from db.models import Status
from service.admin_rights import Right
from service.comments import admin_edit, moderator_reply
from service.comments.admin_counts import counts
from service.comments.admin_edit import Edited
from service.comments.admin_list import list_comments
from service.comments.comment_filter import CommentFilter
from service.comments.moderator_reply import NotPosted, Reply, problems_of_moderator
from service.comments.report_rows import read_reports
from service.comments.side_effects import Key
from service.comments.submit import Refusal
from service.comments.validation import FIELDS, WORDS, Draft
from service.language import N_
from service.log_list import ListedEntry, read_log
from service.spam.classifier.link_features import split_links
from service.spam.evidence import hosts_of
from service.web.admin.admin_params import ActionFields, read_key, safe_return_path, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.list_query import ListQuery
from service.web.admin.list_views import ActionNotice
from service.web.admin.listed_comment import ListedCommentView
from service.web.http.request_client import client_of
from service.web.refusal_messages import refusal_message

log = logging.getLogger(__name__)

HISTORY, REPLIES = 50, 10
"""Entries of the log, and replies, that are shown."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an author, address, network or host: the comments by status, and the list of them."""

    label: str
    value: str
    href: str
    numbers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CommentPageView:
    """The page of a comment. ``typed`` and ``reply`` are the fields of its two forms; ``errors`` by field of the form
    that was sent, ``problem`` what went wrong otherwise. ``seen`` is the fingerprint of the words shown; ``replies``
    are the newest, ``all_replies`` the address of their list."""

    view: ListedCommentView
    history: list[ListedEntry]
    known: list[Known]
    hosts: tuple[str, ...]
    back: str
    seen: str
    typed: dict[str, str]
    reply: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    replies: Sequence[ListedCommentView] = ()
    all_replies: str = ""


async def show(request: AdminRequest) -> Response:
    """``GET /admin/comment``: the page of ``comment``."""
    parameters = request.http.query_params
    page = await _read(request, read_key(parameters.get("comment", "")), safe_return_path(parameters.get("back", "")))
    if page is None:
        return _gone(request)
    return await _render(request, page)


async def act(request: AdminRequest) -> Response:
    """``POST /admin/comment``: ``edit`` the comment, or ``reply`` to it."""
    fields = await ActionFields.of(request.http)
    keys = request.current_admin.own(fields.keys("comment"))
    handle = {"edit": _edit, "reply": _reply}.get(fields.one("action"))
    if handle is None or len(keys) != 1:
        return request.not_understood()
    return await handle(request, keys[0], fields)


async def _edit(request: AdminRequest, key: Key, fields: ActionFields) -> Response:
    draft = Draft.of({name: fields.one(column) for name, column in zip(FIELDS, WORDS, strict=True)})
    errors = await _errors(request, draft)
    outcome = None
    if not errors:
        admin_id, seen = request.current_admin.id, fields.one("seen")
        outcome = await request.context.write_alone(
            admin_edit.edit_comment, key, draft.columns, admin_id, request.now, seen
        )
    if outcome is Edited.GONE:
        return _gone(request)
    if outcome in (Edited.DONE, Edited.SAME):
        log.info("edited", extra={"admin": request.current_admin.id, "comment": key[1]})
        path = with_query(fields.back, what="edit", n=int(outcome is Edited.DONE))
        return request.see_other(f"{path}#c-{key[0]}-{key[1]}")
    page = await _read(request, key, fields.back)
    if page is None:
        return _gone(request)
    problem = "" if errors else _changed(request)
    return await _render(request, replace(page, typed=draft.columns, errors=errors, problem=problem), 422)


async def _reply(request: AdminRequest, key: Key, fields: ActionFields) -> Response:
    admin, context = request.current_admin, request.context
    draft = Draft.of({"comment": fields.one("reply"), "author": fields.one("name") or admin.name})
    errors = {f"reply-{name}": sentence for name, sentence in (await _errors(request, draft)).items()}
    problem = ""
    if not errors:
        new = Reply(key, draft, client_of(request.http), context.audience, admin.id, request.now, _seen(fields))
        try:
            made = await context.write_alone(moderator_reply.reply, new)
        except NotPosted as refused:
            is_changed = refused.refusal is Refusal.PARENT
            problem = _changed(request) if is_changed else refusal_message(refused.refusal, request.gettext)
        else:
            log.info("replied", extra={"admin": admin.id, "comment": made.comment_id})
            return request.see_other(f"{with_query(fields.back, what='reply', n=1)}#c-{key[0]}-{key[1]}")
    page = await _read(request, key, fields.back)
    if page is None:
        return _gone(request)
    typed = {"reply": draft.comment, "name": draft.author}
    return await _render(request, replace(page, reply=typed, errors=errors, problem=problem), 422)


def _seen(fields: ActionFields) -> Status | None:
    return next((each for each in Status if each == fields.one("status")), None)


def _changed(request: AdminRequest) -> str:
    return request.gettext(
        "Somebody changed this comment in the meantime. Here is your text; below is the current one."
    )


async def _errors(request: AdminRequest, draft: Draft) -> dict[str, str]:
    """Field → sentence."""
    found = await request.context.compute_if_long(draft.comment, problems_of_moderator, draft, request.gettext)
    return {problem.field: problem.message for problem in found}


async def _read(request: AdminRequest, key: Key | None, back: str) -> CommentPageView | None:
    """The page; None if the comment does not exist, or is on a site that is not the admin's."""
    admin = request.current_admin
    if key is None or not admin.sees(key[0]):
        return None

    def read(connection: Connection) -> CommentPageView | None:
        items = list_comments(connection, None, CommentFilter(comment=key)).items
        if not items:
            return None
        item, query = items[0], ListQuery.of({}, admin)
        reports = read_reports(connection, [key]).get(key, ())
        view = ListedCommentView(item, request.language, query, reports=reports)
        hosts = hosts_of(item.url.lower(), split_links(item.text[:8000].lower())[0])
        answers = query.narrowed(parent=key)
        replies = list_comments(connection, None, answers.wanted, per_page=REPLIES).items
        words = {name: getattr(item, name) for name in WORDS}
        return CommentPageView(
            view,
            list(read_log(connection, per_page=HISTORY, comment=key).entries),
            [_known(connection, query, *each) for each in _wanted(view, hosts, key)],
            hosts,
            back,
            admin_edit.fingerprint(words),
            words,
            {"reply": "", "name": admin.name},
            replies=[ListedCommentView(each, request.language, query) for each in replies],
            all_replies=answers.address(),
        )

    return await request.context.read(read)


def _wanted(view: ListedCommentView, hosts: tuple[str, ...], key: Key) -> list[tuple[str, str, dict[str, object]]]:
    """(label, value, filter) of all by which other comments are compared."""
    item = view.item
    wanted: list[tuple[str, str, dict[str, object]]] = [(N_("Name"), item.author, {"author": item.author})]
    if item.email:
        wanted.append((N_("Email address"), item.email, {"email": item.email}))
    wanted.append((N_("Network, of the last two days"), "", {"network": key}))
    wanted += [(N_("Link"), host, {"words": host}) for host in hosts[:3]]
    return wanted


def _known(connection: Connection, query: ListQuery, label: str, value: str, wanted: dict[str, object]) -> Known:
    narrowed = query.narrowed(**wanted)
    numbers = counts(connection, narrowed.wanted)
    found = tuple((status.value, number) for status, number in numbers.items() if number)
    return Known(label, value, narrowed.address(), found)


async def _render(request: AdminRequest, page: CommentPageView, status: int = 200) -> Response:
    """The page, made off the event loop: it shows parts of many texts, which are rendered for that."""
    values = {
        "page": page,
        "done": ActionNotice.of(request.http.query_params),
        "may_moderate": request.current_admin.may(Right.MODERATE, page.view.item.site_id),
        "when": request.language.when,
    }
    return await request.context.compute(request.render, "comment.html", values, status)


def _gone(request: AdminRequest) -> Response:
    _ = request.gettext
    return request.message(
        404, _("Comment not found"), _("It was deleted, or it belongs to a site that you do not moderate.")
    )
