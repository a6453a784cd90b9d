"""What browsers ask before a request that carries headers of its own, such as those of tracing or of htmx."""

from starlette.responses import Response

from service.web.context import Request
from service.web.http.response_headers import ANY_ORIGIN

_ALLOWED = {
    **ANY_ORIGIN,
    "access-control-allow-methods": "GET, POST",
    "access-control-max-age": "86400",
    "vary": "access-control-request-headers",
}


async def allow(request: Request) -> Response:
    """``OPTIONS``: any page may ask, with any headers. None of them is read, and cookies are not among them."""
    wanted = request.headers.get("access-control-request-headers", "content-type")
    return Response(status_code=204, headers={**_ALLOWED, "access-control-allow-headers": wanted})
