"""Waline's export, and LeanCloud's of Waline or Valine: JSON in four wrappings, or a table.

It holds accounts with the hashes of their passwords, of which only names, emails and websites are read.
"""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.csv_stream import csv_rows
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, UnreadablePart
from service.importers.json_stream import json_keys, json_rows, json_values
from service.importers.shown_text import from_either
from service.importers.source_accounts import SourceAccount, SourceAccounts
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import FirstReading, Opening, Source

_COMMENTS = {"[]", "results[]", "Comment[]", "data[]", "data.Comment[]", "data.data.Comment[]"}
_USERS = {"Users[]", "data.Users[]", "data.data.Users[]"}
_STATUSES = {"approved": Status.APPROVED, "waiting": Status.PENDING, "spam": Status.SPAM, "": Status.APPROVED}


def sniff(opening: Opening) -> bool:
    """Whether a source begins as one of these."""
    return {"objectId", "comment", "url"} <= json_keys(opening) or _is_table(opening)


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a file. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    opening = source.opening()
    is_table = _is_table(opening)
    users = SourceAccounts() if is_table or opening.text.startswith("#") else _users(source)
    rows: Iterator[Any] = csv_rows(source) if is_table else json_rows(source, _COMMENTS, "comment")
    for row in rows:
        yield row if isinstance(row, UnreadablePart) else _comment(row if is_table else row[1], users)


def _is_table(opening: Opening) -> bool:
    first = opening.text.partition("\n")[0]
    return {"objectId", "comment", "url"} <= {name.strip('" \r') for name in first.split(",")}


def _users(source: Source) -> SourceAccounts:
    """The accounts by their ids. They stand behind the comments, so the file is read twice."""
    if "user_id" not in json_keys(source.opening()):
        return SourceAccounts()
    users, reading = SourceAccounts(), FirstReading(json_values(source, _USERS))
    for _, value in reading:
        row = typed_values.mapping(value)
        users.add(
            typed_values.number(row.get("objectId")),
            SourceAccount(row.get("display_name"), row.get("email"), row.get("url")),
        )
    users.broken = reading.broken
    return users


def _comment(row: dict[str, Any], users: SourceAccounts) -> Incoming:
    name = typed_values.text(row.get("nick"))
    user = users.find(typed_values.number(row.get("user_id")))
    status = _STATUSES.get(typed_values.text(row.get("status")).strip().lower())
    if typed_values.truth(row.get("isSpam")):
        status = Status.SPAM
    address = typed_values.text(row.get("url"))
    return typed_values.comment(
        page_at(address, only_paths=True),
        blog="waline",
        number=typed_values.number(row.get("objectId")),
        parent=typed_values.number(row.get("pid"), ("0",)),
        status=status or Status.PENDING,
        author=name or user.name,
        mail=typed_values.text(row.get("mail")) or user.email,
        site=typed_values.text(row.get("link")) or user.website,
        words=from_either(typed_values.text(row.get("comment"))),
        at=typed_values.date(row.get("insertedAt")) or typed_values.date(row.get("createdAt")),
        notes=() if status else (ImportSentence.UNKNOWN_STATUS,),
        skip="" if name else user.skip,
    )
