"""The request for each kind of receiver: a program, a chat, or a host that rebuilds a site."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from service.version import VERSION
from service.webhooks.compose_message import MessageContent, as_json
from service.webhooks.site_webhooks import Event, Kind, SiteWebhook

LONGEST_EXCERPT = 300
"""Characters of a comment that a chat shows."""

LONGEST_LINK = 800
"""A longer address is replaced by that of the list of comments, so that all fits into Discord's 2,000 characters."""

_SENTENCES = {
    Event.SUBMITTED: "A comment was sent",
    Event.HELD: "A comment waits for approval",
    Event.APPROVED: "A new comment",
    Event.SPAM: "A comment was filed as spam",
    Event.DELETED: "A comment was deleted",
    Event.EDITED: "A comment was edited",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request to send."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a kind sends: its JSON, and how it differs from a plain POST."""

    json: Any
    method: str = "POST"
    url: str = ""
    headers: Mapping[str, str] | None = None


def request_for(hook: SiteWebhook, news: MessageContent, timestamp: int) -> Request:
    """The request that tells ``news``. ``timestamp``: seconds since 1970, of this attempt."""
    shape = _SHAPES[hook.kind](hook, news)
    body = json.dumps(shape.json, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = {"Content-Type": "application/json", "User-Agent": f"leave-a-reply/{VERSION}"}
    if hook.kind.is_signed:
        headers |= {
            "webhook-id": news.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(hook.secret, news.id, timestamp, body),
        }
    if hook.token:
        headers["Authorization"] = f"Bearer {hook.token}"
    return Request(shape.method, shape.url or hook.url, headers | dict(shape.headers or {}), body)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of Standard Webhooks 1.0: ``v1,`` and HMAC-SHA256 of id, timestamp and body in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _standard(hook: SiteWebhook, news: MessageContent) -> _Shape:
    return _Shape(as_json(news, with_email=hook.with_email))


def _slack(_hook: SiteWebhook, news: MessageContent) -> _Shape:
    escaped = _plain(news).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _Shape({"text": escaped})


def _discord(_hook: SiteWebhook, news: MessageContent) -> _Shape:
    head, excerpt, link = _parts(news)
    said = "\n".join(re.sub(r"([\\*_~`|>#\[\]()<@:-])", r"\\\1", part) for part in (head, excerpt) if part)
    return _Shape({"content": f"{said}\n<{link}>", "allowed_mentions": {"parse": []}})


def _telegram(hook: SiteWebhook, news: MessageContent) -> _Shape:
    return _Shape({"chat_id": hook.room, "text": _plain(news), "link_preview_options": {"is_disabled": True}})


def _ntfy(hook: SiteWebhook, news: MessageContent) -> _Shape:
    head, excerpt, link = _parts(news)
    server, _, topic = hook.url.rpartition("/")
    return _Shape({"topic": topic, "title": head, "message": excerpt or head, "click": link}, url=f"{server}/")


def _matrix(hook: SiteWebhook, news: MessageContent) -> _Shape:
    """The transaction's id is that of the message, so the server shows a second attempt once."""
    path = f"/_matrix/client/v3/rooms/{quote(hook.room, safe='')}/send/m.room.message/{news.id}"
    return _Shape({"msgtype": "m.notice", "body": _plain(news)}, method="PUT", url=hook.url.rstrip("/") + path)


def _build(_hook: SiteWebhook, news: MessageContent) -> _Shape:
    return _Shape(as_json(news, with_email=False))


def _github(_hook: SiteWebhook, news: MessageContent) -> _Shape:
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    return _Shape({"event_type": "comments", "client_payload": {"site": news.site}}, headers=headers)


_SHAPES: dict[Kind, Callable[[SiteWebhook, MessageContent], _Shape]] = {
    Kind.STANDARD: _standard,
    Kind.SLACK: _slack,
    Kind.DISCORD: _discord,
    Kind.TELEGRAM: _telegram,
    Kind.NTFY: _ntfy,
    Kind.MATRIX: _matrix,
    Kind.BUILD: _build,
    Kind.GITHUB: _github,
}


def _plain(news: MessageContent) -> str:
    return "\n".join(filter(None, _parts(news)))


def _parts(news: MessageContent) -> tuple[str, str, str]:
    """What happened in one line, the beginning of the text, and a link."""
    sentence = _SENTENCES[Event(news.event)] if news.event in set(Event) else "A test of Leave a Reply"
    body = as_json(news, with_email=False)["data"]
    name = _one_line(body["author"]["name"], 80) if "author" in body else ""
    place = (body.get("page") or {}).get("title") or urlsplit(news.site).netloc
    head = f"{sentence}: {name}, {_one_line(place, 100)}" if name else f"{sentence}: {_one_line(place, 100)}"
    link = news.link if len(news.link) <= LONGEST_LINK else news.admin
    return head, _one_line(body.get("text", ""), LONGEST_EXCERPT), link


def _one_line(text: str, most: int) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
