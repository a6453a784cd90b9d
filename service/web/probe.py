"""``GET /check?token=``: how a request arrives here, told to the self-check of the same installation alone."""

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service.check import Probe
from service.web import headers
from service.web.client import is_trusted, parse_address
from service.web.state import Request, core_of


async def arrival(request: Request) -> Response:
    """Whether somebody forwards requests, and whether that is believed; the address of who does, and none else."""
    core = core_of(request)
    if not Probe(core.keyring).valid(request.query_params.get("token", ""), core.clock()):
        raise HTTPException(404)
    peer = parse_address(request.client.host if request.client else "")
    forwarded = "x-forwarded-for" in request.headers
    found = {
        "forwarded": forwarded,
        "trusted": is_trusted(peer, core),
        "peer": str(peer) if forwarded and peer else "",
    }
    return JSONResponse(found, headers=headers.NEVER_STORED)
