"""A minimal client for ``Reader`` from the standard library: one connection for each request, no event loop."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.service_process import PATIENCE


class Answer:
    """A complete response."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status_code = status
        self.headers = headers
        self.text = body.decode()

    def json(self) -> Any:
        return json.loads(self.text)


class PlainClient:
    """Sends requests to the server at ``url``, without following redirects."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc

    def get(self, path: str, params: dict[str, str] | None = None) -> Answer:
        return self._ask("GET", f"{path}?{urlencode(params or {})}", None, {})

    def post(self, path: str, data: dict[str, str], headers: dict[str, str]) -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(data), kind | headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = HTTPConnection(self._address, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()
