"""``/report``: a reader reports a comment. The question, the limits and the rule of origins are those of the form.

fields → problems? → captcha → one transaction → thanks, or the form with everything that was typed
"""

import hashlib
from math import ceil

from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.captcha import AnswerOutcome, Judgement
from service.captcha.challenge_token import TOKEN_LIFETIME
from service.captcha.difficulty import WITH_WORK
from service.comments.report_rows import ReportReason
from service.comments.submit import Ticket, spend
from service.comments.submit_report import LONGEST_NOTE, NewReport, Received, Reportable, find_reportable, report
from service.comments.validation import FieldProblem
from service.number_parsing import whole_number
from service.ratelimit import Bucket
from service.web.context import AppContext, Request, context_of
from service.web.form_question import ask, question_buckets
from service.web.http.post_origin import PostOrigin
from service.web.http.reader_params import ThreadRequest
from service.web.http.request_body import read_fields
from service.web.http.request_client import address_of, voice_network
from service.web.post_comment import STILL_OPEN, build_submission
from service.web.report_form import Place, answer, form_of, nothing_to_report
from service.web.returned_form import captcha_problems, or_not_now, wrong_answer_message
from service.web.submission import Submission


async def show(request: Request) -> Response:
    """``GET /report?page=&comment=``: the form, with a question. It changes nothing."""
    _refuse_if_off(context_of(request))
    wanted = await ThreadRequest.of(request, "page")
    comment = await _find(wanted, wanted.window.comment)
    if comment is None or comment.kept:
        return await _no_form(request, wanted, comment)
    question = await ask(request, wanted)
    title = (await wanted.context.version(wanted.page)).title
    if isinstance(question, float):  # it comes when the form is sent
        return answer(request, wanted, form_of(wanted, comment, None), title, 200)
    return answer(request, wanted, form_of(wanted, comment, question), title, 200)


async def act(request: Request) -> Response:
    """``POST /report``: ``reported`` is the comment, ``reason`` and ``note`` what is wrong with it."""
    fields = await read_fields(request)
    _refuse_if_off(context_of(request))
    submission = await build_submission(request, fields)
    if submission.source is PostOrigin.OPAQUE:  # only our own page and the script send this form
        raise HTTPException(403)
    return await _Report(request, submission).answer()


def _refuse_if_off(context: AppContext) -> None:
    if not context.settings.reports_hold:
        raise HTTPException(404)


async def _find(place: Place, comment_id: int) -> Reportable | None:
    version = await place.context.version(place.page)
    return await place.context.read(find_reportable, (place.page.site_id, version.page_id), comment_id)


async def _no_form(request: Request, place: Place, comment: Reportable | None) -> Response:
    _ = place.language.gettext
    kept = _("A moderator has reviewed reports of this comment and decided to keep it.")
    notice = kept if comment else _("This comment is no longer here.")
    title = (await place.context.version(place.page)).title
    return answer(request, place, nothing_to_report(place, notice), title, 200 if comment else 404)


class _Report:
    """A reader's POST of the form."""

    def __init__(self, request: Request, submission: Submission) -> None:
        self._request = request
        self._submission = submission
        self._comment: Reportable | None = None
        self._still_open = False

    async def answer(self) -> Response:
        """Judge and store it."""
        return await or_not_now(self._submission, self._run(), self._not_now)

    async def _run(self) -> Response:
        submission = self._submission
        submission.version = await submission.context.version(submission.page)
        self._comment = await _find(submission, whole_number(submission.fields.get("reported", ""), 0))
        if self._comment is None or self._comment.kept:
            return await _no_form(self._request, submission, self._comment)
        judgement = submission.judge()
        self._still_open = judgement.outcome in STILL_OPEN
        another = bool(submission.fields.get("another"))
        found = self._problems() + captcha_problems(submission, judgement)
        asks = another or not self._still_open
        if wait := await submission.admit(*self._buckets(asks=asks, complete=not found)):
            return self._too_many(ceil(wait), asks=asks)
        if judgement.outcome is AnswerOutcome.INVALID and not another:
            await submission.fail(issued=False)
        if another:
            notice = submission.gettext("Here is another question.")
            return self._form(200, notice=notice, keep=False)
        if judgement.outcome is AnswerOutcome.MISSING or (not found and judgement.level < submission.level):
            return self._form(422, self._problems(), submission.gettext("Please answer the question."), keep=False)
        if found:
            return self._form(422, found, keep=self._still_open)
        return await self._store(judgement, self._comment)

    def _buckets(self, *, asks: bool, complete: bool) -> tuple[Bucket, ...]:
        """The limits of a question that is handed out, or of a report; posts have limits of their own."""
        client, site_id = self._submission.client, self._submission.page.site_id
        if asks:
            return question_buckets(client, site_id)
        return (("report", client), ("reported", b"%d" % site_id)) if complete else ()

    def _problems(self) -> list[FieldProblem]:
        _, fields = self._submission.gettext, self._submission.fields
        found = []
        if fields.get("reason") not in set(ReportReason):
            choose = _("Please choose what is wrong.")
            found.append(FieldProblem("reason", choose, choose))
        if len(fields.get("note", "")) > LONGEST_NOTE:
            shorten = _("Please use at most %(num)s characters.") % {"num": LONGEST_NOTE}
            found.append(FieldProblem("note", shorten, shorten))
        return found

    async def _store(self, judgement: Judgement, comment: Reportable) -> Response:
        submission, context = self._submission, self._submission.context
        ticket = self._ticket(judgement)
        if judgement.outcome is not AnswerOutcome.RIGHT:
            submission.spent = await context.write(spend, submission.page.site_id, ticket)
            submission.begins_anew = not submission.spent
            await submission.fail()
            wrong = wrong_answer_message(submission.gettext)
            return self._form(422, [FieldProblem("captcha", wrong, wrong)], keep=False)
        network = voice_network(address_of(self._request))
        new = NewReport(
            comment.key,
            context.keyring.pseudonym("report", f"{comment.key[0]}-{comment.key[1]}|{network}"),
            ReportReason(submission.fields["reason"]),
            submission.fields.get("note", "").replace("\x00", "").strip(),
            # As a comment without the work is held, such a report is read, and holds nothing.
            judgement.level < WITH_WORK or ticket.work is not None,
            submission.now,
            context.settings.reports_hold,
            context.audience,
        )
        received = await context.write_alone(report, new, ticket)
        if received is Received.USED:
            await submission.fail()
            used = submission.gettext("That question has been used already. Here is a new one.")
            return self._form(422, [FieldProblem("captcha", used, used)], keep=False)
        return await self._thanks(received)

    async def _thanks(self, received: Received) -> Response:
        submission = self._submission
        if received in (Received.GONE, Received.KEPT):
            return await _no_form(self._request, submission, self._comment if received is Received.KEPT else None)
        _ = submission.gettext
        taken = _("Thank you. A moderator will read your report.")
        notice = (
            _("Somebody on your network has already reported this comment.") if received is Received.REPEATED else taken
        )
        view = nothing_to_report(submission, notice)
        return answer(self._request, submission, view, submission.version.title, 200)

    def _ticket(self, judgement: Judgement) -> Ticket:
        submission = self._submission
        expires_at = judgement.expires_at or submission.now + TOKEN_LIFETIME
        typed = "\x00".join(submission.fields.get(name, "") for name in ("reported", "reason", "note"))
        digest = hashlib.sha256(typed.encode("utf-8", "replace")).digest()
        return Ticket(judgement.nonce or b"", expires_at, digest, submission.work(judgement.level))

    def _too_many(self, wait: int, *, asks: bool) -> Response:
        _ = self._submission.gettext
        questions = _("Too many questions were requested. Please wait a moment.")
        message = questions if asks else _("Too many requests. Please wait a moment.")
        return self._form(429, [FieldProblem("", message, message)], keep=True, retry_after=wait)

    def _not_now(self, _submission: Submission, message: str, retry_after: int) -> Response:
        if self._comment is None:
            raise HTTPException(503, headers={"retry-after": str(retry_after)})
        return self._form(503, [FieldProblem("", message, message)], keep=True, retry_after=retry_after)

    def _form(
        self,
        status: int,
        found: list[FieldProblem] | None = None,
        notice: str = "",
        *,
        keep: bool,
        retry_after: int = 0,
    ) -> Response:
        """The same form with everything that was typed. ``keep``: with the same question and its answer."""
        submission, comment = self._submission, self._comment
        assert comment is not None  # noqa: S101 - looked up before
        view = form_of(submission, comment, submission.challenge(keep=keep), found or [], notice, answered=keep)
        return answer(self._request, submission, view, submission.version.title, status, retry_after)
