"""The write job of a comment: one transaction that spends the nonce, refuses doubles and floods, and inserts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from db import tables
from db.models import Status
from db.prepared import Row
from db.sql import insert_if_absent, record_unless_recent
from db.types import new_id
from service.captcha.passes import Pass
from service.comments import events, statements
from service.comments.changes import page_posted_to
from service.comments.events import NOBODY_KNOWN, Audience, Author
from service.comments.statements import fingerprints
from service.comments.validation import Draft
from service.urls import PageRef


class Refusal(StrEnum):
    """Why the transaction did not take a comment."""

    USED = "used"
    PARENT = "parent"
    CLOSED = "closed"
    DUPLICATE = "duplicate"
    FLOOD = "flood"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What entitles to one post: the nonce of a judged challenge. ``digest`` tells a double click from a second try.

    ``work`` is a proof of work that is spent with it.
    """

    nonce: bytes
    expires_at: datetime
    digest: bytes
    work: Pass | None = None


@dataclass(frozen=True, slots=True)
class NewComment:
    """A comment that has passed every check outside. ``client`` is a keyed hash of the reader's network."""

    page: PageRef
    title: str
    parent_id: int | None
    draft: Draft
    status: Status
    score: float
    reasons: list[dict[str, Any]]
    client: bytes
    email_hash: bytes
    at: datetime
    flood_seconds: int
    audience: Audience
    by: Author = NOBODY_KNOWN


@dataclass(frozen=True, slots=True)
class Accepted:
    """The comment is durable once the job's transaction is. ``version`` is the page's after it."""

    site_id: int
    page_id: int
    comment_id: int
    status: Status
    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Returned, not raised: raising would give the nonce back. ``retry_after`` is in seconds."""

    refusal: Refusal
    retry_after: int = 0


def spend(connection: Connection, site_id: int, ticket: Ticket) -> bool:
    """Burn a nonce, and the work that came with it. Returns whether both were still good."""
    return _spend(connection, site_id, ticket) and _spend_work(connection, site_id, ticket.work)


def submit(connection: Connection, new: NewComment, ticket: Ticket) -> Accepted | Refused:
    """Take a comment in, with all that follows from it."""
    site_id = new.page.site_id
    comment_id = new_id()  # known beforehand, so the nonce is spent for it in one statement
    if not _spend(connection, site_id, ticket, comment_id):
        return _first_result(connection, site_id, ticket)
    if not _spend_work(connection, site_id, ticket.work):
        return Refused(Refusal.USED)
    page_id, version, closed, title = _page_row(connection, new)
    page_posted_to(connection, site_id, new.page.key)
    if closed:
        return Refused(Refusal.CLOSED)
    if new.parent_id and not _parent_is_approved(connection, site_id, page_id, new.parent_id):
        return Refused(Refusal.PARENT)
    inserted = _insert(connection, new, page_id, comment_id)
    if inserted is None:
        return _duplicate(connection, new, ticket, page_id)
    if inserted != comment_id:
        comment_id = inserted
        statements.REMEMBER.run(connection, {"b_site": site_id, "b_nonce": ticket.nonce, "b_comment": comment_id})
    if new.flood_seconds and not _note(connection, new):
        statements.DELETE.run(connection, {"b_site": site_id, "b_id": comment_id})
        return _too_soon(connection, new, ticket)
    if new.status is Status.APPROVED and new.title and not title:
        # by the first comment that is shown, so that no spam names a page
        statements.TITLE.run(connection, {"b_site": site_id, "b_page": page_id, "b_title": new.title})
    events.comment_added(connection, (site_id, comment_id), new.status, new.by, new.audience, new.at)
    return Accepted(site_id, page_id, comment_id, new.status, version)


def _spend(connection: Connection, site_id: int, ticket: Ticket, comment_id: int | None = None) -> bool:
    """Whether the nonce was still good. It stays spent for this comment, which need not come to be."""
    row = {
        "site_id": site_id,
        "nonce": ticket.nonce,
        "expires_at": ticket.expires_at,
        "comment_id": comment_id,
        "digest": ticket.digest,
    }
    return insert_if_absent(connection, tables.spent, row)


def _spend_work(connection: Connection, site_id: int, work: Pass | None) -> bool:
    """Whether this proof of work, if there is one, was not used before, however it is spelt."""
    if work is None:
        return True
    row = {"site_id": site_id, "nonce": work.nonce, "expires_at": work.expires_at, "comment_id": None, "digest": None}
    return insert_if_absent(connection, tables.spent, row)


def _first_result(connection: Connection, site_id: int, ticket: Ticket) -> Accepted | Refused:
    """A double click gets what the first click got; anything else learns that the question was used."""
    row = statements.FIRST.first(connection, {"b_site": site_id, "b_nonce": ticket.nonce})
    if row is None or row[-1] != ticket.digest:
        return Refused(Refusal.USED)
    page_id, comment_id, status, version, _ = row
    return Accepted(site_id, page_id, comment_id, Status(status), version)


def _page_row(connection: Connection, new: NewComment) -> Row:
    """The page's id, version, closed and title, made if need be. The version is the one once this comment is shown.

    A refusal leaves the version moved: readers then get the same thread, rendered once more.
    """
    statement = statements.NEXT_VERSION if new.status is Status.APPROVED else statements.PAGE
    wanted = {"b_site": new.page.site_id, "b_key": new.page.key}
    row = statement.first(connection, wanted)
    if row is None:
        fresh = {
            "site_id": new.page.site_id,
            "id": new_id(),
            "key": new.page.key,
            "url": new.page.url,
            "title": "",
            "closed": False,
            "version": 1,
            "created_at": new.at,
        }
        insert_if_absent(connection, tables.page, fresh)
        (row,) = statement.rows(connection, wanted)
    return row


def _parent_is_approved(connection: Connection, site_id: int, page_id: int, parent_id: int) -> bool:
    return bool(statements.PARENT.rows(connection, {"b_site": site_id, "b_page": page_id, "b_id": parent_id}))


def _insert(connection: Connection, new: NewComment, page_id: int, comment_id: int) -> int | None:
    """The new comment's id (another one if this is taken), or None when the same was said before."""
    by_author, by_email = _said(new, page_id)
    row = {
        "site_id": new.page.site_id,
        "page_id": page_id,
        "parent_id": new.parent_id,
        "status": new.status,
        "author": new.draft.author,
        "email": new.draft.email,
        "url": new.draft.url,
        "text": new.draft.comment,
        "format": "markdown",
        "created_at": new.at,
        "client": new.client,
        "score": new.score,
        "reasons": new.reasons,
        "said_by_author": by_author,
        "said_by_email": by_email,
        "source": "",
        "source_id": None,
    }
    while not insert_if_absent(connection, tables.comment, row | {"id": comment_id}):
        said = {"b_site": new.page.site_id, "b_author": by_author, "b_email": by_email}
        if statements.SAID.rows(connection, said):
            return None
        comment_id = new_id()
    return comment_id


def _too_soon(connection: Connection, new: NewComment, ticket: Ticket) -> Refused:
    """The answer was right, or a review was asked for, and nothing got in: what was spent is good again in a moment.

    That tells nothing about an answer: a wrong one without a wish for review never comes so far.
    """
    for nonce in filter(None, (ticket.nonce, ticket.work and ticket.work.nonce)):
        statements.GIVE_BACK.run(connection, {"b_site": new.page.site_id, "b_nonce": nonce})
    return Refused(Refusal.FLOOD, _seconds_to_wait(connection, new))


def _duplicate(connection: Connection, new: NewComment, ticket: Ticket, page_id: int) -> Refused:
    """Said before: by this name, which everybody sees, or by this email address, which nobody else is to learn.

    The second is told to those only who may post now; a flood of guesses learns nothing.
    """
    by_author, by_email = _said(new, page_id)
    said = {"b_site": new.page.site_id, "b_author": by_author, "b_email": by_email}
    known_by_name = (by_author,) in statements.SAID.rows(connection, said)
    if not known_by_name and new.flood_seconds and not _note(connection, new):
        return _too_soon(connection, new, ticket)
    return Refused(Refusal.DUPLICATE)


def _said(new: NewComment, page_id: int) -> tuple[int, int]:
    return fingerprints(page_id, new.parent_id, new.draft.author, new.draft.email, new.draft.comment)


def _note(connection: Connection, new: NewComment) -> bool:
    """Note this post for its network and its email address, unless one of them posted a moment ago."""
    limit = new.at - timedelta(seconds=new.flood_seconds)
    return record_unless_recent(connection, new.page.site_id, (new.client, new.email_hash), new.at, limit)


def _seconds_to_wait(connection: Connection, new: NewComment) -> int:
    who = {"b_site": new.page.site_id, "b_client": new.client, "b_email": new.email_hash}
    last = max((at for (at,) in statements.RECENT.rows(connection, who)), default=new.at)
    return max(1, round(new.flood_seconds - (new.at - last).total_seconds()))
