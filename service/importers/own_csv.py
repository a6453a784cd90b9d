"""The table that ``leave-a-reply export csv`` writes."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from db.models import Status
from service.author_fields import AUTHOR_FIELDS
from service.importers import typed_values
from service.importers.csv_stream import csv_rows
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Commented, Incoming, Skipped, UnreadablePart
from service.importers.source_addresses import page_at
from service.importers.source_file import BadSource, Opening, Source
from service.redirects import plain_host

_COLUMNS = {"page", "id", "parent", "status", "created_at", "author", "text", "format"}
_GUARDED = tuple(f"'{letter}" for letter in "=+-@\t\r\n")
_STATUSES = {status.value: status for status in Status}


def sniff(opening: Opening) -> bool:
    """Whether a source begins as such a table."""
    first = opening.text.partition("\n")[0]
    return {name.strip('" \r') for name in first.split(",")} >= _COLUMNS


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a table. They are known again by what they are known by in the store they come from."""
    for row in csv_rows(source):
        if isinstance(row, UnreadablePart):
            yield row
        elif row.keys() >= _COLUMNS:
            yield _comment(row)
        else:
            raise BadSource(ImportSentence.NO_TABLE)


def _comment(row: dict[str, str]) -> Commented:
    row = {name: cell[1:] if cell.startswith(_GUARDED) else cell for name, cell in row.items()}
    status, form, address = _STATUSES.get(row["status"]), row["format"], row["page"]
    typed = {field.name: row.get(field.file_name) for field in AUTHOR_FIELDS}
    comment = typed_values.comment(
        page_at(address, title=row.get("title", "")),
        blog=hashlib.sha256(plain_host(address).encode()).hexdigest()[:12],  # as in our other format
        number=typed_values.number(row["id"]),
        parent=typed_values.number(row["parent"]),
        status=status or Status.PENDING,
        author=typed.pop("author"),
        mail=typed.pop("email"),
        site=typed.pop("url"),
        more=typed,
        words=(typed_values.text(row["text"]), "html" if form == "html" else "markdown"),
        at=typed_values.date(row["created_at"]),
        edited=typed_values.date(row.get("edited_at")),
        notes=() if status else (ImportSentence.UNKNOWN_STATUS,),
    )
    if isinstance(comment, Skipped):
        return comment
    source_id = row.get("source_id", "")[:100]
    return replace(comment, source=row.get("source", "")[:20] if source_id else "", source_id=source_id or None)
