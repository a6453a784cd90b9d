"""The token of a request, and whether it may do what is asked."""

import logging
from math import ceil

from service import api_tokens
from service.api_tokens import Bearer, Scope
from service.web.context import Request, context_of
from service.web.http.api_problems import ApiProblem
from service.web.http.request_client import client_of

log = logging.getLogger(__name__)
ASKS = {"www-authenticate": "Bearer"}
REFUSED = "This token is not valid: it has ended or was revoked."
_LONGEST = 200


def bearer_text(request: Request) -> str:
    """What follows ``Authorization: Bearer``; empty without that."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip()[:_LONGEST] if scheme.lower() == "bearer" else ""


async def authenticate(request: Request, scope: Scope) -> Bearer:
    """The token. Raises Problem: 401 without a valid one, 403 without the scope or its admin's right, 429."""
    return with_scope(await find_token(request), scope)


def with_scope(bearer: Bearer, scope: Scope) -> Bearer:
    """The token. Raises Problem 403 without the scope or its admin's right."""
    if scope not in bearer.token.scopes:
        raise ApiProblem(403, f"This token does not have the scope {scope.value}.", scope=scope.value)
    if not bearer.admin.may(api_tokens.RIGHT_OF[scope]):
        raise ApiProblem(403, "The admin of this token may not do that.", scope=scope.value)
    return bearer


async def find_token(request: Request) -> Bearer:
    """The token, whatever it may do. Raises Problem: 401 without a valid one, 429 above its rate."""
    context, shown = context_of(request), bearer_text(request)
    if not shown:
        raise ApiProblem(401, "Send a token: Authorization: Bearer lar_…", ASKS)
    bearer = await context.read_inline(api_tokens.find_bearer, context.keyring, shown, context.clock())
    if bearer is None:
        log.warning("API token refused")
        await refuse_beyond_rate(request, "login", client_of(request))
        raise ApiProblem(401, REFUSED, ASKS)
    await refuse_beyond_rate(request, "api", b"%d" % bearer.token.id)
    if bearer.is_due:
        await context.write(api_tokens.note_use, context.keyring, bearer.token.id, shown, context.clock())
    return bearer


async def refuse_beyond_rate(request: Request, use: str, who: bytes) -> None:
    """Take a token out of a bucket. Raises Problem 429 if it has none."""
    if wait := await context_of(request).wait((use, who)):
        raise ApiProblem(429, "Too many requests. Please wait a moment.", {"retry-after": str(ceil(wait))})
