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
from service.web.http.origin import Source, asked_origin, by_script, source_of
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
    posting = await build_submission(request, fields)
    try:
        posting.version = await posting.core.version(posting.page)
        return await _run(posting)
    except UNAVAILABLE:
        posting.core.metrics.database_errors += 1
        log.exception("the database did not take a comment")
        message = posting.gettext("The comment could not be saved. Please try again later.")
        return submit_responses.not_now(posting, message, retry_after=30)
    except IntegrityError as error:
        if is_site_gone(error):  # a moment ago, and it is still believed in here
            await posting.core.read_sites()
            await posting.core.page(posting.page.url)
        raise
    except NotWritten:
        message = posting.gettext("Too many comments are coming in at once. Please send yours again in a moment.")
        return submit_responses.not_now(posting, message, retry_after=5)


async def read_posting(request: Request) -> Submission:
    """What a reader sends, understood. Raises BadPage for a page, or an origin, of nobody we know."""
    posting = await build_submission(request, await read_fields(request))
    posting.version = await posting.core.version(posting.page)
    await posting.find_parent()
    await posting.admit()
    return posting


async def build_submission(request: Request, fields: dict[str, str]) -> Submission:
    """The same for fields that were read already, before the database is asked."""
    core = context_of(request)
    page = await core.page(fields.get("page", ""))
    source = await _source(request, core)
    spoken = choose_language(core, fields.get("lang", ""), request.headers.get("accept-language", ""))
    address = address_of(request)
    return Submission(
        core=core,
        fields=fields,
        page=page,
        version=NO_VERSION,
        language=spoken,
        face=urls_of_post(core, page, fields.get("frame", ""), spoken.code if fields.get("lang") else ""),
        client=pseudonym_of(address, core),
        json=wants_json(request),
        now=core.clock(),
        sender=sender_of(address, request),
        source=source,
    )


async def _source(request: Request, core: AppContext) -> Source:
    """Who posts. Raises BadPage for an origin of nobody we know, HTTPException 403 for a script that has none."""
    source, origin = source_of(request), request.headers.get("origin", "")
    if source is Source.NAMED and origin not in (origin_of(core.settings.public_url), asked_origin(request)):
        await core.page(origin)
    if source is Source.OPAQUE and (by_script(request) or wants_json(request)):
        raise HTTPException(403, "A script may post from the pages of registered sites only.")
    return source


async def _run(posting: Submission) -> Response:
    """WordPress's order: parent, closed, required fields, email, text, lengths; then ours: captcha, spam, store."""
    refusal = await _refusal(posting)
    another = bool(posting.fields.get("another"))
    if posting.source is Source.OPAQUE and posting.token and not another:
        # Before anything counts against this client: a stranger's page may have filled the form in. On our page, which
        # no stranger can frame, the reader sees what is to be said and sends it; pages with no-referrer need that, too.
        return submit_responses.send_from_here(posting)
    draft, judgement = posting.draft, posting.judge()
    found = problems(draft, posting.gettext) + submit_responses.captcha_problems(posting, judgement)
    still_open = judgement.outcome in _STILL_OPEN
    asks = another or not still_open
    wait = await posting.admit(*_buckets(posting, asks=asks, posts=not (refusal or found)))
    if judgement.outcome is Outcome.INVALID and not (refusal or another):
        await posting.fail()
    if asks and wait:
        return submit_responses.too_many_questions(posting, wait)
    if refusal:
        return submit_responses.refuse(posting, refusal, keep_question=still_open)
    if another:
        return submit_responses.another_question(posting)
    if found:
        return submit_responses.give_back(posting, 422, found, keep_question=still_open)
    if judgement.outcome is Outcome.MISSING:
        return submit_responses.one_more_step(posting)
    if wait:
        return submit_responses.too_many(posting, wait)
    return await _decide(posting, draft, judgement)


async def _refusal(posting: Submission) -> Refusal | None:
    """Why no comment can be posted here, whatever it says."""
    await posting.find_parent()
    if posting.parent and posting.parent_author is None:
        return Refusal.PARENT
    return Refusal.CLOSED if posting.version.closed else None


def _buckets(posting: Submission, *, asks: bool, posts: bool) -> list[Bucket]:
    """What is counted: a question that is handed out, or else a comment that is in order."""
    if asks or not posts:
        return [*question_buckets(posting.client, posting.page.site_id)] if asks else []
    review = [("review", posting.client)] if posting.review else []
    return [("post", posting.client), ("site", b"%d" % posting.page.site_id), *review]


async def _decide(posting: Submission, draft: Draft, judgement: Judgement) -> Response:
    """The fields are in order and the token is ours: now the answer counts, and the token is spent."""
    expires_at = judgement.expires_at or posting.now + TOKEN_LIFETIME
    ticket = Ticket(judgement.nonce or b"", expires_at, _digest(posting), posting.work(judgement.level))
    if judgement.outcome is not Outcome.RIGHT and not posting.review:
        await posting.core.write(spend, posting.page.site_id, ticket)
        await posting.fail()
        return submit_responses.wrong_answer(posting)
    checking = SubmissionCheck(posting)
    verdict = await decide(posting, draft, judgement, checking)
    posting.core.metrics.verdicts["form", verdict.action.value] += 1
    verdict, author = await protect_name(posting, verdict, checking)
    result = await posting.core.write_row(
        posting.page.key, submit, _submission(posting, draft, verdict, author), ticket
    )
    if isinstance(result, Refused):
        if result.refusal is Refusal.USED:
            await posting.fail()
        still_open = result.refusal is Refusal.FLOOD
        return submit_responses.refuse(posting, result.refusal, result.retry_after, keep_question=still_open)
    if posting.fields.get(judgement.decoy):
        await posting.fail()
    checking.note(result.comment_id)
    _learn_version(posting, result)
    return await submit_responses.accept(posting, result, verdict)


def _submission(posting: Submission, draft: Draft, verdict: Verdict, author: Author) -> NewComment:
    return NewComment(
        page=posting.page,
        title=_title(posting),
        parent_id=posting.parent or None,
        draft=draft,
        status=STATUSES[verdict.action],
        score=verdict.score,
        reasons=[reason.as_json() for reason in verdict.reasons],
        client=posting.client,
        email_hash=posting.core.keyring.pseudonym("email", draft.email.casefold()),
        at=posting.now,
        flood_seconds=posting.core.settings.flood_seconds,
        audience=posting.core.audience,
        by=author,
    )


def _title(posting: Submission) -> str:
    return one_line(posting.fields.get("title", ""))[:300]


def _learn_version(posting: Submission, result: Accepted) -> None:
    """What was changed here is seen here at once."""
    closed, title = posting.version.closed, posting.version.title
    if result.status is Status.APPROVED:
        title = title or _title(posting)
    posting.core.versions.learn(posting.page, PageVersion(result.page_id, result.version, closed, title))


def _digest(posting: Submission) -> bytes:
    """Tells a second click on the same form from another try with the same token."""
    typed = "\x00".join((str(posting.parent), *posting.typed.values()))
    return hashlib.sha256(typed.encode()).digest()
