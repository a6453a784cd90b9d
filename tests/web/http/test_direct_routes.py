"""A handler that is called directly answers as it does behind Starlette's router and middleware."""

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from service.web.http.direct_routes import DirectRoutes, fixed_routes


async def say(request: Request) -> Response:
    return PlainTextResponse(f"{request.method} {request.url.path} {await request.body()!r}")


async def say_parameter(request: Request) -> Response:
    return PlainTextResponse(f"parameter {request.path_params['name']}")


def say_in_a_thread(_request: Request) -> Response:
    return PlainTextResponse("from a thread")


async def refuse(_request: Request) -> Response:
    raise HTTPException(403, "Not this one.")


async def misunderstand(_request: Request) -> Response:
    raise LookupError("unknown")


async def crash(_request: Request) -> Response:
    raise RuntimeError("unexpected")


async def explain(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"explained: {error}", 400)


async def apologise(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("sorry", 500)


ROUTES = [
    Route("/say", say),
    Route("/post", say, methods=["POST"]),
    Route("/post", refuse, methods=["PUT"]),
    Route("/{name}/first", say_parameter),
    Route("/shadowed/first", say),
    Route("/thread", say_in_a_thread),
    Route("/refuse", refuse),
    Route("/misunderstand", misunderstand),
    Route("/crash", crash),
]
HANDLERS = {LookupError: explain, Exception: apologise}


@pytest.fixture
def clients() -> tuple[TestClient, TestClient]:
    """The same routes directly, and as Starlette alone answers them."""
    starlette = Starlette(routes=ROUTES, exception_handlers=HANDLERS)
    direct: ASGIApp = DirectRoutes(starlette, fixed_routes(ROUTES), HANDLERS)
    return TestClient(direct, raise_server_exceptions=False), TestClient(starlette, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/say", 200),
        ("HEAD", "/say", 200),
        ("DELETE", "/say", 405),
        ("POST", "/post", 200),
        ("PUT", "/post", 403),
        ("GET", "/post", 405),
        ("GET", "/anything/first", 200),
        ("GET", "/shadowed/first", 200),
        ("GET", "/thread", 200),
        ("GET", "/refuse", 403),
        ("GET", "/misunderstand", 400),
        ("GET", "/crash", 500),
        ("GET", "/nowhere", 404),
    ],
)
def test_the_answer_is_the_same(clients: tuple[TestClient, TestClient], method: str, path: str, status: int) -> None:
    direct, starlette = (
        client.request(method, path, content=b"text" if method == "POST" else b"") for client in clients
    )
    assert direct.status_code == status
    assert (direct.status_code, direct.content, dict(direct.headers)) == (
        starlette.status_code,
        starlette.content,
        dict(starlette.headers),
    )


def test_a_crash_reaches_the_server_which_logs_it() -> None:
    direct: ASGIApp = DirectRoutes(Starlette(), fixed_routes(ROUTES), HANDLERS)
    with pytest.raises(RuntimeError, match="unexpected"):
        TestClient(direct).get("/crash")


def test_fixed_paths_go_past_starlette_and_others_do_not() -> None:
    async def starlette(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("Starlette")(scope, receive, send)

    client = TestClient(DirectRoutes(starlette, fixed_routes(ROUTES), HANDLERS))
    assert client.get("/say").text == "GET /say b''"
    assert client.get("/anything/first").text == "Starlette"
    assert client.get("/shadowed/first").text == "Starlette"
