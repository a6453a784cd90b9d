"""The answer to a stored comment: a redirect to it, or JSON for the script."""

import logging
from typing import Any

from starlette.responses import RedirectResponse, Response

from db.models import Status
from service.comments.returning_authors import is_known, private_link_token, prove
from service.comments.submit import Accepted
from service.comments.thread_tree import Node, count_shown, depth_of
from service.spam.verdict import Verdict
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.render.thread_views import comment_view
from service.web.submission import Submission

log = logging.getLogger("service.comments")


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
    if submission.face is not None:
        return await submission.face.accept(submission, result, _private_link(submission, result))
    if submission.json:
        return await _accept_json(submission, result)
    # The article shows no link to edit a comment; our own pages do.
    changeable = submission.context.settings.edit_minutes and submission.urls.surface != "embed"
    if result.status is Status.APPROVED and not changeable:
        return RedirectResponse(submission.urls.comment_url(result.comment_id), 303, response_headers.NEVER_STORED)
    url = submission.urls.preview_url(result.comment_id, _private_link(submission, result))
    return RedirectResponse(url, 303, response_headers.NEVER_STORED)


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
        answer["proof"] = await proof_for(submission, result)
    location = submission.urls.comment_url(result.comment_id)
    return JsonAnswer(answer, 201, {**response_headers.FRESH_FRAGMENT, "location": location})


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
    view = await submission.context.compute_if_long(node.text, comment_view, node, submission.language, submission.urls)
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
            "To get replies by email, open the link in the email that we have just sent you, unless you already have."
        )
    return _("Once your comment is approved, you will get an email. Open its link to get replies by email.")


async def proof_for(submission: Submission, result: Accepted) -> str:
    """The proof that the reader sent, if it is of an approved comment; else a proof of this comment."""
    if await submission.context.read_inline(is_known, result.site_id, submission.draft.email, submission.proof_id):
        return submission.fields.get("proof", "")
    return prove(submission.context.keyring, result.site_id, result.comment_id)
