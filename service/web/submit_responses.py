"""What a reader is told about a POST: the comment, or the same form and a sentence that says what to do."""

import logging
from math import ceil
from typing import Any

from markupsafe import Markup
from starlette.responses import JSONResponse, RedirectResponse, Response

from db.models import Status
from service.captcha import Judgement, Outcome
from service.comments.authors import is_known, prove
from service.comments.submit import Accepted, Refusal
from service.comments.thread import Node, count_shown, depth_of
from service.comments.validation import Problem
from service.spam.verdict import Verdict
from service.web.author_link import preview_token
from service.web.http import headers
from service.web.render.views import FormView, PageView, comment_view
from service.web.submission import Submission

log = logging.getLogger("service.comments")


def another_question(posting: Submission) -> Response:
    """The reader wants another question, and has no JavaScript to fetch it."""
    notice = posting.gettext("Here is another question.")
    return _form(posting, 200, posting.form([], notice, keep_question=False), "step")


def preview(posting: Submission, html: Markup) -> Response:
    """The text as it would look, above the form with all that was typed, and its question if it had one."""
    return _form(posting, 200, posting.form([], None, keep_question=True), "preview", preview=html)


def one_more_step(posting: Submission) -> Response:
    """The form came from a page without a question, such as a cached one: now it is asked."""
    _log(posting, "no_token", 200)
    return _form(posting, 200, posting.form([], None, keep_question=False), "step")


def send_from_here(posting: Submission) -> Response:
    """Nobody knows whose page the form stood on: here it is again on ours, with its question and answer."""
    _log(posting, "origin", 403)
    return _form(posting, 403, posting.form([], None, keep_question=True), "step")


def captcha_problems(posting: Submission, judgement: Judgement) -> list[Problem]:
    """What is wrong with the token, or an answer left empty. Whether one is right is not told before it counts."""
    _ = posting.gettext
    messages = {
        Outcome.EXPIRED: _("That question is too old. Here is a new one."),
        Outcome.INVALID: _("That question does not belong to this form. Here is a new one."),
    }
    if not posting.review:
        messages[Outcome.EMPTY] = _("Please answer the question.")
    message = messages.get(judgement.outcome)
    return [Problem("captcha", message, message)] if message else []


def wrong_answer(posting: Submission) -> Response:
    """The question is burnt; here is the next one."""
    message = posting.gettext("That was not the right answer. Here is a new question.")
    return give_back(posting, 422, [Problem("captcha", message, message)], keep_question=False)


def not_now(posting: Submission, message: str, retry_after: int) -> Response:
    """Nothing was stored; the same form, question and answer included, can be sent again."""
    return give_back(
        posting, 503, [Problem("", message, message)], keep_question=True, retry_after=retry_after, reason="store"
    )


def too_many(posting: Submission, wait: float) -> Response:
    """The client's bucket is empty."""
    return refuse(posting, Refusal.FLOOD, ceil(wait), keep_question=True)


def too_many_questions(posting: Submission, wait: float) -> Response:
    """The client asks for question after question. One that stands there can still be answered; else the form comes
    back without, and asks when it is sent again."""
    message = posting.gettext("Too many questions were asked for. Please wait a moment.")
    found = [Problem("captcha" if posting.challenge(keep=True) else "", message, message)]
    return give_back(posting, 429, found, keep_question=True, retry_after=ceil(wait), reason="questions")


def refuse(posting: Submission, refusal: Refusal, retry_after: int = 0, *, keep_question: bool = False) -> Response:
    """WordPress's sentences for what it refuses after the fields are in order."""
    _ = posting.gettext
    status, field, message = {
        Refusal.PARENT: (403, "", _("Sorry, replies to unapproved comments are not allowed.")),
        Refusal.CLOSED: (403, "", _("Sorry, comments are closed for this item.")),
        Refusal.DUPLICATE: (409, "", _("Duplicate comment detected; it looks as though you’ve already said that!")),
        Refusal.FLOOD: (429, "", _("You are posting comments too quickly. Slow down.")),
        Refusal.USED: (422, "captcha", _("That question has been used already. Here is a new one.")),
    }[refusal]
    if retry_after:
        wait = posting.language.ngettext(
            "You can post again in %(num)s second.", "You can post again in %(num)s seconds.", retry_after
        )
        message = f"{message} {wait % {'num': retry_after}}"
    kind = "closed" if refusal is Refusal.CLOSED else "refused"
    return give_back(
        posting,
        status,
        [Problem(field, message, message)],
        keep_question=keep_question,
        retry_after=retry_after,
        kind=kind,
        reason=refusal.value,
    )


def give_back(
    posting: Submission,
    status: int,
    found: list[Problem],
    *,
    keep_question: bool,
    retry_after: int = 0,
    kind: str = "refused",
    reason: str = "",
) -> Response:
    """The same form with all that was typed, and what has to be put right."""
    _log(posting, reason or "+".join(problem.field or "store" for problem in found), status)
    response = _form(posting, status, posting.form(found, None, keep_question=keep_question), kind)
    if retry_after:
        response.headers["retry-after"] = str(retry_after)
    return response


def _form(posting: Submission, status: int, form: FormView, kind: str, **more: object) -> Response:
    rendering = posting.core.rendering
    page = PageView(posting.page.url, posting.version.title or form.title)
    context = {"form": form, "page": page, "kind": kind, **more}
    if not posting.json:
        html = rendering.render("answer.html", posting.language, context)
        sent = headers.page_headers(posting.core.settings.public_url, posting.page.url, posting.face.frame_ancestors)
        return Response(html, status, sent, "text/html")
    answer: dict[str, Any] = {
        "error": " ".join(form.leads),
        "fields": form.error_of,
        "form": rendering.render("form.html", posting.language, context),
    }
    return JSONResponse(answer, status, headers.FRESH_FRAGMENT)


async def accept(posting: Submission, result: Accepted, verdict: Verdict) -> Response:
    """The comment is durable. Spam is told what a held comment is told: whoever tests the filter learns nothing."""
    posting.core.metrics.comments[result.status.value] += 1
    log.info(
        "comment accepted",
        extra={
            "site": result.site_id,
            "page": result.page_id,
            "comment": result.comment_id,
            "status": result.status.value,
            "score": verdict.score,
            "reasons": [reason.symbol for reason in verdict.reasons],
        },
    )
    if posting.json:
        return await _accept_json(posting, result)
    changeable = posting.core.settings.edit_minutes and posting.face.kind != "embed"  # elsewhere there is no link to it
    if result.status is Status.APPROVED and not changeable:
        return RedirectResponse(posting.face.comment_url(result.comment_id), 303, headers.NEVER_STORED)
    token = preview_token(posting.core, result.site_id, result.comment_id)
    return RedirectResponse(posting.face.preview_url(result.comment_id, token), 303, headers.NEVER_STORED)


async def _accept_json(posting: Submission, result: Accepted) -> Response:
    _ = posting.gettext
    approved = result.status is Status.APPROVED
    parent = posting.parent or None
    draft = posting.draft
    node = Node(
        result.comment_id,
        draft.author,
        draft.url,
        draft.comment,
        "markdown",
        posting.now,
        awaiting=not approved,
        parent_id=parent,
        depth=1 if parent is None else await posting.core.read(depth_of, result.site_id, result.comment_id),
    )
    view = comment_view(node, posting.language, posting.face)
    own = preview_token(posting.core, result.site_id, result.comment_id)
    if posting.core.settings.edit_minutes:
        view.own_url = posting.face.own_url(own)
    notice = _to_confirm(posting, approved=approved)
    message = _("Your comment is posted.") if approved else _("Your comment is awaiting moderation.")
    form = posting.form([], notice, keep_question=False)
    form.values, form.parent, form.saved, form.subscribed = {}, 0, False, False
    rendering = posting.core.rendering
    answer: dict[str, Any] = {
        "status": "approved" if approved else "pending",
        "id": result.comment_id,
        "own": own,
        "parent": parent,
        "html": rendering.render("comment.html", posting.language, {"comment": view, "form": None, "thread": None}),
        "message": f"{message} {notice}" if notice else message,
        "form": rendering.render("form.html", posting.language, {"form": form}),
    }
    if approved:
        count = await posting.core.read(count_shown, result.site_id, result.page_id)
        counted = posting.language.ngettext("%(num)s comment", "%(num)s comments", count)
        answer["title"] = counted % {"num": count}
    if posting.consent:
        answer["proof"] = await _proof(posting, result)
    location = posting.face.comment_url(result.comment_id)
    return JSONResponse(answer, 201, {**headers.FRESH_FRAGMENT, "location": location})


def _to_confirm(posting: Submission, *, approved: bool) -> str | None:
    """What a reader who wants mail is told: the same for every address, known or not."""
    _ = posting.gettext
    if posting.wish is None:
        return None
    if approved:
        return _(
            "To be told of replies, follow the link in the mail that comes to you now, unless you have done so before."
        )
    return _("Once your comment is approved, a mail comes to you. Follow its link to be told of replies.")


async def _proof(posting: Submission, result: Accepted) -> str:
    """The proof that the reader sent, if it is good already; else one for this comment."""
    if await posting.core.glance(is_known, result.site_id, posting.draft.email, posting.proof_id):
        return posting.fields.get("proof", "")
    return prove(posting.core.keyring, result.site_id, result.comment_id)


def _log(posting: Submission, reason: str, status: int) -> None:
    """Why this was not taken. No word of the reader goes into the log."""
    posting.core.metrics.refusals.update(reason.split("+"))
    log.info(
        "comment refused",
        extra={"site": posting.page.site_id, "page": posting.version.page_id, "reason": reason, "code": status},
    )
