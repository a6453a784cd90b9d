"""What a moderator does by a link in a mail: checked and carried out in one transaction, once for each comment mailed.

The link proves who it is, and what was seen. What the person may do is checked again each time.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, select, update

from db import tables
from db.models import Status
from service.admin_rights import CurrentAdmin, Right
from service.comments import moderate, moderator_reply
from service.comments.moderator_reply import Reply
from service.comments.side_effects import Audience
from service.comments.validation import Draft
from service.comments.write_statements import lock_pages_of
from service.mailed_link import Choice, MailedLink, read_version
from service.moderator_mail import Recipient, holder

_STATUSES = {Choice.APPROVE: Status.APPROVED, Choice.SPAM: Status.SPAM, Choice.TRASH: Status.TRASH}
_notice = tables.notice.c


class LinkState(StrEnum):
    """Whether a link works, or why it does not. ``CHANGED``: the comment is not as it was when it was mailed.
    ``NOT_ALLOWED``: whom it was mailed to may not moderate the site any more, or has another address."""

    OPEN = "open"
    OVER = "over"
    NOT_ALLOWED = "not allowed"
    GONE = "gone"
    USED = "used"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Examined:
    """A link as it stands. ``admin`` is there unless the link is over or not allowed; ``done`` says what was done by
    it, ``batch`` is that of its decision, and ``can_undo`` whether that still stands."""

    state: LinkState
    admin: CurrentAdmin | None = None
    done: str = ""
    batch: int | None = None
    can_undo: bool = False


@dataclass(frozen=True, slots=True)
class OwnReply:
    """A reply that the moderator typed. ``client`` is the moderator's own."""

    draft: Draft
    client: bytes
    audience: Audience


def examine(connection: Connection, link: MailedLink, at: datetime) -> Examined:
    """How a link stands. Changes nothing."""
    if link.is_over(at):
        return Examined(LinkState.OVER)
    to = _allowed(connection, link)
    if to is None:
        return Examined(LinkState.NOT_ALLOWED)
    version = read_version(connection, link.key)
    row = connection.execute(
        select(_notice.used_at, _notice.done, _notice.batch).where(*_is_notice(link, to.admin.id))
    ).first()
    if row is None or not version:
        return Examined(LinkState.GONE, to.admin)
    if row.used_at is not None:
        can_undo = bool(row.batch) and moderate.can_undo(connection, row.batch, to.admin.id)
        return Examined(LinkState.USED, to.admin, row.done, row.batch, can_undo)
    return Examined(LinkState.OPEN if version == link.version else LinkState.CHANGED, to.admin)


def choose(
    connection: Connection, link: MailedLink, choice: Choice, at: datetime, own_reply: OwnReply | None = None
) -> Examined:
    """Do what was chosen, if the link is open, and use it up. Returns how the link stood. ``own_reply`` is needed for a
    reply. Raises NotPosted.
    """
    lock_pages_of(connection, [link.key])
    examined = examine(connection, link, at)
    if examined.state is not LinkState.OPEN or examined.admin is None:
        return examined
    admin_id, batch = examined.admin.id, None
    if choice in _STATUSES:
        batch = moderate.decide(connection, [link.key], _STATUSES[choice], admin_id, at).id
    elif own_reply is not None:
        own = Reply(link.key, own_reply.draft, own_reply.client, own_reply.audience, admin_id, at)
        moderator_reply.reply(connection, own)
    used = update(tables.notice).where(*_is_notice(link, admin_id), _notice.used_at.is_(None))
    connection.execute(used.values(used_at=at, done=choice, batch=batch))
    return replace(examined, done=choice.value, batch=batch)


def take_back(connection: Connection, link: MailedLink, at: datetime) -> bool:
    """Undo what was done by a link, while it lasts and the person may still moderate. Returns whether it was undone."""
    lock_pages_of(connection, [link.key])
    examined = examine(connection, link, at)
    if not examined.can_undo or examined.admin is None or examined.batch is None:
        return False
    return bool(moderate.undo(connection, examined.batch, examined.admin.id, at).changed)


def _allowed(connection: Connection, link: MailedLink) -> Recipient | None:
    to = holder(connection, link.key[0], link.mailbox_id)
    return to if to is not None and to.admin.may(Right.MODERATE, link.key[0]) else None


def _is_notice(link: MailedLink, admin_id: int) -> tuple[ColumnElement[bool], ...]:
    return _notice.site_id == link.key[0], _notice.comment_id == link.key[1], _notice.admin_id == admin_id
