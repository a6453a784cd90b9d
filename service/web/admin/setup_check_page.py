"""``/admin/check``: checks the form on a page of a registered site; and ``/check``, which such a check requests."""

from functools import partial
from math import ceil

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.doctor import Finding, InspectionTarget, Probe, Severity, diagnose, read_log_state
from service.known_sites import known_sites
from service.sites import public_keys
from service.web.admin import login_page
from service.web.admin.admin_params import ActionFields
from service.web.admin.admin_session import AdminRequest
from service.web.admin.error_words import error_words
from service.web.context import Request, context_of
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.http.request_client import is_trusted, parse_address
from service.web_origin import BadPage, origin_of


async def show(request: AdminRequest) -> Response:
    """``GET /admin/check``: the form alone, so that following a link never makes us fetch a page."""
    return _page(request, "")


async def act(request: AdminRequest) -> Response:
    """``POST /admin/check``: fetch and check ``url``, if it is a page of a registered site."""
    url = (await ActionFields.of(request.http)).one("url").strip()
    _, context = request.gettext, request.context
    sites = await context.read(known_sites)
    try:
        registered = sites.may_be_asked(origin_of(url))
    except BadPage as error:
        return _page(request, url, error=error_words(str(error), request.language), status=422)
    if not registered:
        sentence = _("%(origin)s is not registered. Run: leave-a-reply site add %(origin)s")
        if origin_of(url) in sites:
            sentence = _("Dev servers can be checked only by the command: leave-a-reply doctor %(url)s")
        return _page(request, url, error=sentence % {"origin": origin_of(url), "url": url}, status=422)
    if wait := ceil(await context.wait(("selfcheck", b"%d" % request.current_admin.id))):
        error_message = login_page.wait_sentence(request, wait)
        return login_page.with_retry_after(_page(request, url, error=error_message, status=429), wait)
    keys = await context.read(public_keys)
    state = await context.read(read_log_state, context.keyring, request.now)
    target = InspectionTarget(url, context.settings, context.keyring, sites, keys, request.now, log=state)
    return _page(request, url, await to_thread.run_sync(lambda: [*diagnose(target)]))


def _page(
    request: AdminRequest, url: str, findings: list[Finding] | None = None, *, error: str = "", status: int = 200
) -> Response:
    failed = sum(finding.level is Severity.FAIL for finding in findings or [])
    values = {"url": url[:2000], "findings": findings, "failed": failed, "error": error}
    in_words = partial(error_words, language=request.language)
    return request.render("check.html", {**values, "in_words": in_words}, status)


async def arrival(request: Request) -> Response:
    """``GET /check``: how a request of the setup check arrived: whether by a proxy, whether that is trusted, and the
    proxy's address, but no other. 404 without the token of such a check."""
    context = context_of(request)
    if not Probe(context.keyring).valid(request.query_params.get("token", ""), context.clock()):
        raise HTTPException(404)
    peer = parse_address(request.client.host if request.client else "")
    forwarded = "x-forwarded-for" in request.headers
    facts = {
        "forwarded": forwarded,
        "trusted": is_trusted(peer, context),
        "peer": str(peer) if forwarded and peer else "",
    }
    return JsonAnswer(facts, headers=response_headers.NEVER_STORED)
