"""Votes by a site's check key: what its clients submit as spam or ham.

A vote is numbers, not text, and each comment has one, its last. A key may cast VOTES_A_DAY, since others may know it.
Votes are kept for a year; the NEWEST are fitted, into a model separate from the moderators'. A key may serve forms that
the site's moderators never see, so its model affects the site's own form only if the owner says so.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from db import tables
from db.dialect_sql import upsert
from db.models import Status, VoteSource
from service.spam.classifier import Sample, shipped
from service.spam.learning.moderator_votes import KeptVote, Vote, forget

VOTES_A_DAY = 200
NEWEST = 1000
KEPT = timedelta(days=365)

_vote = tables.spam_vote.c


def vote_row(site_id: int, digest: bytes, sample: Sample, at: datetime, *, spam: bool) -> dict[str, Any]:
    """The row of a vote. It takes some milliseconds to make, so call it outside the writer.

    ``digest``: at least 8 bytes that identify the comment. No host or address is stored: keys teach no reputation.
    """
    return {
        "site_id": site_id,
        "source": VoteSource.KEY,
        "comment_id": int.from_bytes(digest[:8], "big", signed=True),
        **KeptVote.of(sample, shipped()).as_row(),
        "spam": spam,
        "about": b"",
        "score": 0.0,
        "reasons": [],
        "at": at,
    }


def record_vote(connection: Connection, row: dict[str, Any]) -> bool:
    """Store a vote. Returns False without storing it if the key has used up its votes of today."""
    site_id, at = row["site_id"], row["at"]
    of_today = (*_by_key(site_id), _vote.at >= at - timedelta(days=1))
    if connection.execute(select(func.count()).where(*of_today)).scalar_one() >= VOTES_A_DAY:
        return False
    upsert(connection, tables.spam_vote, row, lambda new: {"spam": new.spam, "at": new.at})
    forget(connection, site_id, VoteSource.KEY, at - KEPT)
    return True


def read_submitted(connection: Connection, site_id: int) -> list[Vote]:
    """The key's newest votes, oldest first."""
    query = select(tables.spam_vote).where(*_by_key(site_id)).order_by(_vote.at.desc(), _vote.comment_id).limit(NEWEST)
    return [_read(row) for row in connection.execute(query)][::-1]


def submitted_mark(connection: Connection, site_id: int) -> str:
    """Changes with the log. Both halves change with every vote, so each fit is compared with the prior alone: the
    previous model may have learned from a vote that has been reversed since."""
    newest, number = connection.execute(select(func.max(_vote.at), func.count()).where(*_by_key(site_id))).one()
    at = int(newest.timestamp() * 1e6) if newest else 0
    return f"{at}:{number}:{at}"


def _by_key(site_id: int) -> tuple[Any, ...]:
    return _vote.site_id == site_id, _vote.source == VoteSource.KEY


def _read(row: Any) -> Vote:
    return Vote(
        comment_id=row.comment_id,
        spam=bool(row.spam),
        moderator="",
        at=row.at,
        before=Status.PENDING,
        text=None,
        author="",
        email="",
        url="",
        client=b"",
        score=row.score,
        reasons=row.reasons,
        kept=KeptVote.from_row(row),
    )
