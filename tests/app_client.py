"""A client of an application in this process, for tests."""

import asyncio
from typing import Any
from urllib.parse import unquote

from httpx2 import BaseTransport, ByteStream, Request, Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Scope

PORTS = {"http": 80, "https": 443}


class AppClient(TestClient):
    """Starlette's client, less what it does for answers that are read while they are sent: it goes to the event loop
    eight times for a request, and this one once. ``address`` is where its requests come from.
    """

    def __init__(
        self,
        app: ASGIApp,
        base_url: str = "http://testserver",
        *,
        raise_server_exceptions: bool = True,
        client: tuple[str, int] = ("testclient", 50000),
        **more: Any,
    ) -> None:
        super().__init__(app, base_url, client=client, **more)
        self.address = client
        self._transport = _WholeAnswers(self, raises=raise_server_exceptions)

    def ask(self, scope: Scope, body: bytes) -> "_Exchange":
        """Send a request, and wait until the application has answered and done what it does afterwards."""
        exchange = _Exchange(body)
        scope["state"] = self.app_state.copy()
        with self._portal_factory() as portal:
            portal.call(exchange.run, self.app, scope)
        return exchange


class _Exchange:
    """A request and what is answered."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._is_answered = asyncio.Event()
        self.start: Message = {"status": 500}
        self.chunks: list[bytes] = []
        self.failure: Exception | None = None

    async def run(self, app: Any, scope: Scope) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception as failure:
            self.failure = failure

    async def _receive(self) -> Message:
        if self._body is None:
            await self._is_answered.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body}

    async def _send(self, message: Message) -> None:
        assert not self._is_answered.is_set(), "something was sent after the answer"
        if message["type"] == "http.response.start":
            assert "type" not in self.start, "an answer was begun twice"
            self.start = message
            return
        assert (message["type"], self.start.get("type")) == ("http.response.body", "http.response.start")
        self.chunks.append(bytes(message.get("body", b"")))
        if not message.get("more_body", False):
            self._is_answered.set()


class _WholeAnswers(BaseTransport):
    """Asks the application for one whole answer at a time."""

    def __init__(self, client: AppClient, *, raises: bool) -> None:
        self._client, self._raises = client, raises

    def handle_request(self, request: Request) -> Response:
        url = request.url
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(url.path),
            "raw_path": url.raw_path.partition(b"?")[0],
            "root_path": "",
            "scheme": url.scheme,
            "query_string": url.query,
            "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.multi_items()],
            "client": self._client.address,
            "server": [url.host, url.port or PORTS[url.scheme]],
        }
        exchange = self._client.ask(scope, request.read())
        if exchange.failure and self._raises:
            raise exchange.failure
        headers = [(name.decode(), value.decode()) for name, value in exchange.start.get("headers", [])]
        body = b"" if request.method == "HEAD" else b"".join(exchange.chunks)
        return Response(exchange.start["status"], headers=headers, stream=ByteStream(body), request=request)
