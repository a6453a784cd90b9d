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


def another_question(submission: Submission) -> Response:
    """The reader wants another question, and has no JavaScript to fetch it."""
    notice = submission.gettext("Here is another question.")
    return _form(submission, 200, submission.form([], notice, keep_question=False), "step")


def preview(submission: Submission, html: Markup) -> Response:
    """The text as it would look, above the form with all that was typed, and its question if it had one."""
    return _form(submission, 200, submission.form([], None, keep_question=True), "preview", preview=html)


def one_more_step(submission: Submission) -> Response:
    """The form came from a page without a question, such as a cached one: now it is asked."""
    _log(submission, "no_token", 422)  # not 200: Turbo shows no answer to a form that is 200
    return _form(submission, 422, submission.form([], None, keep_question=False), "step")


def send_from_here(submission: Submission) -> Response:
    """Nobody knows whose page the form stood on: here it is again on ours, with its question and answer."""
    _log(submission, "origin", 403)
    return _form(submission, 403, submission.form([], None, keep_question=True), "step")


def captcha_problems(submission: Submission, judgement: Judgement) -> list[Problem]:
    """What is wrong with the token, or an answer left empty. Whether one is right is not told before it counts."""
    _ = submission.gettext
    messages = {
        Outcome.EXPIRED: _("That question is too old. Here is a new one."),
        Outcome.INVALID: _("That question does not belong to this form. Here is a new one."),
    }
    if not submission.review:
        messages[Outcome.EMPTY] = _("Please answer the question.")
    message = messages.get(judgement.outcome)
    return [Problem("captcha", message, message)] if message else []


def wrong_answer(submission: Submission) -> Response:
    """The question is burnt; here is the next one."""
    _ = submission.gettext
    message = _("That was not the right answer. Here is a new question.")
    if submission.missed:
        way_out = _("Or press “%(button)s”.") % {"button": _("I can’t answer this — send it for review")}
        message = f"{message} {way_out}"
    return give_back(submission, 422, [Problem("captcha", message, message)], keep_question=False)


def not_now(submission: Submission, message: str, retry_after: int) -> Response:
    """Nothing was stored; the same form, question and answer included, can be sent again."""
    return give_back(
        submission, 503, [Problem("", message, message)], keep_question=True, retry_after=retry_after, reason="store"
    )


def too_many(submission: Submission, wait: float) -> Response:
    """The client's bucket is empty."""
    return refuse(submission, Refusal.FLOOD, ceil(wait), keep_question=True)


def too_many_questions(submission: Submission, wait: float) -> Response:
    """The client asks for question after question. One that stands there can still be answered; else the form comes
    back without, and asks when it is sent again."""
    message = submission.gettext("Too many questions were asked for. Please wait a moment.")
    found = [Problem("captcha" if submission.challenge(keep=True) else "", message, message)]
    return give_back(submission, 429, found, keep_question=True, retry_after=ceil(wait), reason="questions")


def refuse(submission: Submission, refusal: Refusal, retry_after: int = 0, *, keep_question: bool = False) -> Response:
    """WordPress's sentences for what it refuses after the fields are in order."""
    _ = submission.gettext
    status, field, message = {
        Refusal.PARENT: (403, "", _("Sorry, replies to unapproved comments are not allowed.")),
        Refusal.CLOSED: (403, "", _("Sorry, comments are closed for this item.")),
        Refusal.DUPLICATE: (409, "", _("Duplicate comment detected; it looks as though you’ve already said that!")),
        Refusal.FLOOD: (429, "", _("You are posting comments too quickly. Slow down.")),
        Refusal.USED: (422, "captcha", _("That question has been used already. Here is a new one.")),
    }[refusal]
    if retry_after:
        wait = submission.language.ngettext(
            "You can post again in %(num)s second.", "You can post again in %(num)s seconds.", retry_after
        )
        message = f"{message} {wait % {'num': retry_after}}"
    kind = "closed" if refusal is Refusal.CLOSED else "refused"
    return give_back(
        submission,
        status,
        [Problem(field, message, message)],
        keep_question=keep_question,
        retry_after=retry_after,
        kind=kind,
        reason=refusal.value,
    )


def give_back(
    submission: Submission,
    status: int,
    found: list[Problem],
    *,
    keep_question: bool,
    retry_after: int = 0,
    kind: str = "refused",
    reason: str = "",
) -> Response:
    """The same form with all that was typed, and what has to be put right."""
    _log(submission, reason or "+".join(problem.field or "store" for problem in found), status)
    response = _form(submission, status, submission.form(found, None, keep_question=keep_question), kind)
    if retry_after:
        response.headers["retry-after"] = str(retry_after)
    return response


def _form(submission: Submission, status: int, form: FormView, kind: str, **more: object) -> Response:
    templates = submission.context.templates
    page = PageView(submission.page.url, submission.version.title or form.title)
    values = {"form": form, "page": page, "kind": kind, **more}
    if not submission.json:
        html = templates.render("answer.html", submission.language, values)
        sent = headers.page_headers(
            submission.context.settings.public_url, submission.page.url, submission.urls.frame_ancestors
        )
        return Response(html, status, sent, "text/html")
    answer: dict[str, Any] = {
        "error": " ".join(form.leads),
        "fields": form.error_of,
        "form": templates.render("form.html", submission.language, values),
    }
    return JSONResponse(answer, status, headers.FRESH_FRAGMENT)


async def accept(submission: Submission, result: Accepted, verdict: Verdict) -> Response:
    """The comment is durable. Spam is told what a held comment is told: whoever tests the filter learns nothing."""
    submission.context.metrics.comments[result.status.value] += 1
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
    if submission.json:
        return await _accept_json(submission, result)
    changeable = (
        submission.context.settings.edit_minutes and submission.urls.surface != "embed"
    )  # elsewhere there is no link to it
    if result.status is Status.APPROVED and not changeable:
        return RedirectResponse(submission.urls.comment_url(result.comment_id), 303, headers.NEVER_STORED)
    token = preview_token(submission.context, result.site_id, result.comment_id)
    return RedirectResponse(submission.urls.preview_url(result.comment_id, token), 303, headers.NEVER_STORED)


async def _accept_json(submission: Submission, result: Accepted) -> Response:
    _ = submission.gettext
    approved = result.status is Status.APPROVED
    parent = submission.parent or None
    draft = submission.draft
    node = Node(
        result.comment_id,
        draft.author,
        draft.url,
        draft.comment,
        "markdown",
        submission.now,
        awaiting=not approved,
        parent_id=parent,
        depth=1 if parent is None else await submission.context.read(depth_of, result.site_id, result.comment_id),
    )
    view = comment_view(node, submission.language, submission.urls)
    own = preview_token(submission.context, result.site_id, result.comment_id)
    if submission.context.settings.edit_minutes:
        view.own_url = submission.urls.own_url(own)
    notice = _to_confirm(submission, approved=approved)
    message = _("Your comment is posted.") if approved else _("Your comment is awaiting moderation.")
    form = submission.form([], notice, keep_question=False)
    form.values, form.parent, form.saved, form.subscribed, form.missed = {}, 0, False, False, False
    templates = submission.context.templates
    answer: dict[str, Any] = {
        "status": "approved" if approved else "pending",
        "id": result.comment_id,
        "own": own,
        "parent": parent,
        "html": templates.render("comment.html", submission.language, {"comment": view, "form": None, "thread": None}),
        "message": f"{message} {notice}" if notice else message,
        "form": templates.render("form.html", submission.language, {"form": form}),
    }
    if approved:
        count = await submission.context.read(count_shown, result.site_id, result.page_id)
        counted = submission.language.ngettext("%(num)s comment", "%(num)s comments", count)
        answer["title"] = counted % {"num": count}
    if submission.consent:
        answer["proof"] = await _proof(submission, result)
    location = submission.urls.comment_url(result.comment_id)
    return JSONResponse(answer, 201, {**headers.FRESH_FRAGMENT, "location": location})


def _to_confirm(submission: Submission, *, approved: bool) -> str | None:
    """What a reader who wants mail is told: the same for every address, known or not."""
    _ = submission.gettext
    if submission.wish is None:
        return None
    if approved:
        return _(
            "To be told of replies, follow the link in the mail that comes to you now, unless you have done so before."
        )
    return _("Once your comment is approved, a mail comes to you. Follow its link to be told of replies.")


async def _proof(submission: Submission, result: Accepted) -> str:
    """The proof that the reader sent, if it is good already; else one for this comment."""
    if await submission.context.read_inline(is_known, result.site_id, submission.draft.email, submission.proof_id):
        return submission.fields.get("proof", "")
    return prove(submission.context.keyring, result.site_id, result.comment_id)


def _log(submission: Submission, reason: str, status: int) -> None:
    """Why this was not taken. No word of the reader goes into the log."""
    submission.context.metrics.refusals.update(reason.split("+"))
    log.info(
        "comment refused",
        extra={"site": submission.page.site_id, "page": submission.version.page_id, "reason": reason, "code": status},
    )
