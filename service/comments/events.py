"""What follows from a change of a comment, in the transaction of the change: a new version of its page, mail to those
who want it, the name that its author keeps.

Whoever changes a comment in this folder calls these functions, so that no way to it can forget one: the form, the REST
API of WordPress, the admin, an author's private link. What a process remembers of a page is
forgotten after the commit: see ``service.comments.changes``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, select

from db import tables
from db.models import Status
from service.comments.authors import Claim, keep_name
from service.comments.statements import touch
from service.mail import outbox
from service.mail.outbox import MailKind
from service.mail.subscriptions import SubscriptionRequest, published, subscribe

Key = tuple[int, int]
"""(site_id, comment_id): which comment; or (site_id, page_id): which page."""

_SECONDS_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom mail may go to: ``readers`` who asked to be told of replies, ``owners`` when a comment waits for them."""

    readers: bool
    owners: bool


@dataclass(frozen=True, slots=True)
class Author:
    """Who posts. ``name``: it is proven to be theirs; ``wish``: they want to be told of replies."""

    name: Claim | None = None
    wish: SubscriptionRequest | None = None


NOBODY_KNOWN = Author()


def comment_added(
    connection: Connection, comment: Key, status: Status, author: Author, audience: Audience, at: datetime
) -> None:
    """A new comment is stored, with this status. Its page has its new version already: see ``submit``."""
    if author.name and status is Status.APPROVED:
        keep_name(connection, author.name, at)
    if author.wish and audience.readers:
        subscribe(connection, comment, author.wish, at)
    if status is Status.APPROVED and audience.readers:
        published(connection, [comment], at)
    if status is Status.PENDING and audience.owners:
        _comment_waits(connection, comment[0], at)


def statuses_changed(
    connection: Connection, shown: Collection[Key], pages: Iterable[Key], at: datetime
) -> tuple[Key, ...]:
    """Comments have got another status: ``shown`` may be seen now, and on ``pages`` readers see a change.

    Owners are not told of what one of them has put aside to wait. Whether mail is sent at all need not be asked:
    without it nobody has subscribed. Returns the pages, each once.
    """
    if shown:
        published(connection, shown, at)
    return _next_versions(connection, pages)


def edited_by_author(
    connection: Connection, page: Key, before: Status, after: Status, audience: Audience, at: datetime
) -> None:
    """An author has changed the text of a comment, and it was judged anew."""
    if Status.APPROVED in (before, after):
        _next_versions(connection, [page])
    if after is Status.PENDING and audience.owners:
        _comment_waits(connection, page[0], at)


def edited_by_moderator(connection: Connection, page: Key, status: Status) -> None:
    """A moderator has changed what a comment says. Nobody is told: whoever was, has been told of the comment."""
    if status is Status.APPROVED:
        _next_versions(connection, [page])


def deleted_by_author(connection: Connection, comment: Key, page: Key, before: Status) -> None:
    """An author has deleted a comment, and wants no mail about it any more."""
    wish = tables.subscription.c
    connection.execute(delete(tables.subscription).where(wish.site_id == comment[0], wish.comment_id == comment[1]))
    if before is Status.APPROVED:
        _next_versions(connection, [page])


def deleted_for_good(connection: Connection, page: Key) -> None:
    """A moderator has deleted a comment for good, and its replies have moved up."""
    _next_versions(connection, [page])


def comments_imported(connection: Connection, page: Key) -> None:
    """Comments of another system are shown now, or hang elsewhere.

    Nobody is told of them: they are history, and most of their authors and readers have long been elsewhere. Names are
    not kept either, since no browser has shown a proof.
    """
    _next_versions(connection, [page])


def _next_versions(connection: Connection, pages: Iterable[Key]) -> tuple[Key, ...]:
    """Move the versions of pages; one by one in order, so that no two writers wait for each other."""
    ordered = tuple(sorted(set(pages)))
    for site_id, page_id in ordered:
        touch(connection, site_id, page_id)
    return ordered


def _comment_waits(connection: Connection, site_id: int, at: datetime) -> None:
    """Tell the owners: at once, then once an hour at most. If this hour's mail is gone already, by the next hour's."""
    hour = int(at.timestamp()) // _SECONDS_AN_HOUR
    if outbox.enqueue(connection, site_id, MailKind.PENDING, hour, at):
        return
    mail = tables.outbox.c
    here = (mail.site_id == site_id, mail.kind == MailKind.PENDING, mail.about == hour, mail.done_at.is_not(None))
    if connection.execute(select(mail.about).where(*here)).first():
        begins = datetime.fromtimestamp(0, UTC) + timedelta(seconds=(hour + 1) * _SECONDS_AN_HOUR)
        outbox.enqueue(connection, site_id, MailKind.PENDING, hour + 1, at, begins)
