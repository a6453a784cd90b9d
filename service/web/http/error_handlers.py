"""Handlers for exceptions: each answers with a sentence, as a page or as JSON."""

import http
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from db.engine import UNAVAILABLE
from db.writer import NotWritten
from service.language import N_
from service.page_address import ForeignPage, UnknownOrigin
from service.web.context import Request, context_of
from service.web.http import response_headers
from service.web.http.api_problems import ApiProblem, is_api, problem_response
from service.web.http.json_answer import JsonAnswer
from service.web.http.reader_params import choose_language
from service.web.http.request_log import request_id
from service.web.http.unreadable_body import OtherCharset
from service.web_origin import BadPage

log = logging.getLogger(__name__)
NOTHING: Mapping[str, object] = MappingProxyType({})


MESSAGES = {
    400: N_("This request could not be read."),
    403: N_("This is not allowed."),
    404: N_("There is nothing at this address."),
    405: N_("This page cannot be opened directly."),
    408: N_("The request took too long to arrive. Please send it again."),
    413: N_("That is too large. A comment can have up to 65,525 bytes."),
    429: N_("Too many requests. Please wait a moment."),
    500: N_("Something went wrong. The owner of this service can find the reason in the log."),
    503: N_("The service cannot answer right now. Please try again in a moment."),
}


async def http_error(request: Request, error: HTTPException) -> Response:
    """404, 405, 413 and other statuses that handlers raise."""
    standard = http.HTTPStatus(error.status_code).phrase
    message = error.detail if error.detail not in ("", standard) else ""
    message = message or MESSAGES.get(error.status_code, standard)
    members = error.members if isinstance(error, ApiProblem) else {}
    typed = error.typed if isinstance(error, OtherCharset) else ""
    return answer(request, error.status_code, message, error.headers, members=members, typed=typed)


async def bad_page(request: Request, error: BadPage) -> Response:
    """400 for an invalid page address, 403 for a page outside registered sites."""
    status = 403 if isinstance(error, UnknownOrigin | ForeignPage) else 400
    heading = N_("Comment not posted yet") if error.typed else ""
    return answer(request, status, str(error), ancestor="*", typed=error.typed, heading=heading)


async def database_error(request: Request, error: Exception) -> Response:
    """503: the database is locked, full or unreachable."""
    context_of(request).metrics.database_errors += 1
    log.error("the database did not answer", exc_info=error)
    return answer(request, 503, MESSAGES[503], {"retry-after": "30"})


async def not_written(request: Request, _error: Exception) -> Response:
    """503: the writer's queue is full, or this process is shutting down."""
    return answer(request, 503, MESSAGES[503], {"retry-after": "5"})


async def disconnected(_request: Request, _error: Exception) -> Response:
    """The client closed the connection before its request was complete, so nobody reads this answer."""
    return Response(status_code=400)


async def crash(request: Request, _error: Exception) -> Response:
    """500: an unexpected exception. Starlette raises it again after this, so that the server logs it."""
    return answer(request, 500, MESSAGES[500])


def answer(
    request: Request,
    status: int,
    message: str,
    extra: object = None,
    ancestor: str = "",
    members: Mapping[str, object] = NOTHING,
    typed: str = "",
    heading: str = "",
) -> Response:
    """The sentence as a page, or as JSON where HTML is not accepted; in the API always as a problem.

    ``extra``: more headers, if it is a dict. ``ancestor``: the origin that may frame the page; nobody if empty.
    ``members`` of a problem. ``typed``: text that is given back. ``heading``: in place of the status.
    """
    if is_api(request.scope):
        return _problem(request, status, message, extra if isinstance(extra, dict) else {}, members)
    sent = {**(extra if isinstance(extra, dict) else {}), **response_headers.FRESH_FRAGMENT}
    context = context_of(request)
    language = choose_language(
        context, request.query_params.get("lang", ""), request.headers.get("accept-language", "")
    )
    translated = language.gettext(message)
    if "text/html" not in request.headers.get("accept", ""):
        request_field = {"request": request_id(request)} if status >= 500 else {}
        return JsonAnswer({"error": translated, "help": "", **request_field}, status, sent)
    values = {
        "status": status,
        "heading": heading and language.gettext(heading),
        "message": translated,
        "message_lang": "en" if translated == message and language.code != "en" else "",
        "help": "",
        "typed": typed,
        "request_id": request_id(request) if status >= 500 else "",
        "back": context.demo_url if context.settings.demo else "",
    }
    html = context.templates.render("error.html", language, values)
    ancestors = [ancestor] if ancestor else []
    page_headers = response_headers.page_headers(context.settings.public_url, frame_ancestors=ancestors)
    return Response(html, status, {**sent, **page_headers}, "text/html")


def _problem(
    request: Request, status: int, message: str, extra: Mapping[str, str], members: Mapping[str, object]
) -> Response:
    number = {"request": request_id(request)} if status >= 500 else {}
    return problem_response(status, message, extra, {**number, **members})


HANDLERS: dict[Any, Any] = {
    HTTPException: http_error,
    BadPage: bad_page,
    **dict.fromkeys(UNAVAILABLE, database_error),
    NotWritten: not_written,
    ClientDisconnect: disconnected,
    Exception: crash,
}
