"""The answers to a POST: the comment, or the same form with a sentence that says what to do."""

import logging
from math import ceil
from typing import Any

from markupsafe import Markup
from starlette.responses import JSONResponse, RedirectResponse, Response

from db.models import Status
from service.captcha import Judgement, Outcome
from service.comments.authors import is_known, private_link_token, prove
from service.comments.submit import Accepted, Refusal
from service.comments.thread import Node, count_shown, depth_of
from service.comments.validation import Problem
from service.spam.verdict import Verdict
from service.web.http import headers
from service.web.render.form_view import FormView
from service.web.render.views import PageView, comment_view
from service.web.submission import Submission

log = logging.getLogger("service.comments")


def another_question(submission: Submission) -> Response:
    """A new question for a reader without JavaScript who asked for one."""
    notice = submission.gettext("Here is another question.")
    return _form(submission, 200, submission.form([], notice, keep_question=False), "step")


def preview(submission: Submission, html: Markup) -> Response:
    """The text as it would look, above the form with everything that was typed and the same question."""
    return _form(submission, 200, submission.form([], None, keep_question=True), "preview", preview=html)


def one_more_step(submission: Submission) -> Response:
    """The question for a form that had none, such as one on a cached page."""
    _log(submission, "no_token", 422)  # not 200: Turbo shows no answer to a form that is 200
    return _form(submission, 422, submission.form([], None, keep_question=False), "step")


def send_from_here(submission: Submission) -> Response:
    """The same form, question and answer on our own page, because the browser hides the page that it came from."""
    _log(submission, "origin", 403)
    return _form(submission, 403, submission.form([], None, keep_question=True), "step")


def captcha_problems(submission: Submission, judgement: Judgement) -> list[Problem]:
    """Problems with the token, and an empty answer. A wrong answer is not among them.

    Whether an answer is right is only told once all other fields are in order and the token is spent; otherwise a form
    with an empty name would be a free try.
    """
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
    """A new question; the token of the wrong answer is spent. From the second one on, the message names the way out."""
    _ = submission.gettext
    message = _("That was not the right answer. Here is a new question.")
    if submission.missed:
        way_out = _("Or press “%(button)s”.") % {"button": _("I can’t answer this — send it for review")}
        message = f"{message} {way_out}"
    return give_back(submission, 422, [Problem("captcha", message, message)], keep_question=False)


def not_now(submission: Submission, message: str, retry_after: int) -> Response:
    """503: nothing was stored, and the same form can be sent again with its question and answer."""
    return give_back(
        submission, 503, [Problem("", message, message)], keep_question=True, retry_after=retry_after, reason="store"
    )


def too_many(submission: Submission, wait: float) -> Response:
    """429: the client has posted too much; ``wait`` is in seconds."""
    return refuse(submission, Refusal.FLOOD, ceil(wait), keep_question=True)


def too_many_questions(submission: Submission, wait: float) -> Response:
    """429: the client has asked for too many questions. A question that it has can still be answered; a form without
    one gets it when it is sent again."""
    message = submission.gettext("Too many questions were asked for. Please wait a moment.")
    found = [Problem("captcha" if submission.challenge(keep=True) else "", message, message)]
    return give_back(submission, 429, found, keep_question=True, retry_after=ceil(wait), reason="questions")


def refuse(submission: Submission, refusal: Refusal, retry_after: int = 0, *, keep_question: bool = False) -> Response:
    """What the transaction refused, in WordPress's sentences. ``retry_after`` is in seconds."""
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
    """The same form with everything that was typed, and the problems to correct."""
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
    """The answer to a stored comment. Spam is answered as a held comment, so that spammers cannot test the filter."""
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
    # The article shows no link to edit a comment; our own pages do.
    changeable = submission.context.settings.edit_minutes and submission.urls.surface != "embed"
    if result.status is Status.APPROVED and not changeable:
        return RedirectResponse(submission.urls.comment_url(result.comment_id), 303, headers.NEVER_STORED)
    url = submission.urls.preview_url(result.comment_id, _private_link(submission, result))
    return RedirectResponse(url, 303, headers.NEVER_STORED)


async def _accept_json(submission: Submission, result: Accepted) -> Response:
    _ = submission.gettext
    approved = result.status is Status.APPROVED
    notice = _to_confirm(submission, approved=approved)
    message = _("Your comment is posted.") if approved else _("Your comment is awaiting moderation.")
    form = submission.form([], notice, keep_question=False)
    form.values, form.parent, form.saved, form.subscribed, form.missed = {}, 0, False, False, False
    own = _private_link(submission, result)
    answer: dict[str, Any] = {
        "status": "approved" if approved else "pending",
        "id": result.comment_id,
        "own": own,
        "parent": submission.parent or None,
        "html": await _comment_html(submission, result, own),
        "message": f"{message} {notice}" if notice else message,
        "form": submission.context.templates.render("form.html", submission.language, {"form": form}),
    }
    if approved:
        count = await submission.context.read(count_shown, result.site_id, result.page_id)
        counted = submission.language.ngettext("%(num)s comment", "%(num)s comments", count)
        answer["title"] = counted % {"num": count}
    if submission.consent:
        answer["proof"] = await _proof(submission, result)
    location = submission.urls.comment_url(result.comment_id)
    return JSONResponse(answer, 201, {**headers.FRESH_FRAGMENT, "location": location})


async def _comment_html(submission: Submission, result: Accepted, private_link: str) -> str:
    """The new comment as the script inserts it into the thread."""
    public: dict[str, Any] = {name: text for name, text in submission.draft.columns.items() if name != "email"}
    parent = submission.parent or None
    node = Node(
        id=result.comment_id,
        **public,
        format="markdown",
        created_at=submission.now,
        awaiting=result.status is not Status.APPROVED,
        parent_id=parent,
        depth=1 if parent is None else await submission.context.read(depth_of, result.site_id, result.comment_id),
    )
    view = comment_view(node, submission.language, submission.urls)
    if submission.context.settings.edit_minutes:
        view.own_url = submission.urls.own_url(private_link)
    values = {"comment": view, "form": None, "thread": None}
    return submission.context.templates.render("comment.html", submission.language, values)


def _private_link(submission: Submission, result: Accepted) -> str:
    context = submission.context
    return private_link_token(context.keyring, result.site_id, result.comment_id, context.clock())


def _to_confirm(submission: Submission, *, approved: bool) -> str | None:
    """The notice for a reader who asked for mail. It is the same for every address, so that it reveals none."""
    _ = submission.gettext
    if submission.subscription is None:
        return None
    if approved:
        return _(
            "To be told of replies, follow the link in the mail that comes to you now, unless you have done so before."
        )
    return _("Once your comment is approved, a mail comes to you. Follow its link to be told of replies.")


async def _proof(submission: Submission, result: Accepted) -> str:
    """The proof that the reader sent, if it is of an approved comment; else a proof of this comment."""
    if await submission.context.read_inline(is_known, result.site_id, submission.draft.email, submission.proof_id):
        return submission.fields.get("proof", "")
    return prove(submission.context.keyring, result.site_id, result.comment_id)


def _log(submission: Submission, reason: str, status: int) -> None:
    """Log and count the reason. Nothing that the reader typed is logged."""
    submission.context.metrics.refusals.update(reason.split("+"))
    log.info(
        "comment refused",
        extra={"site": submission.page.site_id, "page": submission.version.page_id, "reason": reason, "code": status},
    )
