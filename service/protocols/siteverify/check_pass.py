"""``/siteverify`` and its aliases: check and spend a pass. Always 200, always with ``error-codes``.

Clients take any other status for an outage, or raise. The one exception is 408 for a body that arrives too slowly.
"""

import logging
from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from db.writer import NotWritten
from service.captcha.difficulty import WITH_WORK
from service.captcha.passes import Pass, Passes, redeem
from service.captcha.proof_of_work import Proofs
from service.protocols.siteverify.captcha_requests import FORM, SiteverifyRequest, read_siteverify
from service.sites import SiteAccess, by_secret
from service.web.context import AppContext, Request, context_of
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.http.request_body import TooSlow
from service.web.http.request_client import client_of

if TYPE_CHECKING:
    from service.ratelimit import Bucket

log = logging.getLogger("service.siteverify")

SCORE, SCORE_WITHOUT_WORK = 0.9, 0.3
"""reCAPTCHA v3 clients require a score. 0.9 only says "answered"; 0.3, below the usual threshold of 0.5, says that
the proof of work was due and is missing. A failure has no score."""

_SENT = {**response_headers.NEVER_STORED, "x-content-type-options": "nosniff"}


async def siteverify(request: Request) -> Response:
    """``secret``, ``response`` and optional ``sitekey``, ``idempotency_key`` → the result as JSON."""
    return await _verify(request, _read_pass)


async def altcha(request: Request) -> Response:
    """The same with ALTCHA's proof of work as ``response``. ``/siteverify`` refuses it: it must not replace the sum."""
    return await _verify(request, _read_proof)


async def recaptcha(request: Request) -> Response:
    """The same with the ``score`` of reCAPTCHA v3."""
    return await _verify(request, _read_pass, _scored)


def _scored(result: dict[str, Any]) -> dict[str, Any]:
    if not result["success"]:
        return result
    return result | {"score": SCORE if result["work"] or result["level"] < WITH_WORK else SCORE_WITHOUT_WORK}


Reader = Callable[[AppContext, SiteAccess, str], Pass | None]
Shape = Callable[[dict[str, Any]], dict[str, Any]]


def _read_pass(context: AppContext, _site: SiteAccess, text: str) -> Pass | None:
    return Passes(context.keyring).read(text)


def _read_proof(context: AppContext, site: SiteAccess, text: str) -> Pass | None:
    """ALTCHA's proof. The work of a captcha question is refused, since it proves nothing without the answer."""
    proof = Proofs(context.keyring).read(text, site.hostname)
    return None if proof is None or proof.action.startswith(FORM) else proof


async def _verify(request: Request, reader: Reader, shape: Shape = lambda found: found) -> Response:
    """The response. A failure of ours is never a success."""
    if request.method == "HEAD":  # it could not read the result, and must not spend the pass
        return _answer(_no("bad-request"))
    try:
        found, wait = await _judge(request, await read_siteverify(request), reader)
    except TooSlow as error:
        return JsonAnswer(_no("bad-request"), error.status_code, {**_SENT, **(error.headers or {})})
    except HTTPException:
        return _answer(_no("bad-request"))
    except (SQLAlchemyError, NotWritten):
        log.exception("the database did not answer")
        return _answer(_no("internal-error"), 1)
    return _answer(shape(found), wait)


async def _judge(request: Request, parsed: SiteverifyRequest, reader: Reader) -> tuple[dict[str, Any], float]:
    """The result, and the seconds to wait before the next try (0: none)."""
    context = context_of(request)
    if parsed.missing:
        return _no(*parsed.missing), 0
    site = await context.read(by_secret, parsed.secret)
    client = client_of(request)
    buckets: list[Bucket] = [("siteverify", client)]
    if site is not None:
        buckets = [("siteverify", b"%d" % site.id), ("verifier", client)]
    if wait := await context.wait(*buckets):
        return _no("internal-error"), wait
    if site is None:
        return _no("invalid-input-secret"), 0
    if parsed.sitekey and parsed.sitekey != site.key:
        return _no("sitekey-secret-mismatch"), 0
    return await _redeem(context, site, parsed, reader), 0


async def _redeem(context: AppContext, site: SiteAccess, parsed: SiteverifyRequest, reader: Reader) -> dict[str, Any]:
    proof = reader(context, site, parsed.response)
    if proof is None:
        return _no("invalid-input-response")
    if proof.site_id != site.id:
        return _no("invalid-input-response", "sitekey-secret-mismatch")
    if await context.write(redeem, proof, parsed.idempotency_key, context.clock()):
        return _yes(proof)
    return _no("timeout-or-duplicate")


def _yes(found: Pass) -> dict[str, Any]:
    return {
        "success": True,
        "challenge_ts": f"{found.solved_at:%Y-%m-%dT%H:%M:%SZ}",
        "hostname": found.hostname,
        "action": found.action,
        "cdata": found.cdata,
        "level": found.level,
        "work": found.worked,
        "error-codes": [],
    }


def _no(*codes: str) -> dict[str, Any]:
    return {"success": False, "error-codes": list(codes)}


def _answer(found: dict[str, Any], wait: float = 0) -> Response:
    return JsonAnswer(found, headers=_SENT | ({"retry-after": str(ceil(wait))} if wait else {}))
