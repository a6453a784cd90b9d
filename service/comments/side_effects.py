"""What follows when a comment changes: a new version of the page, mail, a protected name, and news for webhooks.

Every function in this folder that changes a comment calls one of these in its own transaction. So none of the ways to
change a comment can forget a step: the form, the WordPress REST API, the admin, an author's private link, an import.
Caches of a process are not cleared here, because that has to happen after the commit: see
``service.comments.changes_for_caches``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete

from db import tables
from db.models import Status
from service.comments import page_titles, report_rows
from service.comments.changes_for_caches import page_changed
from service.comments.returning_authors import Claim, keep_name
from service.comments.write_statements import advance_page_version
from service.mail import notices
from service.mail.subscriptions import SubscriptionRequest, published, subscribe
from service.webhooks import message_queue as webhooks
from service.webhooks.site_webhooks import Event

Key = tuple[int, int]
"""(site_id, comment_id): which comment; or (site_id, page_id): which page."""

_EVENT_OF = {
    Status.APPROVED: Event.APPROVED,
    Status.PENDING: Event.HELD,
    Status.SPAM: Event.SPAM,
    Status.TRASH: Event.DELETED,
}
"""What webhooks hear when a comment gets a status."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may get mail: ``readers`` who subscribed to replies, ``owners`` (and moderators) about comments that are new
    or wait. ``by_setting``: among these the addresses of ``REPLY_NOTIFY``. ``most_a_day``: mails at once to one of
    them, 0 for no limit."""

    readers: bool
    owners: bool
    by_setting: bool = False
    most_a_day: int = 0


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a new comment. ``claim``: a name proven to be theirs; ``subscription``: they ask for mail about
    replies."""

    claim: Claim | None = None
    subscription: SubscriptionRequest | None = None


UNKNOWN_AUTHOR = Author()


class Place(NamedTuple):
    """A comment and its page."""

    site_id: int
    page_id: int
    comment_id: int


def comment_added(
    connection: Connection,
    comment: Key,
    status: Status,
    author: Author,
    audience: Audience,
    at: datetime,
    *,
    has_listeners: bool,
) -> None:
    """A new comment was stored. ``submit`` has advanced the version of its page already, and has seen there whether the
    site ``has_listeners``, that is, webhooks."""
    if author.claim and status is Status.APPROVED:
        keep_name(connection, author.claim, at)
    if author.subscription and audience.readers:
        subscribe(connection, comment, author.subscription, at)
    if status is Status.APPROVED and audience.readers:
        published(connection, [comment], at)
    _tell_moderators(connection, comment, status, audience, at)
    if has_listeners:
        news = [(Event.SUBMITTED, comment), (_EVENT_OF[status], comment)]
        webhooks.happened(connection, news, [comment[0]] if status is Status.APPROVED else [], at)


def statuses_changed(
    connection: Connection, comments: Mapping[Status, Sequence[Key]], pages: Iterable[Key], at: datetime
) -> tuple[Key, ...]:
    """Comments got another status: ``comments`` are those that have each status now; ``pages`` are those whose readers
    see a change.

    Moderators get no mail about a comment that one of them set to pending. No audience is needed: without mail there
    are no subscriptions. Returns the pages without duplicates.
    """
    page_titles.decided(connection, comments)
    if shown := comments.get(Status.APPROVED):
        published(connection, shown, at)
    changed = _advance_page_versions(connection, pages)
    news = [(_EVENT_OF[status], key) for status, keys in comments.items() for key in keys]
    webhooks.happened(connection, news, {site_id for site_id, _ in changed}, at)
    return changed


def held_by_reports(connection: Connection, comment: Key, audience: Audience, at: datetime) -> None:
    """Readers' reports hold a comment, and moderators hear of it. What ``statuses_changed`` does is done already."""
    _tell_moderators(connection, comment, Status.PENDING, audience, at)


def edited_by_author(
    connection: Connection, place: Place, before: Status, after: Status, audience: Audience, at: datetime
) -> None:
    """An author changed the text of a comment, and the spam check judged it again."""
    if after is Status.PENDING:
        _tell_moderators(connection, (place.site_id, place.comment_id), after, audience, at)
    events = [Event.EDITED] if after is before else [Event.EDITED, _EVENT_OF[after]]
    report_rows.words_changed(connection, (place.site_id, place.comment_id))
    _comment_changed(connection, place, events, at, visible=Status.APPROVED in (before, after))


def edited_by_moderator(connection: Connection, place: Place, status: Status, at: datetime) -> None:
    """A moderator changed the words of a comment. No mail is sent: subscribers got one when it was approved."""
    report_rows.words_changed(connection, (place.site_id, place.comment_id))
    _comment_changed(connection, place, [Event.EDITED], at, visible=status is Status.APPROVED)


def deleted_by_author(connection: Connection, place: Place, before: Status, at: datetime) -> None:
    """An author deleted a comment. That ends the subscription to replies to it."""
    subscription = tables.subscription.c
    of_comment = (subscription.site_id == place.site_id, subscription.comment_id == place.comment_id)
    connection.execute(delete(tables.subscription).where(*of_comment))
    page_titles.comment_gone(connection, *place)
    _comment_changed(connection, place, [Event.DELETED], at, visible=before is Status.APPROVED)


def deleted_for_good(connection: Connection, place: Place, at: datetime) -> None:
    """A moderator deleted a comment permanently; its replies moved up to its parent."""
    page_titles.comment_gone(connection, *place)
    report_rows.forget(connection, place.site_id, [place.comment_id])
    _comment_changed(connection, place, [Event.DELETED], at, visible=True)


def pages_changed(connection: Connection, pages: Iterable[Key], at: datetime) -> None:
    """Readers see a change of these pages that concerns no single comment: an import, its undo, the end of a retention.

    No mail is sent, and webhooks hear of no comment; a site is built again. Names are not protected either: no browser
    has shown a proof.
    """
    changed = _advance_page_versions(connection, pages)
    webhooks.happened(connection, [], {site_id for site_id, _ in changed}, at)


def pages_moved(connection: Connection, pages: Iterable[Key], at: datetime, site_id: int | None = None) -> None:
    """Pages got another address, or comments of another page; or an address of ``site_id`` leads elsewhere now.

    Webhooks hear of no comment, since none changed; a static site is built again.
    """
    changed = _advance_page_versions(connection, pages)
    sites = {each for each, _ in changed} | ({site_id} if site_id else set())
    if site_id:
        page_changed(connection, site_id, 0)  # versions are known by address, too
    webhooks.happened(connection, [], sites, at)


def _comment_changed(
    connection: Connection, place: Place, events: Iterable[Event], at: datetime, *, visible: bool
) -> None:
    """Tell webhooks of one comment, and advance its page where readers see the change."""
    if visible:
        _advance_page_versions(connection, [(place.site_id, place.page_id)])
    news = [(event, (place.site_id, place.comment_id)) for event in events]
    webhooks.happened(connection, news, [place.site_id] if visible else [], at)


def _advance_page_versions(connection: Connection, pages: Iterable[Key]) -> tuple[Key, ...]:
    """Advance each page once. They are locked in a fixed order, so that two transactions cannot deadlock."""
    ordered = tuple(sorted(set(pages)))
    for site_id, page_id in ordered:
        advance_page_version(connection, site_id, page_id)
    return ordered


def _tell_moderators(connection: Connection, comment: Key, status: Status, audience: Audience, at: datetime) -> None:
    """Note a comment that is shown or waits for those who want to be told by mail."""
    if audience.owners and status in (Status.APPROVED, Status.PENDING):
        notices.note(connection, comment, status, at, by_setting=audience.by_setting, most_a_day=audience.most_a_day)
