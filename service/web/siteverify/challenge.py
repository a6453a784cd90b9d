"""The question and its answer as JSON, for ``captcha.js`` on a page of the site."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service.captcha import Challenge
from service.captcha.levels import EASIEST, times_of_work
from service.captcha.passes import LIFETIME
from service.captcha.proof import Proofs
from service.web import headers
from service.web.body import read_fields
from service.web.form import WORK
from service.web.siteverify.asking import FormAsking
from service.web.siteverify.solving import Solved, solve
from service.web.state import Request


async def challenge(request: Request) -> Response:
    """``GET /captcha/challenge?sitekey=&action=&lang=``: a question for a form."""
    asking = await FormAsking.of(request, request.query_params)
    try:
        return _json(_question(asking, await asking.question()))
    except HTTPException as refused:
        sentence = asking.language.gettext("Too many requests. Please wait a moment.")
        return _json({"error": sentence, "help": "", "words": _words(asking)}, refused.status_code, refused.headers)


async def altcha(request: Request) -> Response:
    """``GET /altcha/challenge?sitekey=&action=``: work for ALTCHA's widget; for a comment, as much as is due now."""
    asking = await FormAsking.of(request, request.query_params)
    core, site_id = asking.core, asking.site.id
    due = await asking.admit_question()
    level = due if asking.action == WORK else EASIEST
    work = Proofs(core.keyring).issue(site_id, asking.action, core.clock(), times=times_of_work(level))
    return _json(work)


async def answer(request: Request) -> Response:
    """``POST /captcha/answer`` (sitekey, action, cdata, lang, token, answer, altcha): a pass, or 422 and the next
    question. ``altcha`` is the work, where the question asked for any."""
    fields = await read_fields(request)
    asking = await FormAsking.of(request, fields)
    result = await solve(asking, fields.get("token", ""), fields.get("answer", ""), fields.get("altcha", ""))
    if isinstance(result, Solved):
        return _json({"pass": result.token, "expires_in": int(LIFETIME.total_seconds())})
    return _json({"error": result.sentence, "challenge": _question(asking, result.question)}, 422)


def _question(asking: FormAsking, shown: Challenge) -> dict[str, Any]:
    _ = asking.language.gettext
    return {
        "question": shown.question,
        "spoken": shown.spoken,
        "token": shown.token,
        "level": shown.level,
        "work": shown.work,
        "expires": shown.expires_at.isoformat(),
        "lang": asking.language.code,
        "dir": asking.language.dir,
        "words": {"label": _("What is {spoken}?").format(spoken=shown.spoken), **_words(asking)},
    }


def _words(asking: FormAsking) -> dict[str, str]:
    """What the script shows, so that it needs no language of its own."""
    _ = asking.language.gettext
    return {
        "another": _("Another question"),
        "empty": _("Please answer the question."),
        "failed": _("The answer could not be checked. Please try again in a moment."),
        "expired": _("It has been a while. Please answer one more question."),
    }


def _json(content: dict[str, Any], status: int = 200, more: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(content, status, {**headers.FRESH_FRAGMENT, **(more or {})})
