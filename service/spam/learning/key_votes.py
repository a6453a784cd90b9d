"""Votes by a site's check key: what its clients submit as spam or as none.

A vote is numbers, not text. Each comment has one, its last. So many a day are taken of a key, since others may know
it; they stay a year, and the newest thousand are fitted. They make a model of their own beside that of the moderators:
a key may serve forms that the site's moderators never see, so what it is told does not move the verdicts on the site's
own form unless the owner says so.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from db import tables
from db.models import Source, Status
from db.sql import upsert
from service.spam.classifier import Sample, shipped
from service.spam.learning.votes import KeptVote, Vote, forget

VOTES_A_DAY = 200
NEWEST = 1000
KEPT = timedelta(days=365)

_vote = tables.spam_vote.c


def vote_row(site_id: int, digest: bytes, sample: Sample, at: datetime, *, spam: bool) -> dict[str, Any]:
    """The row of a vote. Takes some milliseconds, so it is made outside of the writer.

    ``digest`` is the comment's, 8 bytes or more. No host or address is noted with it: keys teach no reputation.
    """
    return {
        "site_id": site_id,
        "source": Source.KEY,
        "comment_id": int.from_bytes(digest[:8], "big", signed=True),
        **KeptVote.of(sample, shipped()).as_row(),
        "spam": spam,
        "about": b"",
        "score": 0.0,
        "reasons": [],
        "at": at,
    }


def record_vote(connection: Connection, row: dict[str, Any]) -> bool:
    """Take a vote in. Returns False, and takes nothing, when this key has given all it may today."""
    site_id, at = row["site_id"], row["at"]
    of_today = (*_by_key(site_id), _vote.at >= at - timedelta(days=1))
    if connection.execute(select(func.count()).where(*of_today)).scalar_one() >= VOTES_A_DAY:
        return False
    upsert(connection, tables.spam_vote, row, lambda new: {"spam": new.spam, "at": new.at})
    forget(connection, site_id, Source.KEY, at - KEPT)
    return True


def read_submitted(connection: Connection, site_id: int) -> list[Vote]:
    """The key's newest votes, oldest first."""
    query = select(tables.spam_vote).where(*_by_key(site_id)).order_by(_vote.at.desc(), _vote.comment_id).limit(NEWEST)
    return [_read(row) for row in connection.execute(query)][::-1]


def submitted_mark(connection: Connection, site_id: int) -> str:
    """What tells whether the log has changed. Both halves move with every vote, so that a fit is measured against the
    general model alone: the one before may have heard a vote that has been turned round since."""
    newest, number = connection.execute(select(func.max(_vote.at), func.count()).where(*_by_key(site_id))).one()
    at = int(newest.timestamp() * 1e6) if newest else 0
    return f"{at}:{number}:{at}"


def _by_key(site_id: int) -> tuple[Any, ...]:
    return _vote.site_id == site_id, _vote.source == Source.KEY


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
