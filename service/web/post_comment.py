"""``POST /comments``: the way of a comment, from what was typed to what became of it.

fields → problems? → captcha → spam check → one write → the comment, or the same form with all that was typed
"""

import hashlib
import logging

from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from db.engine import UNAVAILABLE
from db.integrity import is_site_gone
from db.models import Status
from db.writer import NotWritten
from service.captcha import Judgement, Outcome
from service.captcha.token import TOKEN_LIFETIME
from service.comments.events import Author
from service.comments.submit import Accepted, NewComment, Refusal, Refused, Ticket, spend, submit
from service.comments.validation import Draft, problems
from service.markup import one_line
from service.ratelimit import Bucket
from service.spam.verdict import Action, Verdict
from service.urls import origin_of
from service.web import submit_responses
from service.web.context import AppContext, Request, context_of
from service.web.form import question_buckets
from service.web.http.body import read_fields
from service.web.http.client import address_of, pseudonym_of, sender_of
from service.web.http.origin import PostOrigin, by_script, post_origin, requested_origin
from service.web.http.params import choose_language, urls_of_post, wants_json
from service.web.render.cache import NO_VERSION, PageVersion
from service.web.submission import Submission
from service.web.submission_check import SubmissionCheck, decide, protect_name

log = logging.getLogger("service.comments")

_STILL_OPEN = (Outcome.RIGHT, Outcome.WRONG, Outcome.EMPTY)
"""The form may come back with its question: nobody has been told what the answer is worth."""

STATUSES = {Action.PUBLISH: Status.APPROVED, Action.HOLD: Status.PENDING, Action.SPAM: Status.SPAM}


async def comment(request: Request) -> Response:
    """Take a comment in, or give the form back."""
    return await process(request, await read_fields(request))


async def process(request: Request, fields: dict[str, str]) -> Response:
    """The same for fields that were read already. Raises BadPage where ``page`` is none."""
    submission = await build_submission(request, fields)
    try:
        submission.version = await submission.context.version(submission.page)
        return await _run(submission)
    except UNAVAILABLE:
        submission.context.metrics.database_errors += 1
        log.exception("the database did not take a comment")
        message = submission.gettext("The comment could not be saved. Please try again later.")
        return submit_responses.not_now(submission, message, retry_after=30)
    except IntegrityError as error:
        if is_site_gone(error):  # a moment ago, and it is still believed in here
            await submission.context.read_sites()
            await submission.context.page(submission.page.url)
        raise
    except NotWritten:
        message = submission.gettext("Too many comments are coming in at once. Please send yours again in a moment.")
        return submit_responses.not_now(submission, message, retry_after=5)


async def read_posting(request: Request) -> Submission:
    """What a reader sends, understood. Raises BadPage for a page, or an origin, of nobody we know."""
    submission = await build_submission(request, await read_fields(request))
    submission.version = await submission.context.version(submission.page)
    await submission.find_parent()
    await submission.admit()
    return submission


async def build_submission(request: Request, fields: dict[str, str]) -> Submission:
    """The same for fields that were read already, before the database is asked."""
    context = context_of(request)
    page = await context.page(fields.get("page", ""))
    source = await _source(request, context)
    spoken = choose_language(context, fields.get("lang", ""), request.headers.get("accept-language", ""))
    address = address_of(request)
    return Submission(
        context=context,
        fields=fields,
        page=page,
        version=NO_VERSION,
        language=spoken,
        urls=urls_of_post(context, page, fields.get("frame", ""), spoken.code if fields.get("lang") else ""),
        client=pseudonym_of(address, context),
        json=wants_json(request),
        now=context.clock(),
        sender=sender_of(address, request),
        source=source,
    )


async def _source(request: Request, context: AppContext) -> PostOrigin:
    """Who posts. Raises BadPage for an origin of nobody we know, HTTPException 403 for a script that has none."""
    source, origin = post_origin(request), request.headers.get("origin", "")
    if source is PostOrigin.NAMED and origin not in (origin_of(context.settings.public_url), requested_origin(request)):
        await context.page(origin)
    if source is PostOrigin.OPAQUE and (by_script(request) or wants_json(request)):
        raise HTTPException(403, "A script may post from the pages of registered sites only.")
    return source


async def _run(submission: Submission) -> Response:
    """WordPress's order: parent, closed, required fields, email, text, lengths; then ours: captcha, spam, store."""
    refusal = await _refusal(submission)
    another = bool(submission.fields.get("another"))
    if submission.source is PostOrigin.OPAQUE and submission.token and not another:
        # Before anything counts against this client: a stranger's page may have filled the form in. On our page, which
        # no stranger can frame, the reader sees what is to be said and sends it; pages with no-referrer need that, too.
        return submit_responses.send_from_here(submission)
    draft, judgement = submission.draft, submission.judge()
    found = problems(draft, submission.gettext) + submit_responses.captcha_problems(submission, judgement)
    still_open = judgement.outcome in _STILL_OPEN
    asks = another or not still_open
    wait = await submission.admit(*_buckets(submission, asks=asks, posts=not (refusal or found)))
    if judgement.outcome is Outcome.INVALID and not (refusal or another):
        await submission.fail()
    if asks and wait:
        return submit_responses.too_many_questions(submission, wait)
    if refusal:
        return submit_responses.refuse(submission, refusal, keep_question=still_open)
    if another:
        return submit_responses.another_question(submission)
    if found:
        return submit_responses.give_back(submission, 422, found, keep_question=still_open)
    if judgement.outcome is Outcome.MISSING:
        return submit_responses.one_more_step(submission)
    if wait:
        return submit_responses.too_many(submission, wait)
    return await _decide(submission, draft, judgement)


async def _refusal(submission: Submission) -> Refusal | None:
    """Why no comment can be posted here, whatever it says."""
    await submission.find_parent()
    if submission.parent and submission.parent_author is None:
        return Refusal.PARENT
    return Refusal.CLOSED if submission.version.closed else None


def _buckets(submission: Submission, *, asks: bool, posts: bool) -> list[Bucket]:
    """What is counted: a question that is handed out, or else a comment that is in order."""
    if asks or not posts:
        return [*question_buckets(submission.client, submission.page.site_id)] if asks else []
    review = [("review", submission.client)] if submission.review else []
    return [("post", submission.client), ("site", b"%d" % submission.page.site_id), *review]


async def _decide(submission: Submission, draft: Draft, judgement: Judgement) -> Response:
    """The fields are in order and the token is ours: now the answer counts, and the token is spent."""
    expires_at = judgement.expires_at or submission.now + TOKEN_LIFETIME
    ticket = Ticket(judgement.nonce or b"", expires_at, _digest(submission), submission.work(judgement.level))
    if judgement.outcome is not Outcome.RIGHT and not submission.review:
        await submission.context.write(spend, submission.page.site_id, ticket)
        await submission.fail()
        return submit_responses.wrong_answer(submission)
    check = SubmissionCheck(submission)
    verdict = await decide(submission, draft, judgement, check)
    submission.context.metrics.verdicts["form", verdict.action.value] += 1
    verdict, author = await protect_name(submission, verdict, check)
    result = await submission.context.write_row(
        submission.page.key, submit, _submission(submission, draft, verdict, author), ticket
    )
    if isinstance(result, Refused):
        if result.refusal is Refusal.USED:
            await submission.fail()
        still_open = result.refusal is Refusal.FLOOD
        return submit_responses.refuse(submission, result.refusal, result.retry_after, keep_question=still_open)
    if submission.fields.get(judgement.decoy):
        await submission.fail()
    check.note(result.comment_id)
    _learn_version(submission, result)
    return await submit_responses.accept(submission, result, verdict)


def _submission(submission: Submission, draft: Draft, verdict: Verdict, author: Author) -> NewComment:
    return NewComment(
        page=submission.page,
        title=_title(submission),
        parent_id=submission.parent or None,
        draft=draft,
        status=STATUSES[verdict.action],
        score=verdict.score,
        reasons=[reason.as_json() for reason in verdict.reasons],
        client=submission.client,
        email_hash=submission.context.keyring.pseudonym("email", draft.email.casefold()),
        at=submission.now,
        flood_seconds=submission.context.settings.flood_seconds,
        audience=submission.context.audience,
        by=author,
    )


def _title(submission: Submission) -> str:
    return one_line(submission.fields.get("title", ""))[:300]


def _learn_version(submission: Submission, result: Accepted) -> None:
    """What was changed here is seen here at once."""
    closed, title = submission.version.closed, submission.version.title
    if result.status is Status.APPROVED:
        title = title or _title(submission)
    submission.context.versions.learn(submission.page, PageVersion(result.page_id, result.version, closed, title))


def _digest(submission: Submission) -> bytes:
    """Tells a second click on the same form from another try with the same token."""
    typed = "\x00".join((str(submission.parent), *submission.typed.values()))
    return hashlib.sha256(typed.encode()).digest()
