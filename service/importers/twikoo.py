"""Twikoo's export: a JSON array of comments, the answer of its API, or the lines of a dump of its database."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import fields
from service.importers.addresses import page_at, real_hosts_first
from service.importers.json_stream import json_keys, json_rows
from service.importers.model import Incoming, Unreadable
from service.importers.shown_text import from_either
from service.importers.source import Opening, Source

_PLACES = {"[]", "data[]", "results[]", "data.comments[]"}


def sniff(opening: Opening) -> bool:
    """Whether a source begins as one of these."""
    return {"_id", "comment", "url", "nick"} <= json_keys(opening)


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a file. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    for item in json_rows(source, _PLACES, "comment"):
        yield item if isinstance(item, Unreadable) else _comment(item[1])


def _comment(row: dict[str, Any]) -> Incoming:
    """``pid`` is the parent, ``rid`` the first comment of the thread. ``isSpam`` is both: spam, and what waits."""
    address = fields.text(row.get("url")).strip() or fields.text(row.get("href"))
    return fields.comment(
        page_at(address, only_paths=True),
        blog="twikoo",
        number=fields.number(row.get("_id")) or fields.number(row.get("id")),
        parent=fields.number(row.get("pid")),
        status=Status.PENDING if fields.truth(row.get("isSpam")) else Status.APPROVED,
        author=row.get("nick"),
        mail=row.get("mail"),
        site=row.get("link"),
        words=from_either(fields.text(row.get("comment"))),
        at=fields.date(row.get("created")),
    )
