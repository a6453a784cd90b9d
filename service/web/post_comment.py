"""``POST /comments``: from the fields of the form to the stored comment, or to the same form with a sentence.

fields → problems? → captcha → spam check → one transaction → the comment, or the form with everything that was typed
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from db.integrity_errors import is_site_gone
from db.models import Status
from service.captcha import AnswerOutcome, Judgement
from service.captcha.challenge_token import TOKEN_LIFETIME
from service.comments.side_effects import Author
from service.comments.submit import Accepted, NewComment, Refusal, Refused, Ticket, spend, submit_in_steps
from service.comments.validation import page_title, problems
from service.page_address import ForeignPage, PageRef
from service.ratelimit import Bucket
from service.spam.languages.text_language import guess_language
from service.spam.verdict import Action, Verdict
from service.web import returned_form
from service.web.accepted_response import accept
from service.web.context import AppContext, Request, context_of
from service.web.form_question import question_buckets
from service.web.http.post_origin import PostOrigin, by_script, post_origin, requested_origin
from service.web.http.reader_params import choose_language, urls_of_post, wants_json
from service.web.http.request_body import read_typed
from service.web.http.request_client import address_of, pseudonym_of, sender_of, voice_of
from service.web.render.thread_cache import NO_VERSION
from service.web.returned_form import or_not_now
from service.web.submission import Face, Submission
from service.web.submission_decision import SubmissionCheck, decide, protect_name
from service.web_origin import BadPage, may_post_to, origin_of

STILL_OPEN = (AnswerOutcome.RIGHT, AnswerOutcome.WRONG, AnswerOutcome.EMPTY)
"""Outcomes after which the form may come back with the same question: whether the answer is right was not told."""

STATUSES = {Action.PUBLISH: Status.APPROVED, Action.HOLD: Status.PENDING, Action.SPAM: Status.SPAM}


async def comment(request: Request) -> Response:
    """Store a comment, or return the form."""
    return await process(request, *await read_typed(request))


async def process(request: Request, fields: dict[str, str], guessed: bool) -> Response:
    """The same for fields that were read already. Raises BadPage, and HTTPException 403 for a foreign script."""
    with text_given_back(fields):
        return await answer(await build_submission(request, fields, guessed=guessed))


@contextmanager
def text_given_back(fields: Mapping[str, str]) -> Iterator[None]:
    """A BadPage raised within brings the text along, so that the error page can give it back."""
    try:
        yield
    except BadPage as error:
        error.typed = fields.get("comment", "")
        raise


async def answer(submission: Submission) -> Response:
    """Judge and store a submission, and answer it."""
    try:
        return await or_not_now(submission, _run(submission), returned_form.not_now)
    except IntegrityError as error:
        if is_site_gone(error):  # it was removed a moment ago, and is still in this process's memory
            await submission.context.read_sites()
            await submission.context.page(submission.page.url)
        raise


async def build_submission(
    request: Request, fields: dict[str, str], face: Face | None = None, *, guessed: bool = False
) -> Submission:
    """A submission of fields that were read already; ``guessed`` as ``read_typed`` says. Nothing is looked up in the
    database but the list of sites.

    Raises BadPage, and HTTPException 403 for a foreign script.
    """
    json = face is not None or wants_json(request)
    context = context_of(request)
    page = await context.page(fields.get("page", ""))
    source = await _source(request, context, page, json=json)
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
        voice=voice_of(address, context),
        json=json,
        now=context.clock(),
        sender=sender_of(address, request),
        source=source,
        face=face,
        guessed=guessed,
    )


async def _source(request: Request, context: AppContext, page: PageRef, *, json: bool) -> PostOrigin:
    """The kind of page that posts. Raises BadPage for an unknown origin and for another site's, HTTPException 403 for a
    script without one."""
    source, origin = post_origin(request), request.headers.get("origin", "")
    if source is PostOrigin.NAMED and origin not in (origin_of(context.settings.public_url), requested_origin(request)):
        sender = await context.page(origin)
        if sender.site_id != page.site_id and not may_post_to(origin, origin_of(page.url)):
            raise ForeignPage(origin, origin_of(page.url))
    if source is PostOrigin.OPAQUE and (by_script(request) or json):
        raise HTTPException(403, "A script may post from the pages of registered sites only.")
    return source


async def _run(submission: Submission) -> Response:
    """WordPress's order: parent, closed, required fields, email, text, lengths; then ours: captcha, spam, store."""
    submission.version = await submission.context.version(submission.page)
    refusal = await _refusal(submission)
    another = bool(submission.fields.get("another"))
    if submission.source is PostOrigin.OPAQUE and submission.token and not another:
        # A stranger's page may have filled in the form, so nothing is counted against this client. On our own page,
        # which strangers cannot frame, readers see the text and send it. Honest no-referrer pages take this way, too.
        return returned_form.send_from_here(submission)
    judgement = submission.judge()
    draft = submission.draft
    found = await submission.context.compute_if_long(draft.comment, problems, draft, submission.gettext)
    found += returned_form.captcha_problems(submission, judgement)
    still_open = judgement.outcome in STILL_OPEN
    asks = another or not still_open
    wait = await submission.admit(*_buckets(submission, asks=asks, posts=not (refusal or found or submission.guessed)))
    if judgement.outcome is AnswerOutcome.INVALID and not (refusal or another):
        await submission.fail(issued=False)
    if asks and wait:
        return returned_form.too_many_questions(submission, wait)
    if refusal:
        return returned_form.refuse(submission, refusal, keep_question=still_open)
    if another:
        return returned_form.another_question(submission)
    if found or submission.guessed:
        reason = "charset" if submission.guessed else ""
        return returned_form.give_back(submission, 422, found, keep_question=still_open, reason=reason)
    if judgement.outcome is AnswerOutcome.MISSING:
        return returned_form.one_more_step(submission)
    if wait:
        return returned_form.too_many(submission, wait)
    if judgement.level < submission.level and not submission.review:
        # Tokens are good for a day. Otherwise a supply of easy ones would last through an alarm.
        return returned_form.one_more_step(submission)
    return await _decide(submission, judgement)


async def _refusal(submission: Submission) -> Refusal | None:
    """The reason why no comment can be posted here, whatever it says."""
    await submission.find_parent()
    if submission.parent and submission.parent_author is None:
        return Refusal.PARENT
    return Refusal.CLOSED if submission.version.closed else None


def _buckets(submission: Submission, *, asks: bool, posts: bool) -> list[Bucket]:
    """The rate limits that apply: those of a question that is handed out, or of a comment without problems."""
    if asks or not posts:
        return [*question_buckets(submission.client, submission.page.site_id)] if asks else []
    review = [("review", submission.client)] if submission.review else []
    return [*submission.post_buckets, *review]


async def _decide(submission: Submission, judgement: Judgement) -> Response:
    """Judge the answer, check for spam and store. The token is spent, whatever the answer is."""
    expires_at = judgement.expires_at or submission.now + TOKEN_LIFETIME
    ticket = Ticket(judgement.nonce or b"", expires_at, _digest(submission), submission.work(judgement.level))
    if judgement.outcome is not AnswerOutcome.RIGHT and not submission.review:
        submission.spent = await submission.context.write(spend, submission.page.site_id, ticket)
        submission.begins_anew = not submission.spent
        await submission.fail()
        return returned_form.wrong_answer(submission)
    check = SubmissionCheck(submission)
    verdict = await decide(submission, judgement, check)
    submission.context.metrics.verdicts["form", verdict.action.value] += 1
    verdict, author = await protect_name(submission, verdict, check)
    result = await submission.context.write_in_steps(
        submission.page.key, submit_in_steps, _new_comment(submission, verdict, author), ticket
    )
    if isinstance(result, Refused):
        if result.refusal is Refusal.USED:
            await submission.fail()
        submission.begins_anew = result.refusal is Refusal.USED
        submission.spent = not submission.begins_anew
        still_open = result.refusal is Refusal.FLOOD
        return returned_form.refuse(submission, result.refusal, result.retry_after, keep_question=still_open)
    submission.begins_anew = True
    if submission.fields.get(judgement.decoy):
        await submission.fail()
    check.record(result.comment_id)
    _learn_version(submission, result)
    return await accept(submission, result, verdict)


def _new_comment(submission: Submission, verdict: Verdict, author: Author) -> NewComment:
    return NewComment(
        page=submission.page,
        title=_title(submission),
        parent_id=submission.parent or None,
        draft=submission.draft,
        status=STATUSES[verdict.action],
        score=verdict.score,
        reasons=[reason.as_json() for reason in verdict.reasons],
        client=submission.client,
        email_hash=submission.context.keyring.pseudonym("email", submission.draft.email.casefold()),
        at=submission.now,
        flood_seconds=submission.context.settings.flood_seconds,
        audience=submission.context.audience,
        author=author,
        language=guess_language(submission.draft.comment) or None,
    )


def _title(submission: Submission) -> str:
    return page_title(submission.fields.get("title", ""))


def _learn_version(submission: Submission, result: Accepted) -> None:
    """Remember the page's new version, so that this process shows the comment at once."""
    version = replace(submission.version, page_id=result.page_id, number=result.version)
    submission.context.versions.learn(submission.page, version)


def _digest(submission: Submission) -> bytes:
    """A digest of the form, by which a double click differs from a second try with the same token."""
    typed = "\x00".join((str(submission.parent), *submission.typed.values()))
    return hashlib.sha256(typed.encode()).digest()
