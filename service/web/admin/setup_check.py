"""The self-check in the admin: a page of a registered site, and what to change on it."""

from math import ceil

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service.doctor import Finding, Probe, Severity, Target, run
from service.sites import public_keys, read_sites
from service.urls import BadPage, origin_of
from service.web.admin import login
from service.web.admin.params import ActionFields
from service.web.admin.session import AdminRequest
from service.web.context import Request, context_of
from service.web.http import headers
from service.web.http.client import is_trusted, parse_address


async def show(visit: AdminRequest) -> Response:
    """``GET /admin/check``: the form alone, so that no link makes us fetch anything."""
    return _page(visit, "")


async def act(visit: AdminRequest) -> Response:
    """``POST /admin/check``: looks at ``url``. Pages of sites that are not registered are not fetched."""
    url = (await ActionFields.of(visit.request)).one("url").strip()
    core = visit.core
    sites = await core.read(read_sites)
    try:
        registered = origin_of(url) in sites
    except BadPage as error:
        return _page(visit, url, error=str(error), status=422)
    if not registered:
        sentence = f"{origin_of(url)} is not registered: leave-a-reply site add {origin_of(url)}"
        return _page(visit, url, error=sentence, status=422)
    if wait := ceil(await core.wait(("selfcheck", b"%d" % visit.known.id))):
        too_soon = login.wait_sentence(visit, wait)
        return login.with_wait(_page(visit, url, error=too_soon, status=429), wait)
    keys = await core.read(public_keys)
    look = Target(url, core.settings, core.keyring, sites, keys, visit.now)
    return _page(visit, url, await to_thread.run_sync(lambda: [*run(look)]))


def _page(
    visit: AdminRequest, url: str, findings: list[Finding] | None = None, *, error: str = "", status: int = 200
) -> Response:
    failed = sum(finding.level is Severity.FAIL for finding in findings or [])
    context = {"url": url[:2000], "findings": findings, "failed": failed, "error": error}
    return visit.render("check.html", context, status)


async def arrival(request: Request) -> Response:
    """Whether somebody forwards requests, and whether that is believed; the address of who does, and none else."""
    core = context_of(request)
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
