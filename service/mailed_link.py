"""The links in mails to moderators: to act on a comment, to confirm an address, and to end these mails.

A link names the address that it was mailed to, by its id. So it ends when the admin is removed, or takes another
address.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadData
from sqlalchemy import Connection, func, select

from db import tables
from db.models import Status
from service.secret_keys import Keyring

LIFETIME = timedelta(days=3)
"""How long the links to act work."""

CONFIRM_WITHIN = timedelta(days=2)
"""How long the link that confirms an address works."""

_ACT, _ADDRESS, _STOP = "mailed-act", "mailed-address", "mailed-stop"
_LONGEST = 500
_comment, _decision = tables.comment.c, tables.decision.c


class Choice(StrEnum):
    """What a link offers to do first. All links of a comment open the same page, which offers all of it."""

    APPROVE = "approve"
    SPAM = "spam"
    TRASH = "trash"
    REPLY = "reply"


CHOICES = {
    Status.PENDING: (Choice.APPROVE, Choice.SPAM, Choice.TRASH, Choice.REPLY),
    Status.APPROVED: (Choice.SPAM, Choice.TRASH, Choice.REPLY),
}
"""What the links of a mail can do with a comment of each status that is mailed."""


@dataclass(frozen=True, slots=True)
class MailedLink:
    """Names a comment (site, id) as it was when it was mailed to an address. ``version``: see ``read_version``."""

    mailbox_id: int
    key: tuple[int, int]
    version: str
    sent_at: datetime

    def sign(self, keyring: Keyring) -> str:
        """The link's token."""
        return str(
            keyring.serializer(_ACT).dumps(
                [self.mailbox_id, *self.key, self.version, int(self.sent_at.timestamp())],
            )
        )

    @classmethod
    def read(cls, keyring: Keyring, token: str) -> "MailedLink | None":
        """The link of a token, also one that is over; None if the token was not made here."""
        try:
            mailbox_id, site_id, comment_id, version, sent_at = keyring.serializer(_ACT).loads(token[:_LONGEST])
            at = datetime.fromtimestamp(int(sent_at), UTC)
            return cls(int(mailbox_id), (int(site_id), int(comment_id)), str(version), at)
        except (BadData, ValueError, TypeError):
            return None

    def is_over(self, now: datetime) -> bool:
        """Whether the link works no longer."""
        return now >= self.sent_at + LIFETIME


def read_version(connection: Connection, key: tuple[int, int]) -> str:
    """What changes when the words or the status of a comment change, or somebody decides on it; empty if there is no
    such comment."""
    is_comment = (_comment.site_id == key[0], _comment.id == key[1])
    words = (_comment.text, _comment.author, _comment.email, _comment.url, _comment.status)
    row = connection.execute(select(*words).where(*is_comment)).first()
    if row is None:
        return ""
    decided = select(func.max(_decision.id)).where(
        _decision.site_id == key[0], _decision.comment_id == key[1], _decision.undone_at.is_(None)
    )
    said = "\x00".join([*map(str, row), str(connection.execute(decided).scalar() or 0)])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:24]


def sign_address(keyring: Keyring, mailbox_id: int, now: datetime) -> str:
    """A token that confirms an address."""
    return str(keyring.serializer(_ADDRESS).dumps([mailbox_id, int((now + CONFIRM_WITHIN).timestamp())]))


def read_address(keyring: Keyring, token: str, now: datetime) -> int | None:
    """The id of the address that a token confirms; None if the token is invalid or too old."""
    try:
        mailbox_id, end = map(int, keyring.serializer(_ADDRESS).loads(token[:_LONGEST]))
    except (BadData, ValueError, TypeError):
        return None
    return mailbox_id if now.timestamp() < end else None


def sign_stop(keyring: Keyring, mailbox_id: int, site_id: int) -> str:
    """A token that ends the mails about a site. It does not expire."""
    return str(keyring.serializer(_STOP).dumps([mailbox_id, site_id]))


def read_stop(keyring: Keyring, token: str) -> tuple[int, int] | None:
    """(address, site) of a token that ends mails; None if it is invalid."""
    try:
        mailbox_id, site_id = map(int, keyring.serializer(_STOP).loads(token[:_LONGEST]))
    except (BadData, ValueError, TypeError):
        return None
    return mailbox_id, site_id
