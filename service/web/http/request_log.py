"""Around every request: a number for it, and a note of how it was answered.

The number is in the answer's ``X-Request-ID``, in error pages and in the lines of the log. One that a trusted proxy
sends is taken over, so that its log and ours tell of the same request.
"""

import re
import secrets
from collections.abc import Awaitable
from ipaddress import ip_address
from itertools import count
from time import perf_counter
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.settings import Network
from service.telemetry.logs import request_number
from service.telemetry.metrics import Metrics
from service.web.context import Request
from service.web.http.admission import Admission
from service.web.http.direct_routes import DirectRoutes

NO_ROUTE = "none"
"""What requests are counted under that lead nowhere: their paths are anybody's choice, and there is no end of them."""

_SANE = re.compile(rb"[0-9A-Za-z][0-9A-Za-z._:-]{7,99}\Z")


def request_id(request: Request) -> str:
    """The number of this request."""
    number: bytes = request.scope["request_id"]
    return number.decode()


class LoggedApp(Starlette):
    """Starlette with a note of every request in ``metrics``, and no more of them at once than ``admission`` lets in.

    What is noted is noted without a coroutine of its own: that would be the dearest part of it.
    """

    def __init__(self, metrics: Metrics, admission: Admission, trusted: tuple[Network, ...], **options: Any) -> None:
        super().__init__(**options)
        self.metrics = metrics
        self.admission = admission
        self._trusted = trusted
        self._trusts: dict[str, bool] = {}
        routes = [route for route in self.routes if isinstance(route, Route)]
        self._templates = {route.endpoint: route.path for route in routes}
        self._paths = {route.path for route in routes}

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's own, observed from outside, so that a crash is seen as it is answered."""
        starlette = super().build_middleware_stack()
        inner = DirectRoutes(starlette, self.routes, self.exception_handlers)
        answered, route_of, trusted = self.metrics.answered, self._route_of, bool(self._trusted)
        admission, admitted = self.admission, self.admission.answer
        numbers, prefix = count(1), secrets.token_hex(6).encode()

        def observed(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            if scope["type"] != "http":
                return starlette(scope, receive, send)
            began = perf_counter()
            number = (trusted and self._sent_by_proxy(scope)) or b"%b-%x" % (prefix, next(numbers))
            scope["request_id"] = number
            request_number.set(number)  # the server gives each request a context of its own

            def note(message: Message) -> Awaitable[None]:
                if message["type"] == "http.response.start":
                    # a new list: answers are kept, and sent again
                    message["headers"] = [*message["headers"], (b"x-request-id", number)]
                    if admission.is_draining:
                        message["headers"].append((b"connection", b"close"))
                    answered(route_of(scope), message["status"], perf_counter() - began)
                return send(message)

            return admitted(inner, scope, receive, note)

        return observed

    def _route_of(self, scope: Scope) -> str:
        """The route's template. Routes share handlers, so an exact path is looked for first."""
        path: str = scope["path"]
        if path in self._paths:
            return path
        return self._templates.get(scope["endpoint"], NO_ROUTE) if "endpoint" in scope else NO_ROUTE

    def _sent_by_proxy(self, scope: Scope) -> bytes:
        client = scope.get("client")
        if client is None or not self._is_trusted(client[0]):
            return b""
        sent: bytes = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        return sent if _SANE.match(sent) else b""

    def _is_trusted(self, host: str) -> bool:
        """Whether this is one of our proxies. They are few, so what was found out is kept."""
        known = self._trusts.get(host)
        if known is None:
            try:
                known = any(ip_address(host) in network for network in self._trusted)
            except ValueError:
                known = False
            if len(self._trusts) < 1000:
                self._trusts[host] = known
        return known
