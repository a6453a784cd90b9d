"""Twikoo's export: a JSON array of comments, the answer of its API, or the lines of a dump of its database."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.incoming_comments import Incoming, UnreadablePart
from service.importers.json_stream import json_keys, json_rows
from service.importers.shown_text import from_either
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import Opening, Source

_PLACES = {"[]", "data[]", "results[]", "data.comments[]"}


def sniff(opening: Opening) -> bool:
    """Whether a source begins as one of these."""
    return {"_id", "comment", "url", "nick"} <= json_keys(opening)


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a file. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    for item in json_rows(source, _PLACES, "comment"):
        yield item if isinstance(item, UnreadablePart) else _comment(item[1])


def _comment(row: dict[str, Any]) -> Incoming:
    """``pid`` is the parent, ``rid`` the first comment of the thread. ``isSpam`` is both: spam, and what waits."""
    address = typed_values.text(row.get("url")).strip() or typed_values.text(row.get("href"))
    return typed_values.comment(
        page_at(address, only_paths=True),
        blog="twikoo",
        number=typed_values.number(row.get("_id")) or typed_values.number(row.get("id")),
        parent=typed_values.number(row.get("pid")),
        status=Status.PENDING if typed_values.truth(row.get("isSpam")) else Status.APPROVED,
        author=row.get("nick"),
        mail=row.get("mail"),
        site=row.get("link"),
        words=from_either(typed_values.text(row.get("comment"))),
        at=typed_values.date(row.get("created")),
    )
