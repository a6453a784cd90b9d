"""``comment-check``, ``submit-spam`` and ``submit-ham``."""

import re
from typing import Any

from anyio import to_thread
from sqlalchemy import Connection
from starlette.responses import Response

from db.spam_models import Source
from service.akismet.ledger import correct, new_guid, record
from service.siteaccess import SiteAccess
from service.spam.classifier.sample import Sample
from service.spam.learning.submitted import take_vote, vote_row
from service.spam.verdict import Action, Verdict
from service.web.akismet import answers, signals
from service.web.akismet.asking import Call
from service.web.akismet.fields import is_true
from service.web.akismet.judge import DISCARD, Foreign, digest, judge
from service.web.state import Core

_ALWAYS_SPAM = {"viagra-test-123", "akismet-guaranteed-spam", "akismet-guaranteed-spam@example.com"}
"""Names and an email address that clients test with."""

_GUID = re.compile(r"^[0-9a-f]{32}\Z")


async def comment_check(call: Call) -> Response:
    """``true`` for what a human should see before it is shown, ``false`` for the rest."""
    comment = foreign(call)
    if {call.get("comment_author"), call.get("comment_author_email")} & _ALWAYS_SPAM:
        return await _answer(call, comment, spam=True)
    if "administrator" in re.split(r"[,\s]+", call.get("user_role").lower()):
        return await _answer(call, comment, spam=False)  # said by the client's server, never by a commenter
    verdict = await judge(call.core, call.site, comment, signals.rule(call.fields))
    if failed(verdict):
        return answers.failed("A part of the check failed. Please hold the comment and ask again.", 60)
    spam = verdict.action is not Action.PUBLISH
    return await _answer(call, comment, spam=spam, discard=spam and verdict.score >= DISCARD)


def failed(verdict: Verdict) -> bool:
    """Whether the comment is held for nothing but a fault of ours."""
    found = [reason for reason in verdict.reasons if reason.symbol == "check_failed"]
    return bool(found) and verdict.action is Action.HOLD


async def _answer(call: Call, comment: Foreign, *, spam: bool, discard: bool = False) -> Response:
    guid = new_guid()
    if not comment.test:
        core = call.core
        await core.write(record, call.site.id, guid, digest(core, comment), core.clock(), spam=spam)
    tip = {"pro_tip": "discard"} if discard else {}
    return answers.text("true" if spam else "false", guid=guid.hex(), **tip)


async def submit_spam(call: Call) -> Response:
    """It was spam, and the check had not said so."""
    return await _submit(call, spam=True)


async def submit_ham(call: Call) -> Response:
    """It was none, and the check had said so."""
    return await _submit(call, spam=False)


async def _submit(call: Call, *, spam: bool) -> Response:
    comment = foreign(call)
    if not comment.test:
        guid = call.get("guid").lower()
        known = bytes.fromhex(guid) if _GUID.match(guid) else b""
        await teach(call.core, call.site, comment.sample, known, digest(call.core, comment), spam=spam)
    return answers.text(answers.THANKS)


async def teach(core: Core, site: SiteAccess, sample: Sample, guid: bytes, known_as: bytes, *, spam: bool) -> None:
    """Take a vote of the key, and fit its model anew."""
    if not any((sample.text, sample.author, sample.email, sample.url)):
        return
    row = await to_thread.run_sync(lambda: vote_row(site.id, known_as, sample, core.clock(), spam=spam))
    if await core.write(_take, guid, known_as, row):
        await to_thread.run_sync(core.spam.learner.look_now, site.id, Source.KEY)


def _take(connection: Connection, guid: bytes, known_as: bytes, row: dict[str, Any]) -> bool:
    """Count the verdict as wrong if it was, and take the vote. Returns whether there is something new to learn."""
    correct(connection, row["site_id"], guid, known_as, row["at"], spam=row["spam"])
    return take_vote(connection, row)


def foreign(call: Call) -> Foreign:
    """What Akismet's names mean here."""
    return Foreign(
        text=call.get("comment_content"),
        author=call.get("comment_author"),
        email=call.get("comment_author_email"),
        url=call.get("comment_author_url"),
        page_url=call.get("permalink") or call.get("blog"),
        address=call.get("user_ip"),
        program=call.get("user_agent"),
        language=re.split(r"[,\s]", call.get("blog_lang"))[0].replace("_", "-"),
        fill_seconds=signals.fill_seconds(call.fields, call.core.clock()),
        honeypot_filled=signals.honeypot_filled(call.fields),
        test=is_true(call.get("is_test")),
        again=bool(call.get("recheck_reason").strip()),
    )
