"""``comment-check``, ``submit-spam`` and ``submit-ham``."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from anyio import to_thread
from sqlalchemy import Connection
from starlette.responses import Response

from db.models import VoteSource
from service.number_parsing import whole_number
from service.protocols.akismet import akismet_messages
from service.protocols.akismet.akismet_messages import AkismetRequest, Fields, is_true
from service.protocols.akismet.judge_client_comment import DISCARD, ClientComment, digest, judge
from service.protocols.akismet.verdicts_and_usage import correct, new_guid, record
from service.sites import SiteAccess
from service.spam.classifier.features import Sample
from service.spam.evidence import Evidence
from service.spam.learning.key_votes import record_vote, vote_row
from service.spam.reason_sentences import ReasonSentence
from service.spam.rules import Finder
from service.spam.verdict import Action, Reason, Verdict
from service.web.context import AppContext

_UNTOUCHED = 1000
"""``ak_js`` holds a random number up to 1000 until the script replaces it by the time in milliseconds."""
_A_DAY = 86400.0
_COUNTERS = ("ak_bkpc", "ak_bmcc", "ak_bmmc", "ak_btmc", "ak_btec")
_LONG_TEXT = 40
"""Characters: nobody enters that many without a key, a click or a touch."""


def honeypot_filled(fields: Fields) -> bool:
    """Whether a hidden field was filled in: Akismet's own, or the one that ``honeypot_field_name`` names."""
    name = fields.get("honeypot_field_name", "")
    named = name and (fields.get(name) or fields.get(f"POST_{name}"))
    return bool(named or fields.get("POST_ak_hp_textarea", "").strip())


def fill_seconds(fields: Fields, now: datetime) -> float | None:
    """Seconds for which the form was open, by the commenter's clock; None if missing or implausible."""
    began = _number(fields.get("POST_ak_js", ""))
    age = now.timestamp() - began / 1000
    return age if began > _UNTOUCHED and 0 <= age <= _A_DAY else None


def rule(fields: Fields) -> Finder:
    """A rule for this request only, added to those of the spam check."""

    def form_script(evidence: Evidence) -> Iterator[Reason]:
        """The signals of Akismet's form script (``akismet-frontend.js``)."""
        if "POST_ak_hp_textarea" not in fields and "POST_ak_js" not in fields:
            return
        if _number(fields.get("POST_ak_js", "")) <= _UNTOUCHED:
            yield Reason("no_script", 1.0, ReasonSentence.NO_SCRIPT, alone=1.0)
        elif len(evidence.text) >= _LONG_TEXT and _no_input_events(fields):
            yield Reason("untouched", 1.5, ReasonSentence.UNTOUCHED, alone=1.5)

    return form_script


def _no_input_events(fields: Fields) -> bool:
    """Whether the script sent its counters and all are zero."""
    counts = [fields[f"POST_{name}"] for name in _COUNTERS if f"POST_{name}" in fields]
    return bool(counts) and not any(map(_number, counts))


def _number(text: str) -> int:
    return whole_number(text.strip(), 0, digits=16)


_ALWAYS_SPAM = {"viagra-test-123", "akismet-guaranteed-spam", "akismet-guaranteed-spam@example.com"}
"""Akismet's documented test authors and test email address."""

_GUID = re.compile(r"^[0-9a-f]{32}\Z")


async def comment_check(request: AkismetRequest) -> Response:
    """``true`` for a comment that our check holds or files as spam, else ``false``."""
    comment = client_comment(request)
    if {request.get("comment_author"), request.get("comment_author_email")} & _ALWAYS_SPAM:
        return await _answer(request, comment, spam=True)
    if "administrator" in re.split(r"[,\s]+", request.get("user_role").lower()):
        return await _answer(request, comment, spam=False)  # set by the client's server, not by the commenter
    verdict = await judge(request.context, request.site, comment, rule(request.fields))
    if failed(verdict):
        return akismet_messages.failed("A part of the check failed. Please hold the comment and ask again.", 60)
    spam = verdict.action is not Action.PUBLISH
    return await _answer(request, comment, spam=spam, discard=spam and verdict.sure >= DISCARD)


def failed(verdict: Verdict) -> bool:
    """Whether the comment is held only because a part of the check failed."""
    failures = [reason for reason in verdict.reasons if reason.symbol == "check_failed"]
    return bool(failures) and verdict.action is Action.HOLD


async def _answer(request: AkismetRequest, comment: ClientComment, *, spam: bool, discard: bool = False) -> Response:
    guid = new_guid()
    if not comment.test:
        context = request.context
        await context.write(record, request.site.id, guid, digest(context, comment), context.clock(), spam=spam)
    tip = {"pro_tip": "discard"} if discard else {}
    return akismet_messages.text("true" if spam else "false", guid=guid.hex(), **tip)


async def submit_spam(request: AkismetRequest) -> Response:
    """Learn that a comment is spam which the check let through."""
    return await _submit(request, spam=True)


async def submit_ham(request: AkismetRequest) -> Response:
    """Learn that a comment is not spam which the check caught."""
    return await _submit(request, spam=False)


async def _submit(request: AkismetRequest, *, spam: bool) -> Response:
    comment = client_comment(request)
    if not comment.test:
        guid = request.get("guid").lower()
        known = bytes.fromhex(guid) if _GUID.match(guid) else b""
        await teach(request.context, request.site, comment.sample, known, digest(request.context, comment), spam=spam)
    return akismet_messages.text(akismet_messages.THANKS)


async def teach(
    context: AppContext, site: SiteAccess, sample: Sample, guid: bytes, known_as: bytes, *, spam: bool
) -> None:
    """Record a vote of the key and have its model refitted.

    ``guid`` is the verdict's id or empty, ``known_as`` the comment's digest.
    """
    if not any((sample.text, sample.author, sample.email, sample.url)):
        return
    row = await to_thread.run_sync(lambda: vote_row(site.id, known_as, sample, context.clock(), spam=spam))
    if await context.write(_record_vote, guid, known_as, row):
        await to_thread.run_sync(context.spam.trainer.refit_now, site.id, VoteSource.KEY)


def _record_vote(connection: Connection, guid: bytes, known_as: bytes, row: dict[str, Any]) -> bool:
    """Count the verdict as wrong if it was, and record the vote. Returns whether the vote is new."""
    correct(connection, row["site_id"], guid, known_as, row["at"], spam=row["spam"])
    return record_vote(connection, row)


def client_comment(request: AkismetRequest) -> ClientComment:
    """Akismet's fields under our names."""
    return ClientComment(
        text=request.get("comment_content"),
        author=request.get("comment_author"),
        email=request.get("comment_author_email"),
        url=request.get("comment_author_url"),
        page_url=request.get("permalink") or request.get("blog"),
        address=request.get("user_ip"),
        program=request.get("user_agent"),
        language=request.get("blog_lang"),
        fill_seconds=fill_seconds(request.fields, request.context.clock()),
        honeypot_filled=honeypot_filled(request.fields),
        test=is_true(request.get("is_test")),
        again=bool(request.get("recheck_reason").strip()),
    )
