"""The question and its answer as JSON, for ``captcha.js`` on a page of the site."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service.captcha import Challenge, Judgement, Outcome
from service.captcha.difficulty import EASIEST, times_of_work
from service.captcha.passes import PASS_LIFETIME, Pass
from service.captcha.proof_of_work import Proofs
from service.captcha.token import TOKEN_LIFETIME
from service.comments.submit import Ticket, spend
from service.protocols.siteverify.requests import CaptchaRequest
from service.web.context import Request
from service.web.form import WORK
from service.web.http import headers
from service.web.http.body import read_fields


@dataclass(frozen=True, slots=True)
class Solved:
    """``token`` is the pass."""

    token: str


@dataclass(frozen=True, slots=True)
class Unsolved:
    """Why there is no pass, in the reader's language, and what to answer now."""

    sentence: str
    question: Challenge


async def solve(asking: CaptchaRequest, token: str, answer: str, work: str = "") -> Solved | Unsolved:
    """Spend the question and the work, whatever the answer is, and only then tell. An empty answer spends nothing.
    Raises HTTPException 429 for too many answers, and for too many questions once this one is spent: refused before,
    it would be told to be wrong and could be answered again.

    Nobody is refused for lack of work: the pass says that it is missing, and the form's backend decides.
    """
    await asking.admit_answer()
    judgement = asking.judge(token, answer)
    if judgement.outcome is Outcome.EMPTY:
        shown = asking.core.captcha.show(token, asking.language.code, asking.language.gettext)
        same = asking.with_work(shown) if shown else await asking.question()
        return Unsolved(_sentence(asking, Outcome.EMPTY), same)
    done = asking.work_done(work, judgement.level)
    first = await _spend(asking, judgement, done)
    if first and judgement.outcome is Outcome.RIGHT:
        return Solved(asking.issue_pass(judgement.level, worked=done is not None))
    if judgement.outcome in (Outcome.WRONG, Outcome.INVALID):
        await asking.core.fail(asking.site.id, asking.client)
    used = judgement.outcome is Outcome.RIGHT
    return Unsolved(_sentence(asking, None if used else judgement.outcome), await asking.question())


async def _spend(asking: CaptchaRequest, judgement: Judgement, work: Pass | None) -> bool:
    if judgement.nonce is None or judgement.outcome is Outcome.EXPIRED:
        return False
    ticket = Ticket(judgement.nonce, judgement.expires_at or asking.core.clock() + TOKEN_LIFETIME, b"form", work)
    return await asking.core.write(spend, asking.site.id, ticket)


def _sentence(asking: CaptchaRequest, outcome: Outcome | None) -> str:
    _ = asking.language.gettext
    if outcome is None:
        return _("That question was answered already. Here is a new one.")
    return {
        Outcome.WRONG: _("That was not the right answer. Here is a new question."),
        Outcome.EMPTY: _("Please answer the question."),
        Outcome.EXPIRED: _("That question is too old. Here is a new one."),
    }.get(outcome, _("That question does not belong to this form. Here is a new one."))


async def challenge(request: Request) -> Response:
    """``GET /captcha/challenge?sitekey=&action=&lang=``: a question for a form."""
    asking = await CaptchaRequest.of(request, request.query_params)
    try:
        return _json(_question(asking, await asking.question()))
    except HTTPException as refused:
        sentence = asking.language.gettext("Too many requests. Please wait a moment.")
        return _json({"error": sentence, "help": "", "words": _words(asking)}, refused.status_code, refused.headers)


async def altcha(request: Request) -> Response:
    """``GET /altcha/challenge?sitekey=&action=``: work for ALTCHA's widget; for a comment, as much as is due now."""
    asking = await CaptchaRequest.of(request, request.query_params)
    core, site_id = asking.core, asking.site.id
    due = await asking.admit_question()
    level = due if asking.action == WORK else EASIEST
    work = Proofs(core.keyring).issue(site_id, asking.action, core.clock(), times=times_of_work(level))
    return _json(work)


async def answer(request: Request) -> Response:
    """``POST /captcha/answer`` (sitekey, action, cdata, lang, token, answer, altcha): a pass, or 422 and the next
    question. ``altcha`` is the work, where the question asked for any."""
    fields = await read_fields(request)
    asking = await CaptchaRequest.of(request, fields)
    result = await solve(asking, fields.get("token", ""), fields.get("answer", ""), fields.get("altcha", ""))
    if isinstance(result, Solved):
        return _json({"pass": result.token, "expires_in": int(PASS_LIFETIME.total_seconds())})
    return _json({"error": result.sentence, "challenge": _question(asking, result.question)}, 422)


def _question(asking: CaptchaRequest, shown: Challenge) -> dict[str, Any]:
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


def _words(asking: CaptchaRequest) -> dict[str, str]:
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


async def show(request: Request) -> Response:
    """``GET /captcha/pass?sitekey=&action=&lang=``: the question."""
    asking = await CaptchaRequest.of(request, request.query_params)
    return _page(asking, {"question": await asking.question()})


async def answer_page(request: Request) -> Response:
    """``POST /captcha/pass``: the code, or 422 with a sentence and the next question."""
    fields = await read_fields(request)
    asking = await CaptchaRequest.of(request, fields)
    if fields.get("another"):
        return _page(asking, {"question": await asking.question()})
    result = await solve(asking, fields.get("token", ""), fields.get("answer", ""))
    if isinstance(result, Solved):
        return _page(asking, {"code": result.token})
    return _page(asking, {"question": result.question, "error": result.sentence}, 422)


def _page(asking: CaptchaRequest, shown: Mapping[str, Any], status: int = 200) -> Response:
    context = {
        "action": asking.core.address("/captcha/pass"),
        "site": asking.site,
        "form_action": asking.action,
        "cdata": asking.cdata,
        "question": None,
        "code": "",
        "error": "",
        **shown,
    }
    html = asking.core.rendering.render("captcha.html", asking.language, context)
    return Response(html, status, headers.page_headers(asking.core.settings.public_url), "text/html")
