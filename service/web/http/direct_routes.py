"""A short way from a request to its handler.

Starlette's router tries some sixty patterns one after the other, and its middleware wraps a handler in eight coroutines
and each message of its answer in three. That costs more than a warm answer itself. Most of our paths are fixed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Routes, and the ``fixed_routes`` among them."""

    routes: Sequence[BaseRoute]
    fixed: Mapping[tuple[str, str], Route]

    @classmethod
    def of(cls, routes: Sequence[BaseRoute]) -> "RouteTable":
        """The table of these routes."""
        return cls(routes, fixed_routes(routes))


class DirectRoutes:
    """Calls the handler of a fixed path directly. Everything else goes to ``app``, which is Starlette's own way.

    ``fixed`` are its ``fixed_routes``; ``handlers`` answer errors, by class, as Starlette's ``exception_handlers``
    do.
    """

    def __init__(self, app: ASGIApp, fixed: Mapping[tuple[str, str], Route], handlers: Mapping[Any, Any]) -> None:
        self._app = app
        self._routes = fixed
        others = {error: handler for error, handler in handlers.items() if error is not Exception}
        self._answer_error = ServerErrorMiddleware(ExceptionMiddleware(_raise, others), handlers.get(Exception))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get((scope["method"], scope["path"]))
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["endpoint"] = route.endpoint
        try:
            response = await route.endpoint(Request(scope, receive, send))
        except Exception as error:
            scope["error"] = error
            await self._answer_error(scope, receive, send)
            return
        await response(scope, receive, send)


async def _raise(scope: Scope, _receive: Receive, _send: Send) -> None:
    error: Exception = scope.pop("error")
    raise error


def fixed_routes(routes: Iterable[BaseRoute]) -> dict[tuple[str, str], Route]:
    """(method, path) → the route that Starlette would choose, for each path without parameters."""
    return dict(_fixed(routes))


def _fixed(routes: Iterable[BaseRoute]) -> Iterator[tuple[tuple[str, str], Route]]:
    patterns: list[BaseRoute] = []
    same_path: dict[str, list[BaseRoute]] = {}
    for route in routes:
        if not isinstance(route, Route) or route.param_convertors:
            patterns.append(route)
            continue
        before = [*same_path.get(route.path, ()), *(each for each in patterns if _may_match(each, route.path))]
        same_path.setdefault(route.path, []).append(route)
        if not iscoroutinefunction(route.endpoint):
            continue
        if any(isinstance(each, Route) and type(each) is not Route for each in before):
            continue  # one of a class of its own may choose by more than method and path
        for method in route.methods or ():
            scope = {"type": "http", "method": method, "path": route.path}
            if not any(each.matches(scope)[0] is Match.FULL for each in before):
                yield (method, route.path), route


def _may_match(route: BaseRoute, path: str) -> bool:
    return not isinstance(route, Route) or route.path_regex.match(path) is not None
