"""What a message tells, read when it is sent: what was withdrawn or erased meanwhile is not told."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.author_fields import PRIVATE_NAMES, PUBLIC_NAMES
from service.comment_row import CommentRow, select_comments
from service.webhooks.message_queue import TakenMessage
from service.webhooks.site_webhooks import TEST_EVENT, SiteWebhook

_MEMBERS = {"author": "name"}
_TOLD_OF = {Status.APPROVED, Status.PENDING, Status.SPAM}


@dataclass(frozen=True, slots=True)
class MessageContent:
    """What happened, and to which comment: None where it was deleted for good, and for a build.

    ``at`` is when it happened, ``admin`` the address of the list of comments.
    """

    id: str
    event: str
    at: datetime
    site: str
    admin: str
    comment_id: int
    comment: CommentRow | None

    @property
    def link(self) -> str:
        """Where to look at the comment: the page, or the list of comments while it is not shown."""
        if self.comment is not None and self.comment.status is Status.APPROVED:
            return self.comment.permalink
        return self.admin


def read_news(connection: Connection, hook: SiteWebhook, message: TakenMessage, public_url: str) -> MessageContent:
    """The news of a message, from the current data."""
    site = connection.execute(select(tables.site.c.origin).where(tables.site.c.id == hook.site_id)).scalar_one()
    comment = None
    if message.event == TEST_EVENT:
        comment = _sample(hook, site, message.created_at)
    elif message.comment_id:
        key = (tables.comment.c.site_id == hook.site_id, tables.comment.c.id == message.comment_id)
        row = connection.execute(select_comments().where(*key)).first()
        comment = CommentRow(**{each.name: row._mapping[each.name] for each in fields(CommentRow)}) if row else None
    news = (message.message_id, message.event, message.created_at, site, f"{public_url}/admin")
    return MessageContent(*news, message.comment_id, comment)


def as_json(news: MessageContent, *, with_email: bool) -> dict[str, Any]:
    """The body for programs: ``type``, ``timestamp`` and ``data``, as Standard Webhooks has them.

    A comment in the trash comes without its words and its author: it was withdrawn.
    """
    data: dict[str, Any] = {"site": news.site}
    if news.comment_id:
        data["id"] = news.comment_id
    if (comment := news.comment) is not None:
        data |= {
            "id": comment.id,
            "page": {"url": comment.page_url, "title": comment.page_title},
            "parent_id": comment.parent_id,
            "status": comment.status.value,
            "created_at": _stamp(comment.created_at),
            "url": comment.permalink,
        }
        if comment.status in _TOLD_OF:
            names = (*PUBLIC_NAMES, *(PRIVATE_NAMES if with_email else ()))
            data["author"] = {_MEMBERS.get(name, name): getattr(comment, name) for name in names}
            data |= {"text": comment.text, "format": comment.format}
    return {"type": news.event, "timestamp": _stamp(news.at), "data": data}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sample(hook: SiteWebhook, site: str, at: datetime) -> CommentRow:
    """A comment that does not exist, for a test."""
    return CommentRow(
        id=0,
        author="Ada Example",
        url="",
        text="This is a test. Nobody has written a comment.",
        format="markdown",
        created_at=at,
        site_id=hook.site_id,
        page_id=0,
        parent_id=None,
        status=Status.APPROVED,
        email="ada@example.org",
        source="",
        page_url=f"{site}/",
        page_key="/",
        page_title="A test",
    )
