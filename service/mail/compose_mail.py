"""Composes the message of an outbox entry from the current data, so nothing withdrawn meanwhile is sent."""

from dataclasses import dataclass, fields
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select

from db import tables
from db.models import Status
from service.comment_row import CommentRow, select_comments
from service.language import admin_language
from service.mail import admin_messages, reader_messages
from service.mail.compose_notice import NoticeComposer
from service.mail.outbox import MailKind, TakenMail, replies_before
from service.mail.reader_messages import MailSender
from service.mail.subscriptions import CONFIRM_WITHIN
from service.mailed_link import sign_address
from service.personal_data_link import PersonLink
from service.secret_keys import Keyring, sign_comment
from service.smtp_url import mailbox

_comment, _site, _subscription = tables.comment.c, tables.site.c, tables.subscription.c
_mailbox = tables.admin_mailbox.c
_parent = tables.comment.alias("parent")


@dataclass(frozen=True, slots=True)
class Composer:
    """``owners`` are the addresses of ``REPLY_NOTIFY``. ``replies_a_day``: how many mails about replies an address
    gets, 0 for no limit. ``language`` is the tag of ``REPLY_LANGUAGE``, for mails to admins."""

    sender: MailSender
    keyring: Keyring
    owners: tuple[Address, ...]
    replies_a_day: int
    language: str

    def message(self, connection: Connection, taken: TakenMail, now: datetime) -> EmailMessage | None:
        """The message to send. None if it is no longer wanted: the comment is not shown any more, the subscription has
        ended, or the address is invalid."""
        write = {
            MailKind.CONFIRM: self._confirmation,
            MailKind.REPLY: self._reply,
            MailKind.NOTICE: self._notice,
            MailKind.DIGEST: self._notice,
            MailKind.ADDRESS: self._admin_address,
            MailKind.PERSONAL_DATA: self._personal_data,
        }
        return write[taken.kind](connection, taken, now)

    def _confirmation(self, connection: Connection, taken: TakenMail, now: datetime) -> EmailMessage | None:
        row = connection.execute(
            select(_comment.email, _site.origin, _subscription.lang)
            .join(
                tables.subscription,
                and_(_subscription.site_id == _comment.site_id, _subscription.comment_id == _comment.id),
            )
            .join(tables.site, _site.id == _comment.site_id)
            .where(*_shown(taken), _subscription.confirmed_at.is_(None))
        ).first()
        to = _address(row.email) if row else None
        if row is None or to is None:
            return None
        token = sign_comment(self.keyring, "mail-confirm", taken.site_id, taken.about, now + CONFIRM_WITHIN)
        return reader_messages.confirmation(self.sender, taken, to, row.lang, row.origin, token)

    def _reply(self, connection: Connection, taken: TakenMail, _now: datetime) -> EmailMessage | None:
        row = connection.execute(
            select_comments(_parent.c.email.label("to"), _subscription.lang)
            .join(_parent, and_(_parent.c.site_id == _comment.site_id, _parent.c.id == _comment.parent_id))
            .join(
                tables.subscription,
                and_(_subscription.site_id == _parent.c.site_id, _subscription.comment_id == _parent.c.id),
            )
            .where(*_shown(taken), _parent.c.status == Status.APPROVED, _subscription.confirmed_at.is_not(None))
        ).first()
        to = _address(row.to) if row else None
        if row is None or to is None or self._has_enough(connection, taken, row.to):
            return None
        token = sign_comment(self.keyring, "mail-unsubscribe", taken.site_id, row.parent_id)
        return reader_messages.reply(self.sender, taken, to, row.lang, _comment_of(row), token)

    def _has_enough(self, connection: Connection, taken: TakenMail, email: str) -> bool:
        """Whether the address got all mails of this day. Counted by when they were added: so those that are left out do
        not move the limit, however long a flood lasts."""
        return 0 < self.replies_a_day <= replies_before(connection, taken, email)

    def _notice(self, connection: Connection, taken: TakenMail, now: datetime) -> EmailMessage | None:
        return NoticeComposer(self.sender, self.keyring, self.owners, admin_language(self.language)).message(
            connection, taken, now
        )

    def _admin_address(self, connection: Connection, taken: TakenMail, now: datetime) -> EmailMessage | None:
        asked = (_mailbox.id == taken.about, _mailbox.confirmed_at.is_(None))
        email = connection.execute(select(_mailbox.email).where(*asked)).scalar()
        to = _address(email) if email else None
        if to is None:
            return None
        token = sign_address(self.keyring, taken.about, now)
        return admin_messages.address(self.sender, taken, to, admin_language(self.language), token)

    def _personal_data(self, connection: Connection, taken: TakenMail, now: datetime) -> EmailMessage | None:
        """In the comment's language, since nobody knows the person's."""
        this = (_comment.site_id == taken.site_id, _comment.id == taken.about)
        query = select(_comment.email, _comment.language, _site.origin).join(tables.site, _site.id == _comment.site_id)
        row = connection.execute(query.where(*this)).first()
        to = _address(row.email) if row else None
        if row is None or to is None:
            return None
        token = PersonLink.of(self.keyring, (taken.site_id, taken.about), row.email).sign(self.keyring, now)
        return reader_messages.personal_data(self.sender, taken, to, row.language or "", row.origin, token)


def _shown(taken: TakenMail) -> tuple[ColumnElement[bool], ...]:
    return _comment.site_id == taken.site_id, _comment.id == taken.about, _comment.status == Status.APPROVED


def _address(email: str) -> Address | None:
    """The address parsed; None if it is not one that every mail server accepts."""
    try:
        return mailbox(email)
    except ValueError:
        return None


def _comment_of(row: Any) -> CommentRow:
    return CommentRow(**{each.name: row._mapping[each.name] for each in fields(CommentRow)})
