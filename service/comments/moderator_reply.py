"""A moderator's own comment: it takes the same way as a reader's, without a question."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from db import tables
from db.models import Status
from service.action_log import Act, ActKind, record
from service.comment_row import select_comments
from service.comments import moderate
from service.comments.side_effects import Audience, Key
from service.comments.submit import Accepted, NewComment, Refusal, Ticket, submit
from service.comments.validation import Draft, FieldProblem, Gettext, problems
from service.comments.write_statements import lock_pages_of
from service.page_address import PageRef
from service.spam.languages.text_language import guess_language

_comment = tables.comment.c


class NotPosted(Exception):
    """A moderator's comment was refused. It is raised, unlike the refusal of a reader's: no answered question must stay
    spent, and the transaction is rolled back with the approval of the comment that was to be answered. So its job runs
    alone: others would have to run again."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that a moderator wrote. ``client`` is the moderator's own; ``seen`` is the status of the parent that its
    moderator saw, None if it does not matter."""

    parent: Key
    draft: Draft
    client: bytes
    audience: Audience
    admin_id: int
    at: datetime
    seen: Status | None = None


@dataclass(frozen=True, slots=True)
class ModeratorComment:
    """A comment that a moderator, or a moderator's program, posts to a page. ``client`` is its own. ``created_at``:
    when it was written, if not now. ``staff``: for the site. ``approves``: whether it may approve what it answers."""

    page: PageRef
    draft: Draft
    client: bytes
    audience: Audience
    admin_id: int
    at: datetime
    title: str = ""
    parent_id: int | None = None
    status: Status = Status.APPROVED
    staff: bool = True
    created_at: datetime | None = None
    approves: bool = False

    @property
    def new(self) -> NewComment:
        """As it is submitted. No spam check has judged it, and no mail goes to owners: one of them wrote it."""
        return NewComment(
            page=self.page,
            title=self.title,
            parent_id=self.parent_id,
            draft=self.draft,
            status=self.status,
            score=0.0,
            reasons=[],
            client=self.client,
            email_hash=b"",
            at=self.at,
            flood_seconds=0,
            audience=replace(self.audience, owners=False),
            staff=self.staff,
            language=guess_language(self.draft.comment) or None,
        )


def problems_of_moderator(draft: Draft, gettext: Gettext = str) -> list[FieldProblem]:
    """What a moderator has to correct: as ``problems``, but the email address may be left out."""
    return problems(draft if draft.email else replace(draft, email="nobody@example.com"), gettext)


def own_ticket(at: datetime) -> Ticket:
    """The right to post once, for somebody who needs to answer no question."""
    return Ticket(secrets.token_bytes(16), at + timedelta(minutes=1), b"")


def reply(connection: Connection, new: Reply) -> Accepted:
    """Publish a reply to a comment: see ``post_own``. A parent that somebody else has moved since it was seen is not
    approved by that. Raises NotPosted.
    """
    lock_pages_of(connection, [new.parent])
    is_parent = (_comment.site_id == new.parent[0], _comment.id == new.parent[1])
    parent = connection.execute(select_comments().where(*is_parent)).first()
    if parent is None or (new.seen and parent.status not in (new.seen, Status.APPROVED)):
        raise NotPosted(Refusal.PARENT)
    page = PageRef(new.parent[0], parent.page_url, parent.page_key)
    own = ModeratorComment(page, new.draft, new.client, new.audience, new.admin_id, new.at, parent_id=new.parent[1])
    return post_own(connection, replace(own, approves=True))


def post_own(connection: Connection, own: ModeratorComment) -> Accepted:
    """Post a comment, and log that. It gets its date in the same transaction; mails keep to the time of the request.
    What it answers is approved if that is pending: readers could not understand the one without the other. What is
    spam or in the trash is not answered. What follows is what follows any comment: those who wait for replies are
    told. Raises NotPosted.
    """
    if own.approves and own.status is Status.APPROVED and own.parent_id is not None:
        _approve_pending(connection, (own.page.site_id, own.parent_id), own)
    result = submit(connection, own.new, own_ticket(own.at))
    if not isinstance(result, Accepted):
        raise NotPosted(result.refusal)
    if own.created_at:
        this = (_comment.site_id == result.site_id, _comment.id == result.comment_id)
        connection.execute(update(tables.comment).where(*this).values(created_at=own.created_at))
    record(connection, result.site_id, Act(ActKind.REPLY, own.at, own.admin_id, comment_id=result.comment_id))
    return result


def _approve_pending(connection: Connection, parent: Key, own: ModeratorComment) -> None:
    lock_pages_of(connection, [parent])
    is_parent = (_comment.site_id == parent[0], _comment.id == parent[1])
    if connection.execute(select(_comment.status).where(*is_parent)).scalar() == Status.PENDING:
        moderate.decide(connection, [parent], Status.APPROVED, own.admin_id, own.at)
