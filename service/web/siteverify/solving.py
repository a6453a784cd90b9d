"""An answer, and what becomes of it: a pass, or a sentence and the next question."""

from dataclasses import dataclass

from service.captcha import Challenge, Judgement, Outcome
from service.captcha.passes import Pass
from service.captcha.token import LIFETIME
from service.comments.submit import Ticket, spend
from service.web.siteverify.asking import FormAsking


@dataclass(frozen=True, slots=True)
class Solved:
    """``token`` is the pass."""

    token: str


@dataclass(frozen=True, slots=True)
class Unsolved:
    """Why there is no pass, in the reader's language, and what to answer now."""

    sentence: str
    question: Challenge


async def solve(asking: FormAsking, token: str, answer: str, work: str = "") -> Solved | Unsolved:
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


async def _spend(asking: FormAsking, judgement: Judgement, work: Pass | None) -> bool:
    if judgement.nonce is None or judgement.outcome is Outcome.EXPIRED:
        return False
    ticket = Ticket(judgement.nonce, judgement.expires_at or asking.core.clock() + LIFETIME, b"form", work)
    return await asking.core.write(spend, asking.site.id, ticket)


def _sentence(asking: FormAsking, outcome: Outcome | None) -> str:
    _ = asking.language.gettext
    if outcome is None:
        return _("That question was answered already. Here is a new one.")
    return {
        Outcome.WRONG: _("That was not the right answer. Here is a new question."),
        Outcome.EMPTY: _("Please answer the question."),
        Outcome.EXPIRED: _("That question is too old. Here is a new one."),
    }.get(outcome, _("That question does not belong to this form. Here is a new one."))
