"""The webhooks of a site: what they are, and how they are added, listed and removed."""

import base64
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, select

from db import tables
from db.column_types import new_id
from service.language import N_

_hook, _delivery, _attempt = tables.webhook.c, tables.webhook_delivery.c, tables.webhook_attempt.c


class Event(StrEnum):
    """What happened to a comment."""

    SUBMITTED = "comment.submitted"
    HELD = "comment.held"
    APPROVED = "comment.approved"
    SPAM = "comment.spam"
    DELETED = "comment.deleted"
    EDITED = "comment.edited"


BUILD_EVENT = "site.changed"
TEST_EVENT = "webhook.test"


class Kind(StrEnum):
    """Who receives it, and so what the body looks like."""

    STANDARD = "standard"
    SLACK = "slack"
    DISCORD = "discord"
    TELEGRAM = "telegram"
    NTFY = "ntfy"
    MATRIX = "matrix"
    BUILD = "build"
    GITHUB = "github"

    @property
    def is_build(self) -> bool:
        """Whether it rebuilds a site. Then it is sent only that something changed, once for many changes."""
        return self in (Kind.BUILD, Kind.GITHUB)

    @property
    def is_signed(self) -> bool:
        """Whether the receiver can be a program of the owner's, which checks a signature."""
        return self in (Kind.STANDARD, Kind.BUILD)

    @property
    def events(self) -> tuple[Event, ...]:
        """What it hears of, unless the owner chooses."""
        if self.is_build:
            return ()
        return tuple(Event) if self is Kind.STANDARD else (Event.HELD, Event.APPROVED)


NEEDS = {Kind.TELEGRAM: ("room",), Kind.MATRIX: ("room", "token"), Kind.GITHUB: ("token",)}
"""What a kind needs besides its address."""

_ADDRESS = {
    Kind.GITHUB: (
        r"https?://[^/]+/repos/[\w.-]+/[\w.-]+/dispatches",
        "https://api.github.com/repos/YOU/SITE/dispatches",
    ),
    Kind.TELEGRAM: (r"https?://[^/]+/bot[\w:-]+/sendMessage", "https://api.telegram.org/botTOKEN/sendMessage"),
    Kind.MATRIX: (r"https?://[^/]+/?", "https://matrix.example.com"),
    Kind.NTFY: (r"https?://[^/]+/[\w-]{1,64}", "https://ntfy.sh/your-topic"),
}


class WebhookProblem(StrEnum):
    """Why a webhook is invalid, or why its receiver did not take a message."""

    NOT_WHOLE = N_("The address must be complete, such as https://example.com/hook")
    LOOKS_LIKE = N_("The address of %(kind)s looks like %(example)s")
    NEEDS = N_("%(kind)s needs %(options)s.")
    TOKEN = N_("The token must be printable ASCII, 500 characters at most.")
    ROOM = N_("The room is too long.")
    NO_EVENTS = N_("%(kind)s has no events: it builds after every change that readers see.")
    NO_EMAIL = N_("Only webhooks of the kind standard can include email addresses.")
    PRIVATE = N_("%(problem)s. REPLY_WEBHOOK_PRIVATE=true allows it.")
    NOT_WRITTEN = N_("The message could not be written: see the log.")
    REDIRECTS = N_("It redirects, which is not followed.")
    ANSWERED = N_("It answered %(status)s.")


class BadWebhook(ValueError):
    """An invalid webhook. The message is a ``WebhookProblem``, or a ``FetchProblem`` of its address."""


@dataclass(frozen=True, slots=True)
class SiteWebhook:
    """A webhook as stored. ``room`` is Telegram's chat or Matrix's room."""

    site_id: int
    id: int
    kind: Kind
    url: str
    events: tuple[Event, ...]
    secret: str
    token: str
    room: str
    with_email: bool
    created_at: datetime
    stopped_at: datetime | None

    @property
    def place(self) -> str:
        """Where it goes, without what may be secret: the paths of Slack's, Discord's and Telegram's addresses are."""
        return place_of(self.url)


def place_of(url: str) -> str:
    """An address without what may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A webhook as an owner asks for it. No ``events``: those of its kind."""

    kind: Kind
    url: str
    events: Sequence[Event] = ()
    token: str = ""
    room: str = ""
    with_email: bool = False


def add(connection: Connection, site_id: int, wanted: Wanted, at: datetime) -> SiteWebhook:
    """Store a webhook, with a new secret if its kind is signed. Raises BadWebhook."""
    refuse_bad(wanted)
    row: dict[str, Any] = {
        "site_id": site_id,
        "id": new_id(),
        "kind": wanted.kind.value,
        "url": wanted.url,
        "events": " ".join(wanted.events or wanted.kind.events),
        "secret": new_secret() if wanted.kind.is_signed else "",
        "token": wanted.token,
        "room": wanted.room,
        "with_email": wanted.with_email,
        "created_at": at,
        "stopped_at": None,
    }
    connection.execute(tables.webhook.insert(), row)
    return webhook_of(row.values())


def new_secret() -> str:
    """A secret as the receiver's library takes it (Standard Webhooks: 24 to 64 random bytes behind ``whsec_``)."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def webhook_of(values: Iterable[Any]) -> SiteWebhook:
    """The webhook of a row whose columns are in the order of ``COLUMNS``."""
    row = dict(zip((column.name for column in COLUMNS), values, strict=True))
    return SiteWebhook(**row | {"kind": Kind(row["kind"]), "events": tuple(map(Event, row["events"].split()))})


COLUMNS = tuple(_hook[field.name] for field in fields(SiteWebhook))


def read_all(connection: Connection) -> list[SiteWebhook]:
    """Every webhook, of every site."""
    return [webhook_of(row) for row in connection.execute(select(*COLUMNS).order_by(_hook.site_id, _hook.id))]


def find(connection: Connection, webhook_id: int) -> SiteWebhook | None:
    """The webhook with this id, of whichever site."""
    row = connection.execute(select(*COLUMNS).where(_hook.id == webhook_id)).first()
    return webhook_of(row) if row else None


def remove(connection: Connection, hook: SiteWebhook) -> None:
    """Delete a webhook with all that it has sent and was to send."""
    of_hook = (_delivery.site_id == hook.site_id, _delivery.webhook_id == hook.id)
    sent = select(_delivery.id).where(*of_hook)
    connection.execute(
        delete(tables.webhook_attempt).where(_attempt.site_id == hook.site_id, _attempt.delivery_id.in_(sent))
    )
    connection.execute(delete(tables.webhook_delivery).where(*of_hook))
    connection.execute(delete(tables.webhook).where(_hook.site_id == hook.site_id, _hook.id == hook.id))


def set_stopped(connection: Connection, hook: SiteWebhook, at: datetime | None) -> None:
    """Stop a webhook, or start it again with None."""
    is_hook = (_hook.site_id == hook.site_id, _hook.id == hook.id)
    connection.execute(tables.webhook.update().where(*is_hook).values(stopped_at=at))


def refuse_bad(wanted: Wanted) -> None:
    if not re.fullmatch(r"https?://[^/\s?#]+[^\s]*", wanted.url) or len(wanted.url) > 2000:
        raise BadWebhook(WebhookProblem.NOT_WHOLE)
    pattern, example = _ADDRESS.get(wanted.kind, ("", ""))
    if pattern and not re.fullmatch(pattern, wanted.url):
        raise BadWebhook(WebhookProblem.LOOKS_LIKE % {"kind": wanted.kind, "example": example})
    if missing := [f"--{name}" for name in NEEDS.get(wanted.kind, ()) if not getattr(wanted, name)]:
        raise BadWebhook(WebhookProblem.NEEDS % {"kind": wanted.kind, "options": " and ".join(missing)})
    if not (wanted.token.isascii() and wanted.token.isprintable() and len(wanted.token) <= 500):
        raise BadWebhook(WebhookProblem.TOKEN)
    if len(wanted.room) > 200:
        raise BadWebhook(WebhookProblem.ROOM)
    if wanted.kind.is_build and wanted.events:
        raise BadWebhook(WebhookProblem.NO_EVENTS % {"kind": wanted.kind})
    if wanted.with_email and wanted.kind is not Kind.STANDARD:
        raise BadWebhook(WebhookProblem.NO_EMAIL)
