"""What everything is compared with: a bare Starlette application that answers five bytes, as fast as uvicorn can.

It runs on httptools and uvloop without an access log, on nothing of the service's own.
"""

import os
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def hello(_request: Request) -> PlainTextResponse:
    """``GET /``"""
    return PlainTextResponse("hello")


def main() -> None:
    """Serve on ``REPLY_PORT``, and say so."""
    port = int(os.environ["REPLY_PORT"])
    app = Starlette(routes=[Route("/", hello)])
    config = uvicorn.Config(app, http="httptools", loop="uvloop", access_log=False, log_level="error")
    with socket.create_server(("127.0.0.1", port), backlog=config.backlog) as listener:
        print(f"hello listens on http://127.0.0.1:{port}", flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
