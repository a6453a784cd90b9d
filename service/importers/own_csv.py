"""The table that ``leave-a-reply export csv`` writes."""

from collections.abc import Iterator

from db.models import Status
from service.importers import fields
from service.importers.addresses import page_at
from service.importers.csv_stream import csv_rows
from service.importers.model import Commented, Incoming, Unreadable
from service.importers.source import Opening, Source

_COLUMNS = {"page", "id", "parent", "status", "created_at", "author", "text", "format"}
_GUARDED = tuple(f"'{letter}" for letter in "=+-@\t\r\n")
_STATUSES = {status.value: status for status in Status}


def sniff(opening: Opening) -> bool:
    """Whether a source begins as such a table."""
    first = opening.text.partition("\n")[0]
    return {name.strip('" \r') for name in first.split(",")} >= _COLUMNS


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a table. Raises BadSource."""
    for row in csv_rows(source):
        yield row if isinstance(row, Unreadable) else _comment(row)


def _comment(row: dict[str, str]) -> Commented:
    row = {name: cell[1:] if cell.startswith(_GUARDED) else cell for name, cell in row.items()}
    status, form = _STATUSES.get(row.get("status", "")), row.get("format", "")
    return fields.comment(
        page_at(row.get("page", ""), title=row.get("title", "")),
        blog="leave-a-reply",
        number=fields.number(row.get("id")),
        parent=fields.number(row.get("parent")),
        status=status or Status.PENDING,
        author=row.get("author"),
        mail=row.get("email"),
        site=row.get("website"),
        words=(fields.text(row.get("text")), "html" if form == "html" else "markdown"),
        at=fields.date(row.get("created_at")),
        edited=fields.date(row.get("edited_at")),
        notes=() if status else (fields.UNKNOWN_STATUS,),
    )
