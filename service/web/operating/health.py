"""``GET /healthz``: does the process answer. ``GET /readyz``: could it take a comment just now."""

from starlette.responses import JSONResponse, PlainTextResponse, Response

from service.web import headers
from service.web.operating.readiness import look
from service.web.state import Request, core_of

_HEADERS = {**headers.NEVER_STORED, "x-content-type-options": "nosniff"}


async def alive(_request: Request) -> Response:
    """200, whatever the database does: restarting this process would not heal it."""
    return PlainTextResponse("alive\n", headers=_HEADERS)


async def ready(request: Request) -> Response:
    """200, or 503 with what is wrong. The answer is two seconds old at most, however many ask."""
    core = core_of(request)
    found = await core.readiness.get(lambda: look(core))
    well = all(said == "ok" for said in found.values())
    sent = _HEADERS if well else {**_HEADERS, "retry-after": "5"}
    return JSONResponse({"ready": well, **found}, 200 if well else 503, sent)
