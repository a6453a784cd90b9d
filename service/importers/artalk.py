"""Artalk's transfer format, Artrans: a JSON array of comments, or one on each line. It has all values as text."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from db.models import Status
from service.importers import typed_values
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Commented, Incoming, IncomingPage, UnreadablePart
from service.importers.json_stream import json_keys, json_rows
from service.importers.shown_text import from_either
from service.importers.source_addresses import is_copy, page_at, real_hosts_first
from service.importers.source_file import Opening, Source

_NO_PARENT = ("0",)


def sniff(opening: Opening) -> bool:
    """Whether a source begins as Artrans."""
    return {"page_key", "content", "nick"} <= json_keys(opening)


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a file. If it holds several sites, the first one is imported. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    site: str | None = None
    for item in json_rows(source, {"[]"}, "page_key"):
        if isinstance(item, UnreadablePart):
            yield item
            continue
        _, row = item
        own = typed_values.text(row.get("site_name"))
        site = own if site is None else site
        yield _comment(row, _page(row, is_other=own != site))


def _page(row: dict[str, Any], *, is_other: bool) -> IncomingPage:
    key, title = typed_values.text(row.get("page_key")), typed_values.text(row.get("page_title"))
    if not is_other:
        return page_at(key, title=title)
    addresses = typed_values.text(row.get("site_urls")).split(",")
    real = [each.strip() for each in addresses if (host := _host(each.strip())) and not is_copy(host)]
    address = _joined(real[0], key) if real else key
    page = page_at(address, title=title, trouble="" if real else ImportSentence.OTHER_SITE)
    return replace(page, host=_host(address)) if real else page


def _joined(base: str, key: str) -> str:
    try:
        return urljoin(base, key)
    except ValueError:
        return key


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _comment(row: dict[str, Any], page: IncomingPage) -> Commented:
    notes = []
    for_admins = typed_values.truth(row.get("page_admin_only"))
    if for_admins:
        notes.append(ImportSentence.FOR_ADMINS)
    if typed_values.truth(row.get("is_collapsed")):
        notes.append(ImportSentence.FOLDED)
    at = typed_values.date(row.get("created_at"))
    if at is None and (at := typed_values.date(row.get("date"))):
        notes.append(ImportSentence.NO_ZONE)
    return typed_values.comment(
        page,
        blog=typed_values.text(row.get("site_name")) or "artalk",
        number=typed_values.number(row.get("id")),
        parent=typed_values.number(row.get("rid"), _NO_PARENT),
        status=Status.PENDING if for_admins or typed_values.truth(row.get("is_pending")) else Status.APPROVED,
        author=row.get("nick"),
        mail=row.get("email"),
        site=row.get("link"),
        words=from_either(typed_values.text(row.get("content"))),
        at=at,
        notes=tuple(notes),
    )
