"""``POST /preview``: how a comment would look. It stores nothing and does not use up the captcha question."""

from markupsafe import Markup
from starlette.responses import Response

from service.safe_html import render
from service.web import returned_form
from service.web.context import Request
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.http.request_body import read_typed
from service.web.post_comment import build_submission
from service.web.returned_form import or_not_now
from service.web.submission import Submission


async def preview(request: Request) -> Response:
    """The same form with the rendered text above it, or the rendered text as JSON."""
    fields, guessed = await read_typed(request)
    submission = await build_submission(request, fields, guessed=guessed)
    return await or_not_now(submission, _preview(submission), returned_form.not_now)


async def _preview(submission: Submission) -> Response:
    await submission.look_up()
    if wait := await submission.admit(("preview", submission.client)):
        return returned_form.too_many(submission, wait)
    text = submission.draft.comment
    html = Markup(await submission.context.compute_if_long(text, render, text))  # noqa: S704 - cleaned by nh3
    if not submission.json:
        return returned_form.preview(submission, html)
    shown = submission.context.templates.render("preview.html", submission.language, {"preview": html})
    return JsonAnswer({"preview": shown}, headers=response_headers.FRESH_FRAGMENT)
