"""Formats that are one JSON array: Isso's generic import, and Artalk's Artrans. The array is written piece by piece."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from db.models import Status
from service.exporters.read_site import ExportComment, ExportPage, SiteReader
from service.safe_html import render


def write_isso(site: SiteReader, _at: datetime) -> Iterator[str]:
    """An array of threads with their comments (``isso import --type generic``): no replies, approved comments only."""
    yield "["
    before = "\n"
    for page, comments in site.threads():
        first = next(comments, None)
        if first is None:
            continue
        head = json.dumps({"id": _path(page), "title": page.title}, ensure_ascii=False)
        yield f'{before}{head[:-1]}, "comments": [\n{_json(_isso_comment(first))}'
        for comment in comments:
            yield ",\n" + _json(_isso_comment(comment))
        yield "\n]}"
        before = ",\n"
    yield "\n]\n"


def write_artrans(site: SiteReader, _at: datetime) -> Iterator[str]:
    """An array of comments, each with its page. All values are strings, as Artalk writes them."""
    return _array(
        _artalk_comment(site.chosen.origin, page, comment) for page, comments in site.threads() for comment in comments
    )


def _array(items: Iterable[dict[str, str]]) -> Iterator[str]:
    yield "["
    before = "\n"
    for item in items:
        yield before + _json(item)
        before = ",\n"
    yield "\n]\n"


def _isso_comment(comment: ExportComment) -> dict[str, str]:
    return {
        "id": str(comment.id),
        "author": comment.author,
        "email": comment.email,
        "website": comment.url,
        "remote_addr": "",
        "created": comment.created_at.strftime("%Y-%m-%d %H:%M:%S"),
        "text": _markdown(comment),
    }


def _artalk_comment(origin: str, page: ExportPage, comment: ExportComment) -> dict[str, str]:
    created, edited = (
        at.strftime("%Y-%m-%d %H:%M:%S +0000") for at in (comment.created_at, comment.edited_at or comment.created_at)
    )
    return {
        "id": str(comment.id),
        "rid": str(comment.present_parent or 0),
        "content": _markdown(comment),
        "ua": "",
        "ip": "",
        "is_collapsed": "false",
        "is_pending": str(comment.status is Status.PENDING).lower(),
        "is_pinned": "false",
        "vote_up": "0",
        "vote_down": "0",
        "created_at": created,
        "updated_at": edited,
        "nick": comment.author,
        "email": comment.email,
        "link": comment.url,
        "badge_name": "",
        "badge_color": "",
        "page_key": _path(page),
        "page_title": page.title,
        "page_admin_only": "false",
        "site_name": urlsplit(origin).netloc,
        "site_urls": origin,
    }


_LOOKS_LIKE_HTML = re.compile(r"<(?!https?:|mailto:)[A-Za-z/!?]|!\[", re.IGNORECASE)
"""Tags and pictures: both systems show them in Markdown, ours shows them as typed."""


def _markdown(comment: ExportComment) -> str:
    """The text as typed; as the HTML that our threads show if it came in as HTML, or would be taken for it there."""
    is_html = comment.format == "html" or _LOOKS_LIKE_HTML.search(comment.text)
    return render(comment.text, comment.format) if is_html else comment.text


def _path(page: ExportPage) -> str:
    parts = urlsplit(page.url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _json(value: dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False)
