"""``POST /preview``: a comment as it would look. Nothing is stored, and no question is spent."""

from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from service.markup import render
from service.web import submit_responses
from service.web.context import Request
from service.web.http import headers
from service.web.post_comment import read_posting


async def preview(request: Request) -> Response:
    """The same form with the text above it; the text alone where JSON is asked for."""
    posting = await read_posting(request)
    if wait := await posting.admit(("preview", posting.client)):
        return submit_responses.too_many(posting, wait)
    html = Markup(render(posting.draft.comment))  # noqa: S704 - cleaned by nh3
    if not posting.json:
        return submit_responses.preview(posting, html)
    text = posting.core.rendering.render("preview.html", posting.language, {"preview": html})
    return JSONResponse({"preview": text}, headers=headers.FRESH_FRAGMENT)
