"""Wraps every request: gives it an id, admits it, and counts its answer.

The id is in the response's ``X-Request-ID``, in error pages and in log lines. An id from a trusted proxy is kept, so
that its log and ours name a request alike.
"""

import re
import secrets
from collections.abc import Awaitable
from ipaddress import ip_address
from itertools import count
from time import perf_counter
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.settings import Network
from service.telemetry.logs import request_number
from service.telemetry.metrics import Metrics
from service.web.context import Request
from service.web.http.concurrency_limit import Admission
from service.web.http.deferred_routes import DeferredRoutes
from service.web.http.direct_routes import DirectRoutes, RouteTable

NO_ROUTE = "none"
"""The label for paths without a route. Clients choose those paths, so there is no limit to their number."""

MOST_PARAMETERS = 1000
"""Parameters of a query; more are dropped, as PHP does. A query has room for 15,000, which take 30 ms to parse."""

_PLAUSIBLE_ID = re.compile(rb"[0-9A-Za-z][0-9A-Za-z._:-]{7,99}\Z")


def request_id(request: Request) -> str:
    """The id of this request."""
    identifier: bytes = request.scope["request_id"]
    return identifier.decode()


class LoggedApp(Starlette):
    """Starlette that counts every request in ``metrics`` and limits concurrent ones by ``admission``. A
    request for none of its routes waits until the ``deferred`` ones are loaded.

    Counting uses no coroutine of its own, which would cost more than the counting itself.
    """

    def __init__(
        self,
        metrics: Metrics,
        admission: Admission,
        trusted: tuple[Network, ...],
        table: RouteTable,
        deferred: DeferredRoutes,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._fixed: dict[tuple[str, str], Route] = {}
        self._paths: set[str] = set()
        self._templates: dict[Any, str] = {}
        self.deferred = deferred
        self.serve(table)
        self.metrics = metrics
        self.admission = admission
        self._trusted = trusted
        self._trusted_hosts: dict[str, bool] = {}

    def serve(self, table: RouteTable) -> None:
        """Serve the routes of the table, among which are those before."""
        self.router.routes[:] = table.routes
        self._fixed.update(table.fixed)
        plain = [route for route in table.routes if isinstance(route, Route)]
        self._templates.update({route.endpoint: route.path for route in plain})
        self._paths.update(route.path for route in plain)

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's own stack, wrapped from outside, so that the answer to a crash is counted too."""
        starlette = super().build_middleware_stack()
        inner = DirectRoutes(self._after_loading(starlette), self._fixed, self.exception_handlers)
        count_answer, route_of, trusted = self.metrics.answered, self._route_of, bool(self._trusted)
        admission, admit = self.admission, self.admission.answer
        numbers, prefix = count(1), secrets.token_hex(6).encode()

        def wrapped(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            if scope["type"] != "http":
                return starlette(scope, receive, send)
            began = perf_counter()
            identifier = (trusted and self._id_from_proxy(scope)) or b"%b-%x" % (prefix, next(numbers))
            scope["request_id"] = identifier
            if scope["query_string"].count(b"&") >= MOST_PARAMETERS:
                scope["query_string"] = b"&".join(scope["query_string"].split(b"&")[:MOST_PARAMETERS])
            request_number.set(identifier)  # the server gives each request its own contextvars context

            def send_counted(message: Message) -> Awaitable[None]:
                if message["type"] == "http.response.start":
                    # a new list, since cached responses send the same one again
                    message["headers"] = [*message["headers"], (b"x-request-id", identifier)]
                    if admission.is_draining:
                        message["headers"].append((b"connection", b"close"))
                    count_answer(route_of(scope), message["status"], perf_counter() - began)
                return send(message)

            return admit(inner, scope, receive, send_counted)

        return wrapped

    def _after_loading(self, app: ASGIApp) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            is_there = self.deferred.are_loaded or await self.deferred.wait()
            await (app if is_there else Response(status_code=503))(scope, receive, send)

        return answer

    def _route_of(self, scope: Scope) -> str:
        """The route's path template. Several routes share a handler, so an exact path is looked up first."""
        path: str = scope["path"]
        if path in self._paths:
            return path
        return self._templates.get(scope["endpoint"], NO_ROUTE) if "endpoint" in scope else NO_ROUTE

    def _id_from_proxy(self, scope: Scope) -> bytes:
        """The ``X-Request-ID`` of a trusted proxy; empty if it is missing or not plausible."""
        client = scope.get("client")
        if client is None or not self._is_trusted(client[0]):
            return b""
        sent: bytes = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        return sent if _PLAUSIBLE_ID.match(sent) else b""

    def _is_trusted(self, host: str) -> bool:
        """Whether this is a trusted proxy. Remembered for the first 1,000 hosts: parsing an address is slow."""
        trusted = self._trusted_hosts.get(host)
        if trusted is None:
            try:
                trusted = any(ip_address(host) in network for network in self._trusted)
            except ValueError:
                trusted = False
            if len(self._trusted_hosts) < 1000:
                self._trusted_hosts[host] = trusted
        return trusted
