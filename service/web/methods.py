"""One path, several methods: so that any other gets a 405 whose Allow names them all."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.routing import Route

from service.web.state import Request

Handler = Callable[[Request], Awaitable[Response]]


def by_method(path: str, *, get: Handler, **others: Handler) -> Route:
    """A route with a handler for each method, such as ``post=``."""
    handlers = {name.upper(): handler for name, handler in others.items()}

    async def handle(request: Request) -> Response:
        return await handlers.get(request.method, get)(request)

    return Route(path, handle, methods=["GET", *handlers])
