"""Makes the columns of a comment from what another system has. What is changed for it is noted."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from service.author_fields import AUTHOR_FIELDS, AUTHOR_NAMES
from service.comments.validation import LONGEST
from service.html_links import with_absolute_links
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import IncomingComment
from service.safe_html import web_address
from service.visible_text import one_line

TITLE = 300
"""Longest page title, in characters."""

LARGEST_TEXT = 256 * 1024
"""Bytes of a comment's text. WordPress holds 64 KiB; a file may hold anything."""

_SHORTENED = {
    "author": ImportSentence.AUTHOR_CUT,
    "email": ImportSentence.LONG_EMAIL,
    "url": ImportSentence.LONG_WEBSITE,
}
"""Field → the note if it is too long. Other fields come only from our own exports, where none is too long."""

_ON_ONE_LINE = tuple(name for name in AUTHOR_NAMES if name not in ("email", "url"))
ANONYMOUS = "Anonymous"
_NO_ADDRESS = {"http://", "https://"}
_LONGEST_IDENTITY = 100
_CLOCKS_DIFFER = timedelta(days=1)


def fit_columns(comment: IncomingComment, page_url: str, now: datetime) -> tuple[dict[str, Any], list[str]]:
    """The comment's columns, and notes on what was changed to fit them. An empty text stays empty.

    In HTML, links beside the page lead there from now on, wherever the comment is shown.
    """
    notes = list(comment.notes)
    text = with_absolute_links(comment.text, page_url) if comment.format == "html" else comment.text
    row: dict[str, Any] = {name: one_line(plain(getattr(comment, name))) for name in _ON_ONE_LINE}
    row |= {
        "email": plain(comment.email).strip(),
        "url": _website(plain(comment.url).strip(), notes, as_typed=comment.source is not None),
        "text": _text(plain(text), notes),
    }
    if not row["author"]:
        row["author"] = ANONYMOUS
        notes.append(ImportSentence.NO_NAME % {"name": ANONYMOUS})
    for field in AUTHOR_FIELDS:
        if len(row[field.name]) > field.longest:
            # A part of an address leads nowhere, or elsewhere.
            row[field.name] = "" if field.is_address else row[field.name][: field.longest]
            if note := _SHORTENED.get(field.name):
                notes.append(note % {"number": field.longest})
    created_at = comment.created_at
    if created_at > now + _CLOCKS_DIFFER:
        created_at = now
        notes.append(ImportSentence.FUTURE)
    edited_at = comment.edited_at if comment.edited_at and created_at < comment.edited_at <= now else None
    dates = {"created_at": created_at, "edited_at": edited_at, "deleted_at": None}
    return row | dates | {"status": comment.status, "format": comment.format}, notes


def identity(blog: str, number: str) -> str:
    """The ``source_id``, which identifies a comment across repeated imports."""
    name = f"{blog}:{number}"
    if len(name) <= _LONGEST_IDENTITY and plain(name) == name:
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def identity_on_page(name: str, page_key: str) -> str:
    """The same for a comment that shares its number with one on another page."""
    return identity(name, hashlib.sha256(page_key.encode()).hexdigest()[:12])


def identity_by_content(page_key: str, comment: IncomingComment) -> str:
    """The same for a comment that has no number."""
    parts = (page_key, comment.author, comment.created_at.isoformat(), comment.text)
    return "~" + hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def plain(text: str) -> str:
    """A text without what no database takes: NULs and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _website(typed: str, notes: list[str], *, as_typed: bool) -> str:
    if not typed or typed in _NO_ADDRESS:
        return ""
    address = web_address(typed)
    if address is None:
        notes.append(ImportSentence.NO_WEBSITE)
    return typed if as_typed and address else address or ""


def cut_to(size: int) -> str:
    """The note on a text that was cut."""
    return ImportSentence.TEXT_CUT % {"number": f"{size:,}"}


def _text(text: str, notes: list[str]) -> str:
    size = len(text.encode())
    if size > LARGEST_TEXT:
        if cut_to(LARGEST_TEXT) not in notes:
            notes.append(cut_to(LARGEST_TEXT))
        return text.encode()[:LARGEST_TEXT].decode(errors="ignore")
    if size > LONGEST["comment"]:
        notes.append(ImportSentence.TEXT_KEPT % {"number": f"{LONGEST['comment']:,}"})
    return text
