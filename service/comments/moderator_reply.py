"""A moderator's own comment: it takes the same way as a reader's, without a question."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from db import tables
from db.models import Status
from service.action_log import Act, Action, record
from service.comment_row import select_comments
from service.comments import moderate
from service.comments.events import Audience, Key
from service.comments.submit import Accepted, NewComment, Refusal, Refused, Ticket, submit
from service.comments.validation import Draft
from service.urls import PageRef

_comment = tables.comment.c


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that a moderator wrote. ``client`` is the moderator's own."""

    parent: Key
    draft: Draft
    client: bytes
    audience: Audience
    admin_id: int
    at: datetime


def own_ticket(at: datetime) -> Ticket:
    """The right to post once, for somebody who needs to answer no question."""
    return Ticket(secrets.token_bytes(16), at + timedelta(minutes=1), b"")


def reply(connection: Connection, new: Reply) -> Accepted | Refused:
    """Publish a reply, and the comment that it answers if that waits: readers could not understand the one without the
    other. What follows is what follows any comment: those who wait for replies are told.
    """
    is_parent = (_comment.site_id == new.parent[0], _comment.id == new.parent[1])
    parent = connection.execute(select_comments().where(*is_parent)).first()
    if parent is None:
        return Refused(Refusal.PARENT)
    if parent.status != Status.APPROVED:
        moderate.decide(connection, [new.parent], Status.APPROVED, new.admin_id, new.at)
    comment = NewComment(
        page=PageRef(new.parent[0], parent.page_url, parent.page_key),
        title="",
        parent_id=new.parent[1],
        draft=new.draft,
        status=Status.APPROVED,
        score=0.0,
        reasons=[],
        client=new.client,
        email_hash=b"",
        at=new.at,
        flood_seconds=0,
        audience=new.audience,
        staff=True,
    )
    result = submit(connection, comment, own_ticket(new.at))
    if isinstance(result, Accepted):
        record(connection, new.parent[0], Act(Action.REPLY, new.at, new.admin_id, comment_id=result.comment_id))
    return result
