"""Base class of REST resources: dispatch by method, errors in WordPress's shape, CORS and cache headers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.admin_rights import Right
from service.protocols.wordpress.comment_schema import Schema, describe_route
from service.protocols.wordpress.rest_errors import RestError, no_route
from service.protocols.wordpress.rest_request import RestRequest
from service.web.context import Request
from service.web.http.json_answer import JsonAnswer

_CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "X-WP-Total, X-WP-TotalPages, Link, Allow",
    "access-control-allow-headers": "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type, "
    "X-HTTP-Method-Override",
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
}
"""Any origin may read: it is public, and browsers do not add a Basic password to a script's requests as they would a
cookie."""

_ALWAYS = {**_CORS, "x-content-type-options": "nosniff", "x-robots-tag": "noindex", "vary": "authorization"}
_SHARED = "public, max-age=0, s-maxage=1, stale-while-revalidate=5"


class Resource(HTTPEndpoint):
    """Calls the method ``get``, ``post``, ``put``, ``patch`` or ``delete``; 404 where a subclass has none."""

    route = ""
    """The route as ``comment_schema.ROUTES`` names it; empty for the index and for unknown paths."""
    schema: ClassVar[Schema] = {}

    async def dispatch(self) -> None:
        """Answer one request."""
        request: Request = Request(self.scope, self.receive)
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            response = Response(status_code=204)  # a preflight, which never has the login
        else:
            response = await self._answer(request)
        private = "authorization" in request.headers or response.status_code != 200
        if "_envelope" in request.query_params:
            response = _enveloped(response)
        for name, value in _ALWAYS.items():
            response.headers[name] = value
        response.headers["cache-control"] = "no-store" if private or request.method != "GET" else _SHARED
        await response(self.scope, self.receive, self.send)

    async def _answer(self, request: Request) -> Response:
        called: RestRequest | None = None
        try:
            name = _method(request)
            if name not in (*self._methods(), "options" if self.route else ""):
                raise no_route()
            called = await RestRequest.of(request)
            handler: Callable[[RestRequest], Awaitable[Response]] = getattr(self, name)
            response = await handler(called)
        except RestError as error:
            response = error.answer()
        except HTTPException as error:
            refused = RestError(error.status_code, "rest_invalid_param", error.detail)
            refused.headers.update(error.headers or {})
            response = refused.answer()
        if called is not None:
            self._add_headers(called, response)
        return response

    async def options(self, called: RestRequest) -> Response:
        """The route's methods, parameters and schema."""
        body = describe_route(self.route) | ({"schema": self.schema} if self.schema else {})
        address = called.http.url.path.partition("/wp-json")[2]
        return answer(body | {"_links": {"self": [{"href": f"{called.home}/wp-json{address}"}]}})

    def _add_headers(self, called: RestRequest, response: Response) -> None:
        """``Allow`` names what the caller may do (``rest_send_allow_header``), ``Link`` the API's root (RFC 8288)."""
        allowed = [
            name.upper()
            for name in self._methods()
            if name == "get" or (called.admin is not None and called.admin.may(Right.MODERATE, called.site_id))
        ]
        response.headers["allow"] = ", ".join(allowed)
        root = f'<{called.home}/wp-json/>; rel="https://api.w.org/"'
        response.headers["link"] = ", ".join(filter(None, (root, response.headers.get("link"))))

    def _methods(self) -> list[str]:
        return [name for name in ("get", "post", "put", "patch", "delete") if hasattr(self, name)]


def _method(request: Request) -> str:
    """The name of the handler. ``@wordpress/api-fetch`` sends PUT, PATCH and DELETE as a POST that names them
    (``WP_REST_Server::serve_request``). A GET may not name another method, so no link changes anything."""
    method = request.method
    if method == "POST":
        method = request.query_params.get("_method") or request.headers.get("x-http-method-override") or method
    return "get" if method.upper() == "HEAD" else method.lower()


def _enveloped(response: Response) -> Response:
    """``_envelope``: status and headers in the body, for clients that cannot read them (``envelope_response``)."""
    hidden = ("content-length", "content-type")
    headers = {name.title(): value for name, value in response.headers.items() if name not in hidden}
    rest = answer({"status": response.status_code, "headers": headers})
    # the body is JSON already: megabytes are not parsed and written once more
    rest.body = b'{"body":' + (bytes(response.body) or b"null") + b"," + bytes(rest.body)[1:]
    rest.headers["content-length"] = str(len(rest.body))
    return rest


class NoResource(Resource):
    """Any other path below ``/wp-json``: 404."""


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> JsonAnswer:
    """An answer in JSON."""
    return JsonAnswer(body, status, headers)
