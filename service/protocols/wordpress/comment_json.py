"""A comment as WordPress's REST API returns it (``prepare_item_for_response``), in WordPress's field order."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from html import escape, unescape
from typing import Any

from db.models import Status
from service.comments.fold_long_comments import Bounded, BoundedText, bound_list
from service.escape_braces import escape_braces
from service.protocols.wordpress.comment_queries import RestComment
from service.protocols.wordpress.rest_request import RestRequest
from service.safe_html import as_typed, render, web_address
from service.visible_text import one_line

FOLDED = '<p class="read-on"><a href="'
"""Begins the link below a text of which only the beginning is listed."""

CONTEXTS = ("view", "embed", "edit")
STATUS = {Status.APPROVED: "approved", Status.PENDING: "hold", Status.SPAM: "spam", Status.TRASH: "trash"}
_PRIVATE = ("author_email", "author_ip", "author_user_agent")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|#0?39|#0?38|#123|#125);")
"""Only what WordPress and ``as_html`` write: ``unescape`` alone would read ``?a=1&copy=2`` as a copyright sign."""
_NOT_EMBEDDED = ("post", "date_gmt", "status", "meta")


def comments_json(
    request: RestRequest,
    entries: Sequence[RestComment],
    view: str,
    fields: tuple[str, ...] = (),
    bound: Callable[[Sequence[Bounded]], None] = bound_list,
) -> list[dict[str, Any]]:
    """``comment_json`` of each. Where all would be too long, the longest are folded; where rendering all would take too
    long, the costliest are shown as typed. Moderators get the whole text as ``raw``."""
    texts = [BoundedText(entry.id, entry.text, entry.format) for entry in entries]
    bound(texts)
    return [comment_json(request, entry, view, fields, text) for entry, text in zip(entries, texts, strict=True)]


async def edited_json(request: RestRequest, entry: RestComment) -> dict[str, Any]:
    """``comment_json`` for an admin. A long text is rendered off the event loop."""
    return await request.context.compute_if_long(entry.text, comment_json, request, entry, "edit")


def comment_json(
    request: RestRequest,
    entry: RestComment,
    view: str,
    fields: tuple[str, ...] = (),
    text: BoundedText | None = None,
) -> dict[str, Any]:
    """The fields of a context (``view``, ``embed`` or ``edit``), or those of them named in ``fields``.

    ``text``: what is shown of the comment, if not all. Takes milliseconds for a long text.
    """
    edit = view == "edit"
    shows_content = not fields or "content" in _parts_of(fields)
    rendered = _rendered(entry, text) if shows_content else ""
    when = entry.created_at.strftime("%Y-%m-%dT%H:%M:%S")
    comment: dict[str, Any] = {
        "id": entry.id,
        "post": entry.post,
        "parent": entry.parent_id or 0,
        "author": 0,
        "author_name": entry.author if edit else shown_name(entry.author),
        "author_email": entry.email,
        "author_url": entry.url if edit else shown_url(entry.url),
        "author_ip": "",
        "author_user_agent": "",
        "date": when,
        "date_gmt": when,
        "content": {"rendered": rendered} | ({"raw": entry.text} if edit else {}),
        "link": entry.permalink,
        "status": STATUS[entry.status],
        "type": "comment",
        "meta": [],
        "_links": _links(request, entry),
    }
    hidden = () if edit else _PRIVATE + (_NOT_EMBEDDED if view == "embed" else ())
    shown = {name: value for name, value in comment.items() if name not in hidden}
    return only_fields(shown, fields)


def _rendered(entry: RestComment, text: BoundedText | None) -> str:
    if text is None:
        return render(entry.text, entry.format)
    html = as_typed(text.text, text.format) if text.is_as_typed else render(text.text, text.format)
    return f'{html}\n{FOLDED}{escape(entry.permalink)}">Read on</a></p>' if text.is_folded else html


def shown_name(author: str) -> str:
    """``author_name`` outside ``edit``."""
    return as_html(one_line(author))


def shown_url(url: str) -> str:
    """``author_url`` outside ``edit``."""
    return as_html(web_address(url) or "" if url else "")


def from_html(text: str) -> str:
    """The inverse of ``as_html``, for clients that send back what they got. WordPress, too, reads names as HTML."""
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)


def as_html(text: str) -> str:
    """WordPress stores names as HTML and clients paste them into pages, so they are escaped except in ``edit``."""
    return escape_braces(escape(text, quote=False).replace('"', "&quot;"))


def _links(request: RestRequest, entry: RestComment) -> dict[str, Any]:
    comments = f"{request.api}/comments"
    links: dict[str, Any] = {"self": [{"href": f"{comments}/{entry.id}"}], "collection": [{"href": comments}]}
    links["up"] = [{"embeddable": True, "post_type": "post", "href": f"{request.api}/posts/{entry.post}"}]
    if entry.parent_id:
        links["in-reply-to"] = [{"embeddable": True, "href": f"{comments}/{entry.parent_id}"}]
    if entry.has_replies:
        links["children"] = [{"embeddable": True, "href": f"{comments}?parent={entry.id}"}]
    return links


def only_fields(comment: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Whole fields (``id``) and parts of fields (``content.rendered``); all if ``fields`` is empty."""
    if not fields:
        return comment
    chosen: dict[str, Any] = {}
    parts_of = _parts_of(fields)
    for name, value in comment.items():
        parts = parts_of.get(name, ())
        if "" in parts:
            chosen[name] = value
        elif parts and isinstance(value, dict):
            chosen[name] = {part: value[part] for part in value if part in parts}
    return chosen


@lru_cache(maxsize=16)
def _parts_of(fields: tuple[str, ...]) -> Mapping[str, set[str]]:
    """Field → the parts of it that are named; the empty one means the whole."""
    parts: dict[str, set[str]] = {}
    for field in fields:
        name, _, part = field.partition(".")
        parts.setdefault(name, set()).add(part)
    return parts
