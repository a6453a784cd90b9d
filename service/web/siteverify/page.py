"""The way without JavaScript: a page that asks the question, and gives a code to paste into the form."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from service.web import headers
from service.web.body import read_fields
from service.web.siteverify.asking import FormAsking
from service.web.siteverify.solving import Solved, solve
from service.web.state import Request


async def show(request: Request) -> Response:
    """``GET /captcha/pass?sitekey=&action=&lang=``: the question."""
    asking = await FormAsking.of(request, request.query_params)
    return _page(asking, {"question": await asking.question()})


async def answer(request: Request) -> Response:
    """``POST /captcha/pass``: the code, or 422 with a sentence and the next question."""
    fields = await read_fields(request)
    asking = await FormAsking.of(request, fields)
    if fields.get("another"):
        return _page(asking, {"question": await asking.question()})
    result = await solve(asking, fields.get("token", ""), fields.get("answer", ""))
    if isinstance(result, Solved):
        return _page(asking, {"code": result.token})
    return _page(asking, {"question": result.question, "error": result.sentence}, 422)


def _page(asking: FormAsking, shown: Mapping[str, Any], status: int = 200) -> Response:
    context = {
        "action": asking.core.address("/captcha/pass"),
        "site": asking.site,
        "form_action": asking.action,
        "cdata": asking.cdata,
        "question": None,
        "code": "",
        "error": "",
        **shown,
    }
    html = asking.core.rendering.render("captcha.html", asking.language, context)
    return Response(html, status, headers.page_headers(asking.core.settings.public_url), "text/html")
