"""The measure of all things here: a Starlette application that says hello, under the very configuration of the service.

It runs ``service.server.run.run`` with another application in the service's place, so that both cannot differ.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service.server import run
from service.settings import Settings


async def hello(_request: Request) -> PlainTextResponse:
    """``GET /``"""
    return PlainTextResponse("hello")


def main() -> None:
    """Serve on ``REPLY_PORT``, and say so."""
    vars(run)["create_app"] = lambda _settings, **_more: Starlette(routes=[Route("/", hello)])
    vars(run)["announcement"] = lambda settings: f"hello listens on http://127.0.0.1:{settings.port}\n"
    run.run(Settings())


if __name__ == "__main__":
    main()
