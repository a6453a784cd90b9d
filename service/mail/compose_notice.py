"""Composes what tells a moderator of comments, those that are still news when the mail is sent, with links to act."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from db import tables
from db.models import Status
from service.admin_rights import Right
from service.comment_row import CommentRow, select_comments
from service.language import Language
from service.mail import notice_message
from service.mail.notice_message import LONGEST_TEXT, MOST_IN_A_MAIL, NoticedComment, Told
from service.mail.notices import BY_SETTING, noted_for
from service.mail.outbox import TakenMail
from service.mail.reader_messages import MailSender
from service.mailed_link import CHOICES, Choice, MailedLink, read_version, sign_stop
from service.moderator_mail import MailTopic, Recipient, addresses_in_use, recipient
from service.secret_keys import Keyring
from service.smtp_url import mailbox

_comment, _notice, _decision, _site = tables.comment.c, tables.notice.c, tables.decision.c, tables.site.c


@dataclass(frozen=True, slots=True)
class NoticeComposer:
    """``owners``: the addresses of ``REPLY_NOTIFY``. ``spoken``: the language of the mails."""

    sender: MailSender
    keyring: Keyring
    owners: tuple[Address, ...]
    spoken: Language

    def message(self, connection: Connection, taken: TakenMail, now: datetime) -> EmailMessage | None:
        """The message to send. None if nothing in it is news any more, or nobody wants to be told."""
        admin_id = noted_for(taken)
        if admin_id is None:
            whose = select(_notice.admin_id).where(_notice.site_id == taken.site_id, _notice.mail == taken.about)
            admin_id = connection.execute(whose).scalar()
        if admin_id is None:
            return None
        if admin_id == BY_SETTING:
            return self._to_setting(connection, taken)
        to = recipient(connection, taken.site_id, admin_id)
        if to is None or to.wish.what is MailTopic.NOTHING:
            return None
        return self._to_admin(connection, taken, to, now)

    def _to_setting(self, connection: Connection, taken: TakenMail) -> EmailMessage | None:
        """An admin who has confirmed one of the addresses has a wish, and is told by that alone."""
        in_use = addresses_in_use(connection)
        to = tuple(each for each in self.owners if each.addr_spec.lower() not in in_use)
        rows = _news(connection, taken, BY_SETTING, MailTopic.HELD)
        if not to or not rows:
            return None
        told = _told(connection, taken, to, rows, [NoticedComment(row) for row in rows])
        return notice_message.write(self.sender, taken, told, self.spoken)

    def _to_admin(self, connection: Connection, taken: TakenMail, to: Recipient, now: datetime) -> EmailMessage | None:
        rows = _news(connection, taken, to.admin.id, to.wish.what)
        if not rows:
            return None
        may_act = to.admin.may(Right.MODERATE, taken.site_id)
        news = [
            NoticedComment(row, self._links(connection, to, row, now) if may_act else {})
            for row in rows[:MOST_IN_A_MAIL]
        ]
        told = _told(connection, taken, (mailbox(to.mailbox.email),), rows, news)
        stop = self.sender.link("/mail/notices", token=sign_stop(self.keyring, to.mailbox.id, taken.site_id))
        return notice_message.write(self.sender, taken, told, self.spoken, stop)

    def _links(self, connection: Connection, to: Recipient, row: CommentRow, now: datetime) -> dict[Choice, str]:
        key = (row.site_id, row.id)
        token = MailedLink(to.mailbox.id, key, read_version(connection, key), now).sign(self.keyring)
        return {each: self.sender.link("/admin/mailed", do=each.value, token=token) for each in CHOICES[row.status]}


def _news(connection: Connection, taken: TakenMail, admin_id: int, what: MailTopic) -> Sequence[CommentRow]:
    """The comments of a mail that are still news, newest first: they wait, or are shown, if these are wanted, and no
    moderator has decided on them."""
    is_noted = and_(
        _notice.site_id == _comment.site_id,
        _notice.comment_id == _comment.id,
        _notice.admin_id == admin_id,
        _notice.mail == taken.about,
    )
    noted: ColumnElement[bool] = exists().where(is_noted)
    if admin_id == BY_SETTING and not _has_notices(connection, taken):
        noted = _comment.status == Status.PENDING  # queued by a version that noted no comments: all that wait are meant
    decided = exists().where(
        _decision.site_id == _comment.site_id, _decision.comment_id == _comment.id, _decision.undone_at.is_(None)
    )
    wanted: ColumnElement[bool] = _comment.status == Status.PENDING
    if what is MailTopic.ALL:
        wanted = or_(wanted, and_(_comment.status == Status.APPROVED, ~decided))
    query = (
        select_comments(longest=LONGEST_TEXT + 1)
        .where(_comment.site_id == taken.site_id, noted, wanted)
        .order_by(_comment.created_at.desc(), _comment.id.desc())
        .limit(MOST_IN_A_MAIL + 1)
    )
    return [_comment_of(row) for row in connection.execute(query)]


def _has_notices(connection: Connection, taken: TakenMail) -> bool:
    query = select(_notice.comment_id).where(_notice.site_id == taken.site_id, _notice.mail == taken.about)
    return connection.execute(query.limit(1)).first() is not None


def _told(
    connection: Connection,
    taken: TakenMail,
    to: tuple[Address, ...],
    rows: Sequence[CommentRow],
    news: Sequence[NoticedComment],
) -> Told:
    waits = select(func.count()).where(_comment.site_id == taken.site_id, _comment.status == Status.PENDING)
    origin = connection.execute(select(_site.origin).where(_site.id == taken.site_id)).scalar_one()
    more = len(rows) > MOST_IN_A_MAIL
    return Told(to, origin, connection.execute(waits).scalar_one(), tuple(news[:MOST_IN_A_MAIL]), more)


def _comment_of(row: Any) -> CommentRow:
    return CommentRow(**{each.name: row._mapping[each.name] for each in fields(CommentRow)})
