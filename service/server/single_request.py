"""Answers one GET request without a server, for ``leave-a-reply get``."""

from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette


async def answer_once(app: Starlette, path: str, public_url: str) -> tuple[int, bytes]:
    """Return status and body of a GET of ``path``, which may have a query."""
    parts, public = urlsplit(path), urlsplit(public_url)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async with app.router.lifespan_context(app) as state:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": public.scheme,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "root_path": "",
            "query_string": parts.query.encode(),
            "headers": [(b"host", public.netloc.encode()), (b"accept", b"text/html")],
            "client": None,
            "server": (public.hostname, public.port),
            "state": dict(state or {}),
        }
        await app(scope, receive, send)
    status = next(message["status"] for message in sent if message["type"] == "http.response.start")
    return status, b"".join(message.get("body", b"") for message in sent)
