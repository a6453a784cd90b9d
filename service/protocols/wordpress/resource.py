"""Base class of REST resources: dispatch by method, errors in WordPress's shape, CORS and cache headers."""

import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service.protocols.wordpress.auth import RestRequest
from service.protocols.wordpress.errors import RestError, no_route
from service.web.context import Request

_CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "X-WP-Total, X-WP-TotalPages, Link",
    "access-control-allow-headers": "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
}
"""Any origin may read: it is public, and browsers do not add a Basic password to a script's requests as they would a
cookie."""

_ALWAYS = {**_CORS, "x-content-type-options": "nosniff", "x-robots-tag": "noindex", "vary": "authorization"}
_SHARED = "public, max-age=0, s-maxage=1, stale-while-revalidate=5"


class Resource(HTTPEndpoint):
    """Calls the method ``get``, ``post``, ``put``, ``patch`` or ``delete``; 404 where a subclass has none."""

    async def dispatch(self) -> None:
        """Answer one request."""
        request: Request = Request(self.scope, self.receive)
        response = await self._answer(request)
        for name, value in _ALWAYS.items():
            response.headers[name] = value
        private = "authorization" in request.headers or response.status_code != 200
        response.headers["cache-control"] = "no-store" if private or request.method != "GET" else _SHARED
        await response(self.scope, self.receive, self.send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204)
        name = "get" if request.method == "HEAD" else request.method.lower()
        try:
            if name not in self._methods():
                raise no_route()
            handler: Callable[[RestRequest], Awaitable[Response]] = getattr(self, name)
            return await handler(await RestRequest.of(request))
        except RestError as error:
            return error.answer()
        except HTTPException as error:
            refused = RestError(error.status_code, "rest_invalid_param", error.detail)
            refused.headers.update(error.headers or {})
            return refused.answer()

    def _methods(self) -> set[str]:
        return {name for name in ("get", "post", "put", "patch", "delete") if hasattr(self, name)}


class NoResource(Resource):
    """Any other path below ``/wp-json``: 404."""


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """JSON without ``<``, which clients can paste into a page."""
    return _Json(body, status, headers)


class _Json(JSONResponse):
    def render(self, content: object) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").encode()
