"""The question and its answer: as JSON for ``captcha.js``, and as a page for readers without JavaScript."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.captcha import AnswerOutcome, Challenge, Judgement
from service.captcha.challenge_token import TOKEN_LIFETIME
from service.captcha.difficulty import EASIEST, times_of_work
from service.captcha.passes import PASS_LIFETIME, Pass
from service.captcha.proof_of_work import Proofs
from service.comments.submit import Ticket, spend
from service.protocols.siteverify.captcha_requests import CaptchaRequest
from service.web.context import Request
from service.web.form_question import WORK
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.http.request_body import read_fields


@dataclass(frozen=True, slots=True)
class Solved:
    """A right answer; ``token`` is the pass."""

    token: str


@dataclass(frozen=True, slots=True)
class Unsolved:
    """No pass: the reason in the reader's language, and the next question."""

    sentence: str
    question: Challenge


async def solve(captcha_request: CaptchaRequest, token: str, answer: str, work: str = "") -> Solved | Unsolved:
    """Judge an answer. It spends the question and the work, right or wrong; an empty answer spends nothing.
    Nor does one to a question that is easier than those of now: else a stock of questions would last through an alarm.

    Missing work does not refuse a pass: siteverify reports it, and the form's backend decides.

    Raises HTTPException 429 for too many answers; and for too many questions, but only after this one is spent:
    otherwise the refusal would reveal that the answer was wrong while the question could be answered again.
    """
    await captcha_request.admit_answer()
    judgement = captcha_request.judge(token, answer)
    if judgement.outcome is AnswerOutcome.EMPTY:
        shown = captcha_request.context.captcha.show(
            token, captcha_request.language.code, captcha_request.language.gettext
        )
        same = captcha_request.with_work(shown) if shown else await captcha_request.question()
        return Unsolved(_sentence(captcha_request, AnswerOutcome.EMPTY), same)
    if (
        judgement.outcome in (AnswerOutcome.RIGHT, AnswerOutcome.WRONG)
        and judgement.level < await captcha_request.level()
    ):
        return Unsolved(_sentence(captcha_request, AnswerOutcome.EMPTY), await captcha_request.question())
    done = captcha_request.work_done(work, judgement.level)
    first = await _spend(captcha_request, judgement, done)
    if first and judgement.outcome is AnswerOutcome.RIGHT:
        return Solved(captcha_request.issue_pass(judgement.level, worked=done is not None))
    if judgement.outcome in (AnswerOutcome.WRONG, AnswerOutcome.INVALID):
        issued = judgement.outcome is AnswerOutcome.WRONG
        await captcha_request.fail(issued=issued)
    used = judgement.outcome is AnswerOutcome.RIGHT
    return Unsolved(_sentence(captcha_request, None if used else judgement.outcome), await captcha_request.question())


async def _spend(captcha_request: CaptchaRequest, judgement: Judgement, work: Pass | None) -> bool:
    if judgement.nonce is None or judgement.outcome is AnswerOutcome.EXPIRED:
        return False
    ticket = Ticket(
        judgement.nonce, judgement.expires_at or captcha_request.context.clock() + TOKEN_LIFETIME, b"form", work
    )
    return await captcha_request.context.write(spend, captcha_request.site.id, ticket)


def _sentence(captcha_request: CaptchaRequest, outcome: AnswerOutcome | None) -> str:
    _ = captcha_request.language.gettext
    if outcome is None:
        return _("That question has already been answered. Here is a new one.")
    return {
        AnswerOutcome.WRONG: _("That was not the right answer. Here is a new question."),
        AnswerOutcome.EMPTY: _("Please answer the question."),
        AnswerOutcome.EXPIRED: _("That question has expired. Here is a new one."),
    }.get(outcome, _("That question was for another form. Here is a new one."))


async def challenge(request: Request) -> Response:
    """``GET /captcha/challenge?sitekey=&action=&lang=``: a question for a form."""
    captcha_request = await CaptchaRequest.of(request, request.query_params)
    try:
        return _json(_question(captcha_request, await captcha_request.question()))
    except HTTPException as refused:
        sentence = captcha_request.language.gettext("Too many requests. Please wait a moment.")
        return _json(
            {"error": sentence, "help": "", "words": _words(captcha_request)}, refused.status_code, refused.headers
        )


async def altcha(request: Request) -> Response:
    """``GET /altcha/challenge?sitekey=&action=``: work for ALTCHA's widget; for comments, as much as the current level
    demands."""
    captcha_request = await CaptchaRequest.of(request, request.query_params)
    context, site_id = captcha_request.context, captcha_request.site.id
    due = await captcha_request.admit_question()
    level = due if captcha_request.action == WORK else EASIEST
    work = Proofs(context.keyring).issue(site_id, captcha_request.action, context.clock(), times=times_of_work(level))
    return _json(work)


async def answer(request: Request) -> Response:
    """``POST /captcha/answer`` (sitekey, action, cdata, lang, token, answer, altcha): a pass, or 422 and the next
    question. ``altcha`` is the proof of work, if the question demanded one."""
    fields = await read_fields(request)
    captcha_request = await CaptchaRequest.of(request, fields)
    result = await solve(captcha_request, fields.get("token", ""), fields.get("answer", ""), fields.get("altcha", ""))
    if isinstance(result, Solved):
        return _json({"pass": result.token, "expires_in": int(PASS_LIFETIME.total_seconds())})
    return _json({"error": result.sentence, "challenge": _question(captcha_request, result.question)}, 422)


def _question(captcha_request: CaptchaRequest, shown: Challenge) -> dict[str, Any]:
    _ = captcha_request.language.gettext
    return {
        "question": shown.question,
        "spoken": shown.spoken,
        "token": shown.token,
        "level": shown.level,
        "work": shown.work,
        "expires": shown.expires_at.isoformat(),
        "lang": captcha_request.language.code,
        "dir": captcha_request.language.dir,
        "words": {"label": _("What is {spoken}?").format(spoken=shown.spoken), **_words(captcha_request)},
    }


def _words(captcha_request: CaptchaRequest) -> dict[str, str]:
    """The sentences that the script shows; it contains none in other languages than English."""
    _ = captcha_request.language.gettext
    return {
        "another": _("Another question"),
        "empty": _("Please answer the question."),
        "failed": _("The answer could not be checked. Please try again in a moment."),
        "expired": _("It has been a while. Please answer one more question."),
    }


def _json(content: dict[str, Any], status: int = 200, more: Mapping[str, str] | None = None) -> Response:
    return JsonAnswer(content, status, {**response_headers.FRESH_FRAGMENT, **(more or {})})


async def show(request: Request) -> Response:
    """``GET /captcha/pass?sitekey=&action=&lang=``: a page with the question."""
    captcha_request = await CaptchaRequest.of(request, request.query_params)
    return _page(captcha_request, {"question": await captcha_request.question()})


async def answer_page(request: Request) -> Response:
    """``POST /captcha/pass``: a page with the pass as a code, or 422 with the next question."""
    fields = await read_fields(request)
    captcha_request = await CaptchaRequest.of(request, fields)
    if fields.get("another"):
        return _page(captcha_request, {"question": await captcha_request.question()})
    result = await solve(captcha_request, fields.get("token", ""), fields.get("answer", ""))
    if isinstance(result, Solved):
        return _page(captcha_request, {"code": result.token})
    return _page(captcha_request, {"question": result.question, "error": result.sentence}, 422)


def _page(captcha_request: CaptchaRequest, shown: Mapping[str, Any], status: int = 200) -> Response:
    values = {
        "action": captcha_request.context.address("/captcha/pass"),
        "site": captcha_request.site,
        "form_action": captcha_request.action,
        "cdata": captcha_request.cdata,
        "question": None,
        "code": "",
        "error": "",
        **shown,
    }
    html = captcha_request.context.templates.render("captcha.html", captcha_request.language, values)
    return Response(
        html, status, response_headers.page_headers(captcha_request.context.settings.public_url), "text/html"
    )
