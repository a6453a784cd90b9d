"""``/own``: authors see, edit and delete their own comment, by the private link that their browser was given."""

from dataclasses import replace

from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from db.integrity_errors import is_duplicate
from db.models import Status
from service.captcha import AnswerOutcome, Judgement
from service.comments.author_edit import (
    Edit,
    EditRefusal,
    OwnComment,
    delete_own_comment,
    edit_own_comment,
    find_own_comment,
)
from service.comments.returning_authors import comment_of_private_link
from service.comments.submit import Refusal
from service.comments.thread_tree import Node, count_shown, depth_of
from service.comments.validation import FIELDS, problems
from service.spam.reason_sentences import ReasonSentence
from service.spam.verdict import Action, Reason, Verdict
from service.web.context import Request
from service.web.http import response_headers
from service.web.http.post_origin import PostOrigin
from service.web.http.reader_params import ThreadRequest
from service.web.http.request_body import read_typed
from service.web.own_form import Place, answer, answer_json, form_view, not_now
from service.web.post_comment import STATUSES, build_submission
from service.web.refusal_messages import edit_refusal_message, refusal_message
from service.web.render.thread_views import comment_view
from service.web.returned_form import or_not_now
from service.web.submission import Submission
from service.web.submission_decision import SubmissionCheck


async def show(request: Request) -> Response:
    """``GET /own?page=&preview=``: the page on which the comment is edited or deleted. It changes nothing."""
    thread_request = await ThreadRequest.of(request, "page")
    own = await _find(thread_request, thread_request.preview)
    return await _page(thread_request, thread_request.preview, own)


async def act(request: Request) -> Response:
    """``POST /own``: ``action`` is ``save`` (with ``comment``), ``delete``, ``form``, or none to see the comment."""
    fields, guessed = await read_typed(request)
    submission = await build_submission(request, fields, guessed=guessed)
    if submission.source is PostOrigin.OPAQUE:  # only our own page and embed.js send this form
        raise HTTPException(403)
    return await or_not_now(submission, _act(submission), not_now)


async def _act(submission: Submission) -> Response:
    await submission.look_up()
    token, action = submission.fields.get("preview", ""), submission.fields.get("action", "")
    own = await _find(submission, token)
    if own is None or own.status is Status.TRASH:
        return await _page(submission, token, None)
    if action == "save":
        return await _save(submission, token, own)
    if action == "delete":
        return await _delete(submission, token, own)
    if submission.json and action != "form":
        return await _shown(submission, token, own, own.status)
    return await _page(submission, token, own)


async def _find(place: Place, token: str) -> OwnComment | None:
    """The comment of the private link, if it belongs to the page."""
    site_id = place.page.site_id
    comment_id = comment_of_private_link(place.context.keyring, site_id, token, place.context.clock())
    own = await place.context.read(find_own_comment, (site_id, comment_id)) if comment_id else None
    version = await place.context.version(place.page)
    return own if own and own.page_id == version.page_id else None


async def _save(submission: Submission, token: str, own: OwnComment) -> Response:
    """Fields, limits and spam check are those of a new comment. The private link takes the place of an answer."""
    context, now, minutes = submission.context, submission.now, submission.context.settings.edit_minutes
    stored = {name: str(getattr(own, name)) for name in FIELDS if name != "comment"}
    stored["comment_parent"] = str(own.parent_id or 0)
    edited = replace(submission, fields={**submission.fields, **stored})
    if refusal := own.refusal(now, minutes, editing=True):
        return await _page(submission, token, own, refusal=refusal)
    if submission.guessed:
        return await _page(submission, token, own, error=submission.other_charset, status=422)
    found = await context.compute_if_long(edited.draft.comment, problems, edited.draft, submission.gettext)
    if found := [each for each in found if each.field == "comment"]:
        return await _page(submission, token, own, error=found[0].message, status=422)
    if wait := await context.wait(*submission.post_buckets):
        busy = refusal_message(Refusal.FLOOD, submission.gettext)
        response = await _page(submission, token, own, error=busy, status=429)
        response.headers["retry-after"] = str(int(wait) + 1)
        return response
    check = SubmissionCheck(edited, own.text)
    verdict = await _judged(submission, check, own)
    reasons = [reason.as_json() for reason in verdict.reasons]
    new = Edit(edited.draft.comment, STATUSES[verdict.action], verdict.score, reasons, now, minutes, context.audience)

    try:
        result = await context.write_row(submission.page.key, edit_own_comment, (own.site_id, own.id), new)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        result = EditRefusal.DUPLICATE  # the same comment was posted in the same moment
    if isinstance(result, EditRefusal):
        return await _page(submission, token, own, refusal=result)
    check.record(own.id)
    if submission.json:
        changed = replace(own, text=new.text, status=result)
        return await _shown(submission, token, changed, result, edited=own.text != new.text)
    return RedirectResponse(submission.urls.preview_url(own.id, token), 303, response_headers.NEVER_STORED)


async def _judged(submission: Submission, check: SubmissionCheck, own: OwnComment) -> Verdict:
    verdict = await check.verdict(Judgement(AnswerOutcome.RIGHT))
    if verdict.action is not Action.PUBLISH:
        return verdict
    if own.status is Status.PENDING:
        return verdict.held(Reason("held_before", 0.0, ReasonSentence.HELD_BEFORE))
    if submission.context.settings.moderation == "all":
        return verdict.held(Reason("moderation", 0.0, ReasonSentence.MODERATION))
    return verdict


async def _delete(submission: Submission, token: str, own: OwnComment) -> Response:
    context = submission.context
    key, minutes = (own.site_id, own.id), context.settings.edit_minutes
    result = await context.write_row(submission.page.key, delete_own_comment, key, submission.now, minutes)
    if isinstance(result, EditRefusal):
        return await _page(submission, token, own, refusal=result)
    message = submission.gettext("Your comment was deleted.")
    if not submission.json:
        return await _page(submission, token, None, notice=message, status=200)
    count = await context.read(count_shown, own.site_id, own.page_id)
    counted = submission.language.ngettext("%(num)s comment", "%(num)s comments", count) % {"num": count}
    html = await _html(submission, own, "", deleted=True)
    return answer_json({"deleted": True, "id": own.id, "html": html, "message": message, "title": counted})


async def _shown(
    submission: Submission, token: str, own: OwnComment, status: Status, *, edited: bool = False
) -> Response:
    """The comment as its author sees it. Spam looks like a held comment."""
    _ = submission.gettext
    approved = status is Status.APPROVED
    late = own.refusal(submission.now, submission.context.settings.edit_minutes, editing=False)
    answer = {
        "id": own.id,
        "parent": own.parent_id,
        "status": "approved" if approved else "pending",
        "html": await _html(submission, own, "" if late else submission.urls.own_url(token), edited=edited),
        "message": _("Your comment was changed.") if approved else _("Your comment is awaiting moderation."),
    }
    return answer_json(answer)


async def _html(
    submission: Submission, own: OwnComment, own_url: str, *, edited: bool = False, deleted: bool = False
) -> str:
    depth = await submission.context.read(depth_of, own.site_id, own.id)
    node = (
        Node.placeholder(own.id, own.created_at, own.parent_id, depth)
        if deleted
        else Node(
            **own.public,
            awaiting=own.status is not Status.APPROVED,
            parent_id=own.parent_id,
            edited=edited or own.edited,
            depth=depth,
        )
    )
    view = await submission.context.compute_if_long(node.text, comment_view, node, submission.language, submission.urls)
    view.own_url = own_url
    view.may_reply = view.may_reply and not submission.version.closed
    values = {"comment": view, "form": None, "thread": None}
    return submission.context.templates.render("comment.html", submission.language, values)


async def _page(
    place: Place,
    token: str,
    own: OwnComment | None,
    *,
    refusal: EditRefusal | None = None,
    error: str = "",
    notice: str = "",
    status: int = 0,
) -> Response:
    """The form to edit and delete, or the reason for not showing it; as a page, or as JSON."""
    context = place.context
    if own is None or own.status is Status.TRASH:
        refusal, own = None if notice else EditRefusal.GONE, None
    elif refusal is None:
        refusal = own.refusal(context.clock(), context.settings.edit_minutes, editing=True)
    reason = edit_refusal_message(refusal, place.language.gettext) if refusal else ""
    code = status or {None: 200, EditRefusal.GONE: 404, EditRefusal.DUPLICATE: 409}.get(refusal, 403)
    if isinstance(place, ThreadRequest) and refusal is not EditRefusal.GONE:
        code = 200  # the page of an existing comment is there to be read, whatever may be done to it
    view = form_view(place, token, own, refusal)
    if refusal is EditRefusal.DUPLICATE:  # the text can be corrected, so the reason stands at its field
        view.error, view.notice = error or reason, notice
    else:
        view.error, view.notice = error, notice or reason
    title = (await context.version(place.page)).title
    said = error or reason or notice if code >= 400 else ""
    return answer(place, view, title, code, said, has_form=own is not None)
