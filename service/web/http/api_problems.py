"""Errors of the JSON API: ``application/problem+json`` (RFC 9457)."""

import http
import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from service.web.http import response_headers
from service.web.http.json_answer import safe

API = "/api/v1"
MEDIA_TYPE = "application/problem+json"
HEADERS = {
    **response_headers.FRESH_FRAGMENT,
    "access-control-expose-headers": "etag, idempotency-replayed, location, retry-after, x-request-id",
}
"""Of every answer that is not cached. Any page may read: a browser adds no token of its own to a script's request."""


class ApiProblem(HTTPException):
    """An error of the API. ``members``: more members of the answer, such as ``errors``."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, **members: object) -> None:
        super().__init__(status, detail, headers)
        self.members = members


def is_api(scope: Scope) -> bool:
    """Whether a request is to the API, and so gets its errors as problems."""
    path: str = scope["path"]
    return path.startswith(f"{API}/") or path == API


def problem_response(
    status: int, detail: str, more_headers: Mapping[str, str] | None = None, members: Mapping[str, Any] | None = None
) -> Response:
    """The answer of an error. ``title`` is that of the status, and ``detail`` a sentence."""
    body = {"type": "about:blank", "title": http.HTTPStatus(status).phrase, "status": status, "detail": detail}
    content = safe(json.dumps({**body, **(members or {})}, ensure_ascii=False)).encode()
    return Response(content, status, {**HEADERS, **(more_headers or {})}, MEDIA_TYPE)
