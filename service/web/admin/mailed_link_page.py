"""``/admin/mailed``: the page that the links in mails to moderators open. The link stands for the login; a GET changes
nothing, since mail scanners follow links."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from service.admin_rights import Right
from service.comments import moderate_by_mail
from service.comments.admin_list import list_comments
from service.comments.comment_filter import CommentFilter
from service.comments.moderate_by_mail import Examined, LinkState, OwnReply
from service.comments.moderator_reply import NotPosted, problems_of_moderator
from service.comments.validation import Draft
from service.log_list import ListedEntry, read_log
from service.mailed_link import CHOICES, Choice, MailedLink
from service.web.admin.admin_params import ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.admin.list_query import ListQuery
from service.web.admin.listed_comment import ListedCommentView
from service.web.http.request_client import client_of
from service.web.refusal_messages import refusal_message

log = logging.getLogger(__name__)

_HISTORY = 10
_STATUS_CODES = {
    LinkState.OPEN: 200,
    LinkState.OVER: 410,
    LinkState.NOT_ALLOWED: 403,
    LinkState.GONE: 404,
    LinkState.USED: 410,
    LinkState.CHANGED: 409,
}


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of a reply that was not taken: its fields, errors by field, and what else is wrong."""

    reply: str = ""
    name: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


NOTHING_TYPED = Typed()


@dataclass(frozen=True, slots=True)
class Found:
    """What the page shows. ``history`` is what the log says of this comment since the mail."""

    examined: Examined
    view: ListedCommentView | None = None
    history: Sequence[ListedEntry] = ()


async def show(request: AdminRequest) -> Response:
    """``GET /admin/mailed?token=``: the comment, and what can be done with it. ``do`` is what the link offers first."""
    link = _link(request)
    if link is None:
        return _unknown(request)
    return await _page(request, link)


async def act(request: AdminRequest) -> Response:
    """``POST /admin/mailed?token=``: ``action`` is a ``Choice``, or ``undo`` takes it back."""
    fields = await ActionFields.of(request.http)
    link, action = _link(request), fields.one("action")
    if link is None:
        return _unknown(request)
    if action == "undo":
        undone = await request.context.write_alone(moderate_by_mail.take_back, link, request.now)
        return _see_result(request, "undone" if undone else "kept")
    if action not in set(Choice):
        return request.not_understood()
    return await _choose(request, link, Choice(action), fields)


async def _choose(request: AdminRequest, link: MailedLink, choice: Choice, fields: ActionFields) -> Response:
    own_reply, typed = None, NOTHING_TYPED
    if choice is Choice.REPLY:
        own_reply, typed = await _typed_reply(request, link, fields)
        if typed.errors:
            return await _page(request, link, typed, 422)
    try:
        found = await request.context.write_alone(moderate_by_mail.choose, link, choice, request.now, own_reply)
    except NotPosted as refused:
        problem = refusal_message(refused.refusal, request.gettext)
        return await _page(request, link, replace(typed, problem=problem), 422)
    if not found.done or found.state is not LinkState.OPEN or found.admin is None:
        return await _page(request, link, typed)
    log.info("moderated by mail", extra={"admin": found.admin.id, "action": choice.value, "comment": link.key[1]})
    return _see_result(request, "done")


async def _typed_reply(request: AdminRequest, link: MailedLink, fields: ActionFields) -> tuple[OwnReply, Typed]:
    examined = await request.context.read(moderate_by_mail.examine, link, request.now)
    name = fields.one("name") or (examined.admin.name if examined.admin else "")
    draft = Draft.of({"comment": fields.one("reply"), "author": name})
    found = await request.context.compute_if_long(draft.comment, problems_of_moderator, draft, request.gettext)
    errors = {problem.field: problem.message for problem in found}
    typed = Typed(draft.comment, draft.author, errors)
    return OwnReply(draft, client_of(request.http), request.context.audience), typed


def _see_result(request: AdminRequest, what: str) -> Response:
    """The same page, which then says what was done."""
    token = request.http.query_params.get("token", "")
    return request.see_other(f"/admin/mailed?what={what}&token={token}")


def _link(request: AdminRequest) -> MailedLink | None:
    return MailedLink.read(request.context.keyring, request.http.query_params.get("token", ""))


def _unknown(request: AdminRequest) -> Response:
    _ = request.gettext
    return request.message(
        404,
        _("This link is not valid"),
        _("Use the link in a newer email, or copy the whole link: long links break easily.")
        + " "
        + _("Nothing was changed."),
    )


async def _page(
    request: AdminRequest, link: MailedLink, typed: Typed = NOTHING_TYPED, status: int | None = None
) -> Response:
    known = await request.logged_in() or request

    found = await request.context.read(_read, link, request)
    examined, view = found.examined, found.view
    what = request.http.query_params.get("what", "") if examined.state is LinkState.USED else ""
    if status is None:
        status = 200 if what else _STATUS_CODES[examined.state]
    values: dict[str, Any] = {
        "state": examined.state.value,
        "examined": examined,
        "view": view,
        "history": found.history,
        "what": what,
        "typed": typed,
        "choices": CHOICES.get(view.item.status, ()) if view else (),
        "chosen": request.http.query_params.get("do", ""),
        "signed_in": known.admin is not None and known.admin.may(Right.MODERATE, link.key[0]),
        "now": request.now.isoformat(),
        "when": request.language.when,
        "comment_path": f"admin/comment?comment={link.key[0]}-{link.key[1]}",
    }
    return known.render("mailed.html", values, status)


def _read(connection: Connection, link: MailedLink, request: AdminRequest) -> Found:
    examined = moderate_by_mail.examine(connection, link, request.now)
    if examined.admin is None or examined.state is LinkState.GONE:
        return Found(examined)
    (item,) = list_comments(connection, None, CommentFilter(comment=link.key)).items
    view = ListedCommentView(item, request.language, ListQuery.of({}, examined.admin))
    log_entries = read_log(connection, per_page=_HISTORY, comment=link.key).entries
    return Found(examined, view, [entry for entry in log_entries if entry.at >= link.sent_at])
