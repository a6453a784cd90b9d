"""The answers to a POST that stores nothing: the form with everything that was typed, and a sentence why."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from db.engine import UNAVAILABLE
from db.writer import NotWritten, WriterStopped
from service.captcha import AnswerOutcome, Judgement
from service.comments.submit import Refusal
from service.comments.validation import FieldProblem
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.refusal_messages import refusal_message
from service.web.render.form_view import FormView
from service.web.render.thread_views import PageView
from service.web.submission import Submission

log = logging.getLogger("service.comments")

_STATUSES = {
    Refusal.PARENT: 403,
    Refusal.CLOSED: 403,
    Refusal.DUPLICATE: 409,
    Refusal.FLOOD: 429,
    Refusal.USED: 422,
}


def another_question(submission: Submission) -> Response:
    """A new question for a reader without JavaScript who asked for one."""
    notice = submission.gettext("Here is another question.")
    return _form(submission, 200, submission.form([], notice, keep_question=False), "step")


def preview(submission: Submission, html: Markup) -> Response:
    """The text as it would look, above the form with everything that was typed and the same question."""
    return _form(submission, 200, submission.form([], None, keep_question=True), "preview", preview=html)


def one_more_step(submission: Submission) -> Response:
    """The question for a form that had none, such as one on a cached page.

    If that is our own form, a build has stored it with the thread, which would not show the comment: the reader comes
    back to our own page instead.
    """
    if "frame" in submission.fields and submission.urls.surface == "embed" and not submission.json:
        submission.urls = replace(submission.urls, surface="page")
    _log(submission, "no_token", 422)  # not 200: Turbo shows no answer to a form that is 200
    return _form(submission, 422, submission.form([], None, keep_question=False), "step")


def send_from_here(submission: Submission) -> Response:
    """The same form, question and answer on our own page, because the browser hides the page that it came from."""
    _log(submission, "origin", 403)
    return _form(submission, 403, submission.form([], None, keep_question=True), "step")


def captcha_problems(submission: Submission, judgement: Judgement) -> list[FieldProblem]:
    """Problems with the token, and an empty answer. A wrong answer is not among them.

    Whether an answer is right is only told once all other fields are in order and the token is spent; otherwise a form
    with an empty name would be a free try.
    """
    _ = submission.gettext
    messages = {
        AnswerOutcome.EXPIRED: _("That question has expired. Here is a new one."),
        AnswerOutcome.INVALID: _("That question was for another form. Here is a new one."),
    }
    if not submission.review:
        messages[AnswerOutcome.EMPTY] = _("Please answer the question.")
    message = messages.get(judgement.outcome)
    return [FieldProblem("captcha", message, message)] if message else []


def wrong_answer_message(gettext: Callable[[str], str]) -> str:
    """What is said of a wrong answer. Its token is spent, and another question comes along."""
    _ = gettext
    return _("That was not the right answer. Here is a new question.")


def wrong_answer(submission: Submission) -> Response:
    """A new question; the token of the wrong answer is spent. From the second one on, the message names the way out."""
    _ = submission.gettext
    message = wrong_answer_message(_)
    if submission.missed:
        way_out = _("Or press “%(button)s”.") % {"button": _("I can’t answer this — send it for review")}
        message = f"{message} {way_out}"
    return give_back(submission, 422, [FieldProblem("captcha", message, message)], keep_question=False)


def not_now(submission: Submission, message: str, retry_after: int) -> Response:
    """503: nothing was stored, and the same form can be sent again with its question and answer."""
    return give_back(
        submission,
        503,
        [FieldProblem("", message, message)],
        keep_question=True,
        retry_after=retry_after,
        reason="store",
    )


def too_many(submission: Submission, wait: float) -> Response:
    """429: the client has posted too much; ``wait`` is in seconds."""
    return refuse(submission, Refusal.FLOOD, ceil(wait), keep_question=True)


def too_many_questions(submission: Submission, wait: float) -> Response:
    """429: the client has asked for too many questions. A question that it has can still be answered; a form without
    one gets it when it is sent again."""
    message = submission.gettext("Too many questions were requested. Please wait a moment.")
    found = [FieldProblem("captcha" if submission.challenge(keep=True) else "", message, message)]
    return give_back(submission, 429, found, keep_question=True, retry_after=ceil(wait), reason="questions")


def refuse(submission: Submission, refusal: Refusal, retry_after: int = 0, *, keep_question: bool = False) -> Response:
    """What the transaction refused, in WordPress's sentences. ``retry_after`` is in seconds."""
    message = refusal_message(refusal, submission.gettext)
    if retry_after:
        wait = submission.language.ngettext(
            "You can post again in %(num)s second.", "You can post again in %(num)s seconds.", retry_after
        )
        message = f"{message} {wait % {'num': retry_after}}"
    kind = "closed" if refusal is Refusal.CLOSED else "refused"
    return give_back(
        submission,
        _STATUSES[refusal],
        [FieldProblem("captcha" if refusal is Refusal.USED else "", message, message)],
        keep_question=keep_question,
        retry_after=retry_after,
        kind=kind,
        reason=refusal.value,
    )


def give_back(
    submission: Submission,
    status: int,
    found: list[FieldProblem],
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
    if submission.face is not None:
        return submission.face.give_back(submission, status, form)
    templates = submission.context.templates
    page = PageView(submission.page.url, submission.version.title or form.title)
    values = {"form": form, "page": page, "kind": kind, **more}
    if not submission.json:
        html = templates.render("answer.html", submission.language, values)
        sent = response_headers.page_headers(
            submission.context.settings.public_url, submission.page.url, submission.urls.frame_ancestors
        )
        return Response(html, status, sent, "text/html")
    answer: dict[str, Any] = {
        "error": " ".join(form.leads),
        "fields": form.error_of,
        "form": templates.render("form.html", submission.language, values),
    }
    return JsonAnswer(answer, status, response_headers.FRESH_FRAGMENT)


def _log(submission: Submission, reason: str, status: int) -> None:
    """Log and count the reason. Nothing that the reader typed is logged."""
    metrics, reasons = submission.context.metrics, reason.split("+")
    metrics.refusals.update(reasons)
    metrics.refused_on.update((submission.page.site_id, each) for each in reasons)
    log.info(
        "comment refused",
        extra={"site": submission.page.site_id, "page": submission.version.page_id, "reason": reason, "code": status},
    )


NotNow = Callable[[Submission, str, int], Response]
"""Answers with the form, a sentence, and the seconds to wait."""


async def or_not_now(submission: Submission, answer: Awaitable[Response], refuse_now: NotNow) -> Response:
    """The answer, or that of ``refuse_now`` if the database is away or locked, the writer has too much to do, or the
    service stops."""
    _ = submission.gettext
    try:
        return await answer
    except UNAVAILABLE:
        submission.context.metrics.database_errors += 1
        log.exception("the database did not take a comment")
        return refuse_now(submission, _("The comment could not be saved. Please try again later."), 30)
    except (WriterStopped, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and not submission.context.admission.is_draining:
            raise
        return refuse_now(submission, _("The comment could not be saved. Please try again later."), 5)
    except NotWritten:
        message = _("Too many comments are coming in at once. Please send yours again in a moment.")
        return refuse_now(submission, message, 5)
