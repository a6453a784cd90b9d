"""What becomes of a comment that is in order: the spam check, the owner's rules, and whose name it bears."""

from dataclasses import replace

from service.captcha import Judgement
from service.captcha.levels import NEWCOMERS_HELD, WITH_WORK
from service.comments.authors import is_known
from service.comments.draft import Draft
from service.comments.events import Author
from service.spam.verdict import Action, Reason, Verdict
from service.web.checking import Checking
from service.web.posting import Posting


async def judge(posting: Posting, draft: Draft, judgement: Judgement, checking: Checking) -> Verdict:
    """The check's verdict; what it would publish is held where the captcha or the owner wants that."""
    verdict = await checking.verdict(judgement)
    if verdict.action is not Action.PUBLISH:
        return verdict
    reason = _without_work(posting, judgement) or await _policy(posting, draft, judgement)
    return verdict if reason is None else verdict.held(reason)


async def whose_name(posting: Posting, verdict: Verdict, checking: Checking) -> tuple[Verdict, Author]:
    """What is known of its author. It is held if its name is another author's."""
    author = Author(wish=posting.wish)
    if verdict.action is not Action.PUBLISH or not posting.core.settings.protect_names:
        return verdict, author
    owns = await checking.owns()
    if owns is False:
        taken = Reason("name", 0.0, "A returning author has this name, and a proof that is missing here.")
        return verdict.held(taken), author
    return verdict, replace(author, name=checking.claim) if owns else author


def _without_work(posting: Posting, judgement: Judgement) -> Reason | None:
    """From level 3 on the browser has to have worked. Who has no JavaScript waits for a human, and is not refused."""
    if judgement.level < WITH_WORK or posting.work(judgement.level) is not None:
        return None
    return Reason(
        "no_work", 0.0, "The question was of a level at which browsers have to prove work. This one proved none."
    )


async def _policy(posting: Posting, draft: Draft, judgement: Judgement) -> Reason | None:
    """Why a comment that looks good is held all the same, if it is."""
    if posting.review:
        return Reason("review", 0.0, "The author could not answer the question and asked for review.")
    moderation = posting.core.settings.moderation
    if moderation == "all":
        return Reason("moderation", 0.0, "Every comment waits for approval here.")
    alarmed = judgement.level >= NEWCOMERS_HELD
    if (alarmed or moderation == "first") and not await posting.core.glance(
        is_known, posting.page.site_id, draft.email, posting.proof_id
    ):
        sentence = "A newcomer: no approved comment with a proof from the same browser."
        return Reason("newcomer", 0.0, f"{sentence} Just now they all wait." if alarmed else sentence)
    return None
