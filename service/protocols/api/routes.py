"""The routes of the API: one for each path of the table, and what browsers ask before a request (CORS)."""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from service.protocols.api.document_routes import DOCUMENTED
from service.protocols.api.operation import AnyOperation
from service.protocols.api.request_pipeline import serve
from service.web.context import Request
from service.web.http.api_problems import API
from service.web.http.reader_params import Handler
from service.web.http.response_headers import ANY_ORIGIN


def api_routes() -> list[BaseRoute]:
    """``/api/v1`` and everything below it."""
    by_path: dict[str, dict[str, AnyOperation]] = {}
    for operation in DOCUMENTED:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [Route(API + path, _handler(found), methods=[*found, "OPTIONS"]) for path, found in by_path.items()]


def _handler(operations: Mapping[str, AnyOperation]) -> Handler:
    """Serves the operations of a path by their methods."""

    async def handle(request: Request) -> Response:
        if request.method == "OPTIONS":
            return _preflight(operations)
        return await serve(operations["GET" if request.method == "HEAD" else request.method], request)

    return handle


def _preflight(operations: Mapping[str, AnyOperation]) -> Response:
    """Any page may ask: a browser adds no token of its own, and cookies are not read."""
    sent = {
        **ANY_ORIGIN,
        "access-control-allow-methods": ", ".join(operations),
        "access-control-allow-headers": "authorization, content-type, idempotency-key, if-match, if-none-match",
        "access-control-max-age": "86400",
    }
    return Response(status_code=204, headers=sent)
