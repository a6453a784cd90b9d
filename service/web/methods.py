"""One path, several methods: so that any other gets a 405 whose Allow names them all."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.routing import Route

from service.web.state import Request

Handler = Callable[[Request], Awaitable[Response]]


def by_method(path: str, *, get: Handler, post: Handler) -> Route:
    """A route that reads by one handler and writes by another."""

    async def handle(request: Request) -> Response:
        return await (post if request.method == "POST" else get)(request)

    return Route(path, handle, methods=["GET", "POST"])
