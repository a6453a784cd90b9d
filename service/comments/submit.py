"""The transaction that stores a new comment: spend the nonce, insert, refuse duplicates and floods.

Hashing, the spam check and rendering happen before it, so the single writer is busy only for the inserts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from db import tables
from db.column_types import new_id
from db.dialect_sql import record_unless_recent, step_of_insert
from db.job_steps import Step, Steps, run_steps
from db.models import Status
from service.captcha.passes import Pass
from service.comments import page_titles, side_effects, write_statements
from service.comments.find_page import find_or_create_page
from service.comments.side_effects import UNKNOWN_AUTHOR, Audience, Author
from service.comments.validation import Draft
from service.comments.write_statements import fingerprints
from service.page_address import PageRef

_MOST_ID_DRAWS = 3
"""Two equal ids are rare (see ``db.column_types.new_id``); three in a row mean that something else refuses the row."""


class Refusal(StrEnum):
    """Why the transaction refused a comment."""

    USED = "used"
    PARENT = "parent"
    CLOSED = "closed"
    DUPLICATE = "duplicate"
    FLOOD = "flood"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to post once: the nonce of an answered challenge. ``digest`` is a hash of the form; the same digest
    means a double click, another one a second try.

    ``work`` is a proof of work that is spent together with the nonce.
    """

    nonce: bytes
    expires_at: datetime
    digest: bytes
    work: Pass | None = None


@dataclass(frozen=True, slots=True)
class NewComment:
    """A comment that has passed every check before the transaction. ``client`` is a keyed hash of the author's network,
    ``email_hash`` one of the email address; the flood limit applies to both. ``flood_seconds``: 0 for no limit.
    ``staff``: a moderator wrote it, for the site."""

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
    author: Author = UNKNOWN_AUTHOR
    staff: bool | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The comment is stored once the transaction is committed. ``version`` is that of the page after it."""

    site_id: int
    page_id: int
    comment_id: int
    status: Status
    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, with the seconds to wait. It is returned, not raised: an exception would roll back the spent nonce,
    and one question could be answered any number of times."""

    refusal: Refusal
    retry_after: int = 0


def spend(connection: Connection, site_id: int, ticket: Ticket) -> bool:
    """Use up a nonce and its proof of work (by its nonce, however it is encoded). Returns whether both were unused."""
    return _spend(connection, site_id, ticket) and (not ticket.work or _spend(connection, site_id, ticket.work))


def submit(connection: Connection, new: NewComment, ticket: Ticket) -> Accepted | Refused:
    """As ``submit_in_steps``, one step after the other."""
    return run_steps(connection, submit_in_steps(connection, new, ticket))


def submit_in_steps(connection: Connection, new: NewComment, ticket: Ticket) -> Steps[Accepted | Refused]:
    """Store a comment, with everything that follows from it (see ``events``).

    Returns a refusal when the nonce was used, the page is closed, the parent is not shown, or the comment is a
    duplicate or comes too soon after the last one.
    """
    site_id = new.page.site_id
    comment_id = new_id()  # generated here, so that spending the nonce can name the comment in the same statement
    if not (yield _spending(connection, site_id, ticket, comment_id)):
        return _first_result(connection, site_id, ticket)
    if ticket.work and not _spend(connection, site_id, ticket.work):
        return Refused(Refusal.USED)
    is_shown = new.status is Status.APPROVED
    *page, has_listeners = yield from find_or_create_page(connection, new.page, new.at, advance=is_shown)
    page_id, version, closed = page[:3]
    if closed:
        return Refused(Refusal.CLOSED)
    if new.parent_id and not _parent_is_approved(connection, site_id, page_id, new.parent_id):
        return Refused(Refusal.PARENT)
    by_author, by_email = fingerprints(page_id, new.parent_id, new.draft.author, new.draft.email, new.draft.comment)
    row = _comment_row(new, page_id) | {"said_by_author": by_author, "said_by_email": by_email}
    # Insert first, then look for the cause of a conflict: looking first would miss a comment written at the same time.
    inserted_id = yield from _insert(connection, row, comment_id)
    if inserted_id is None:
        return (yield from _refuse_duplicate(connection, new, ticket, row))
    if inserted_id != comment_id:
        comment_id = inserted_id
        nonce_of_comment = {"b_site": site_id, "b_nonce": ticket.nonce, "b_comment": comment_id}
        write_statements.SET_COMMENT_OF_NONCE.run(connection, nonce_of_comment)
    if new.flood_seconds and not (yield from _record_post(connection, new)):
        write_statements.DELETE_COMMENT.run(connection, {"b_site": site_id, "b_id": comment_id})
        return _refuse_flood(connection, new, ticket)
    page_titles.came_with(connection, (site_id, comment_id), new.status, (new.title, new.page.url), tuple(page))
    side_effects.comment_added(
        connection, (site_id, comment_id), new.status, new.author, new.audience, new.at, has_listeners=has_listeners
    )
    return Accepted(site_id, page_id, comment_id, new.status, version)


def _spend(connection: Connection, site_id: int, proof: Ticket | Pass) -> bool:
    """Whether the nonce was unused."""
    spending = _spending(connection, site_id, proof)
    return spending.statement.run(connection, spending.values) == 1


def _spending(connection: Connection, site_id: int, proof: Ticket | Pass, comment_id: int | None = None) -> Step:
    """Uses up a nonce, unless it was used. It stays spent even if the comment is refused afterwards."""
    row = {"site_id": site_id, "nonce": proof.nonce, "expires_at": proof.expires_at, "comment_id": comment_id}
    digest = proof.digest if isinstance(proof, Ticket) else None
    return step_of_insert(connection, tables.spent, row | {"digest": digest})


def _first_result(connection: Connection, site_id: int, ticket: Ticket) -> Accepted | Refused:
    """What to answer when the nonce was used: for a double click the result of the first, otherwise a refusal."""
    row = write_statements.FIRST_RESULT.first(connection, {"b_site": site_id, "b_nonce": ticket.nonce})
    if row is None or row[-1] != ticket.digest:
        return Refused(Refusal.USED)
    page_id, comment_id, status, version, _ = row
    return Accepted(site_id, page_id, comment_id, Status(status), version)


def _parent_is_approved(connection: Connection, site_id: int, page_id: int, parent_id: int) -> bool:
    return bool(
        write_statements.APPROVED_PARENT.rows(connection, {"b_site": site_id, "b_page": page_id, "b_id": parent_id})
    )


def _comment_row(new: NewComment, page_id: int) -> dict[str, Any]:
    return {
        "site_id": new.page.site_id,
        "page_id": page_id,
        "parent_id": new.parent_id,
        "status": new.status,
        **new.draft.columns,
        "format": "markdown",
        "created_at": new.at,
        "client": new.client,
        "score": new.score,
        "reasons": new.reasons,
        "source": "",
        "source_id": None,
        "staff": new.staff,
        "language": new.language,
    }


def _insert(connection: Connection, row: dict[str, Any], comment_id: int) -> Steps[int | None]:
    """Insert the comment. Returns its id, which differs from ``comment_id`` if that was taken, or None for a duplicate.
    Raises RuntimeError if neither explains why nothing was inserted: another unique index refused the row."""
    for _ in range(_MOST_ID_DRAWS):
        if (yield step_of_insert(connection, tables.comment, row | {"id": comment_id})):
            return comment_id
        if _fingerprints_of_same(connection, row):
            return None
        comment_id = new_id()  # two processes drew the same id in the same millisecond
    raise RuntimeError(f"A comment was refused {_MOST_ID_DRAWS} times, and is no duplicate.")


def _fingerprints_of_same(connection: Connection, row: Mapping[str, Any]) -> set[int]:
    """The fingerprints by author of the stored comments that this one repeats."""
    values = {"b_site": row["site_id"], "b_author": row["said_by_author"], "b_email": row["said_by_email"]}
    return {by_author for (by_author,) in write_statements.SAME_COMMENT.rows(connection, values)}


def _refuse_flood(connection: Connection, new: NewComment, ticket: Ticket) -> Refused:
    """Refuse a post that comes too soon after the last one. The nonce and the proof of work become valid again, so the
    same form can be sent after the wait. This reveals nothing about the answer: a wrong one gets here only with a
    request for review."""
    for nonce in filter(None, (ticket.nonce, ticket.work and ticket.work.nonce)):
        write_statements.RETURN_NONCE.run(connection, {"b_site": new.page.site_id, "b_nonce": nonce})
    return Refused(Refusal.FLOOD, _seconds_to_wait(connection, new))


def _refuse_duplicate(
    connection: Connection, new: NewComment, ticket: Ticket, row: Mapping[str, Any]
) -> Steps[Refused]:
    """Refuse a comment that was posted before.

    A duplicate by the same name is reported at once, as in WordPress: names are public. One by the same email address
    alone is reported only within the flood limit; otherwise addresses could be guessed one after the other.
    """
    same_name = row["said_by_author"] in _fingerprints_of_same(connection, row)
    if not same_name and new.flood_seconds and not (yield from _record_post(connection, new)):
        return _refuse_flood(connection, new, ticket)
    return Refused(Refusal.DUPLICATE)


def _record_post(connection: Connection, new: NewComment) -> Steps[bool]:
    """Record the post for its network and email address; False, unrecorded, if either posted within the flood limit."""
    limit = new.at - timedelta(seconds=new.flood_seconds)
    return record_unless_recent(connection, new.page.site_id, (new.client, new.email_hash), new.at, limit)


def _seconds_to_wait(connection: Connection, new: NewComment) -> int:
    clients = {"b_site": new.page.site_id, "b_client": new.client, "b_email": new.email_hash}
    last = max((at for (at,) in write_statements.RECENT_POSTS.rows(connection, clients)), default=new.at)
    return max(1, round(new.flood_seconds - (new.at - last).total_seconds()))
