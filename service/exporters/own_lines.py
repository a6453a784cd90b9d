"""Our own format: a JSON object on each line, complete and versioned. ``docs/moving-out.md`` gives its fields."""

import json
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any

from service.author_fields import AUTHOR_FIELDS
from service.exporters.read_site import ExportComment, ExportPage, SiteReader
from service.version import VERSION

FORMAT_VERSION = 1
"""Grows when a field changes its sense. A new field does not change it."""

_ENDS_OF_LINES = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "\x85\u2028\u2029"})
"""JSON allows these letters as they are, but some programs end a line at them."""


def write_json_lines(site: SiteReader, at: datetime) -> Iterator[str]:
    """The lines: a header, each page before its comments, and an end that counts both."""
    chosen = site.chosen
    yield _line(
        type="header",
        format="leave-a-reply",
        version=FORMAT_VERSION,
        generator=f"leave-a-reply {VERSION}",
        site=chosen.origin,
        created_at=_utc(at),
        emails=chosen.emails,
        statuses=list(chosen.statuses),
        page=chosen.page_key or None,
        since=_utc(chosen.since),
        until=_utc(chosen.until),
    )
    said = [field for field in AUTHOR_FIELDS if field.is_public or chosen.emails]
    names, typed = [field.file_name for field in said], attrgetter(*(field.name for field in said))
    pages = comments = 0
    for page, thread in site.threads():
        pages += 1
        yield _line(**_page_fields(page))
        for comment in thread:
            comments += 1
            yield _line(**_comment_fields(comment, dict(zip(names, typed(comment), strict=True))))
    yield _line(type="end", pages=pages, comments=comments)


def _page_fields(page: ExportPage) -> dict[str, Any]:
    deleted = [
        {
            "id": comment.id,
            "parent": comment.parent_id,
            "created_at": _utc(comment.created_at),
            "deleted_at": _utc(comment.deleted_at),
        }
        for comment in page.deleted
    ]
    return {
        "type": "page",
        "id": page.id,
        "url": page.url,
        "key": page.key,
        "title": page.title,
        "closed": page.closed,
        "created_at": _utc(page.created_at),
        "wordpress_posts": page.post_ids,
        "deleted": deleted,
    }


def _comment_fields(comment: ExportComment, author: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "comment",
        "id": comment.id,
        "page": comment.page_id,
        "parent": comment.parent_id,
        "status": comment.status,
        **author,
        "text": comment.text,
        "format": comment.format,
        "created_at": _utc(comment.created_at),
        "edited_at": _utc(comment.edited_at),
        "source": comment.source,
        "source_id": comment.source_id,
    }


def _utc(at: datetime | None) -> str | None:
    """ISO 8601 with microseconds, so that the order of comments is kept."""
    return None if at is None else at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _line(**values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).translate(_ENDS_OF_LINES) + "\n"
